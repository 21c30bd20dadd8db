//! `ctlora selftest`: can the detectors be trusted? Faults are planted and clean runs watched.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::output::print;
use crate::selftest::selftest;

#[derive(Debug, Args)]
pub struct Selftest {
    /// What to print on standard output.
    #[arg(long, default_value = "text")]
    format: Format,
    /// Draws the configurations that faults are planted in, and the clean ones.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Selftest {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let failed =
            |message: String| Failure::run(message, "this says nothing of the detectors: report it with the seed");
        let report =
            selftest(self.seed, 1).map_err(|error| failed(format!("the self-test could not be done: {error}")))?;
        let shown = match self.format {
            Format::Text => report.text(),
            Format::Json => {
                let json = serde_json::to_string_pretty(&report);
                json.map_err(|error| failed(format!("the report has no JSON form: {error}")))? + "\n"
            }
        };
        print(&shown)?;
        Ok(ExitCode::from(u8::from(!report.passed())))
    }
}
