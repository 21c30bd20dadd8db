//! Errors on their way to the user: one message with place and hint, and the exit code that tells whose fault it is.

use std::path::Path;
use std::process::ExitCode;

use miette::{MietteDiagnostic, Report};

use crate::dataset::DatasetError;
use crate::engine::EngineError;
use crate::lab::LabError;
use crate::paper::PaperError;

/// Why a command did not come to its end.
#[derive(Debug)]
pub enum Failure {
    /// Wrong input or usage: exit code 2.
    Input(Report),
    /// The run failed: exit code 3.
    Run(Report),
}

impl Failure {
    pub fn input(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Input(Report::new(MietteDiagnostic::new(message).with_help(hint)))
    }

    pub fn run(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Run(Report::new(MietteDiagnostic::new(message).with_help(hint)))
    }

    /// A path that the user named cannot be read or written.
    pub fn path(path: &Path, error: &std::io::Error, hint: &str) -> Self {
        Self::input(format!("{}: {error}", path.display()), hint)
    }

    fn of(is_input: bool, message: String, hint: Option<&str>) -> Self {
        let mut diagnostic = MietteDiagnostic::new(message);
        if let Some(hint) = hint {
            diagnostic = diagnostic.with_help(hint);
        }
        if is_input { Self::Input(Report::new(diagnostic)) } else { Self::Run(Report::new(diagnostic)) }
    }

    /// Prints the error and gives the exit code.
    pub fn show(self) -> ExitCode {
        let (report, code) = match self {
            Self::Input(report) => (report, 2),
            Self::Run(report) => (report, 3),
        };
        eprintln!("{report:?}");
        ExitCode::from(code)
    }
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        Self::of(error.is_input(), error.to_string(), error.hint())
    }
}

impl From<DatasetError> for Failure {
    fn from(error: DatasetError) -> Self {
        Self::of(true, error.to_string(), Some(error.hint()))
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        LabError::from(error).into()
    }
}

impl From<Box<PaperError>> for Failure {
    fn from(error: Box<PaperError>) -> Self {
        Self::Input(Report::new_boxed(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::LinalgError;

    /// A decomposition that did not converge and a device that was lost are no fault of the input: 3.
    #[test]
    fn failures_of_the_run_and_of_the_input_are_told_apart() {
        let lost = EngineError::Tensor(candle_core::Error::Msg("device lost".to_owned()));
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let failures: [LabError; 4] = [
            LinalgError::NotConverged { rows: 3, cols: 2 }.into(),
            EngineError::Linalg(LinalgError::Unsound { rows: 3, cols: 2, what: "s".to_owned() }).into(),
            lost.into(),
            LabError::Store { path: "store".into(), source: full },
        ];
        for failure in failures {
            assert!(matches!(Failure::from(failure), Failure::Run(_)));
        }
        let too_large = LabError::KTooLarge { k: 300, most: 256 };
        assert!(matches!(Failure::from(too_large), Failure::Input(_)));
    }
}
