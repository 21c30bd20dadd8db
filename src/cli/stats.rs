//! `ctlora stats`: how one column of a CSV file depends on others.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::output::print;
use crate::dataset::{Request, analyse};
use crate::report::analysis_text;

#[derive(Debug, Args)]
pub struct Stats {
    /// A table in CSV, its first line naming the columns; separated by commas, semicolons or tabs.
    file: PathBuf,
    /// The column to explain.
    #[arg(long, value_name = "COLUMN")]
    y: String,
    /// A column that explains; each is correlated with y by itself, and all enter one regression.
    #[arg(long, value_name = "COLUMN", required = true)]
    x: Vec<String>,
    /// A column to hold fixed in partial correlations.
    #[arg(long, value_name = "COLUMN")]
    given: Vec<String>,
    /// Fit through the origin.
    #[arg(long)]
    no_intercept: bool,
    /// Ranks, Theil-Sen, resampling and influence above 10,000 rows, too: many minutes for a million.
    #[arg(long)]
    all: bool,
    /// The seed of permutations and resamples.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// What to print on standard output.
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Stats {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let analysis = analyse(&Request {
            file: &self.file,
            y: self.y,
            x: self.x,
            given: self.given,
            intercept: !self.no_intercept,
            all: self.all,
            seed: self.seed,
        })?;
        let shown = match self.format {
            Format::Text => analysis_text(&analysis),
            Format::Json => {
                let json = serde_json::to_string_pretty(&analysis);
                json.map_err(|error| Failure::run(format!("the estimates have no JSON form: {error}"), "report this"))?
                    + "\n"
            }
        };
        print(&shown)?;
        Ok(ExitCode::SUCCESS)
    }
}
