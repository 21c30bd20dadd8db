//! `ctlora summary`: a kept report in a few lines of Markdown.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::failure::Failure;
use super::output::print;
use crate::report::Summary;

#[derive(Debug, Args)]
pub struct SummaryOf {
    /// A report document: what `verify --format json` prints, or report.json of `--out`.
    #[arg(value_name = "REPORT.json")]
    report: PathBuf,
}

impl SummaryOf {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let hint = "a report document is what `ctlora verify --format json` prints";
        let json = std::fs::read_to_string(&self.report).map_err(|error| Failure::path(&self.report, &error, hint))?;
        let summary = Summary::read(&json);
        let summary = summary.map_err(|error| Failure::input(format!("{}: {error}", self.report.display()), hint))?;
        print(&summary.markdown())?;
        Ok(ExitCode::SUCCESS)
    }
}
