//! `ctlora flips`: which flaws and choices each claim depends on.

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;

use super::ask::Ask;
use super::failure::Failure;
use super::verify::{Format, Verify};
use crate::report::{Document, flip_lines, flip_matrix};

#[derive(Debug, Args)]
pub struct FlipsOf {
    #[command(flatten)]
    ask: Ask,
    /// What to print on standard output.
    #[arg(long, default_value = "text")]
    format: Format,
    /// Leave wall-clock times and store hits out of the report.
    #[arg(long)]
    no_timing: bool,
}

impl FlipsOf {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let named = self.ask.names_claims();
        // The other bases are flips of the paper's own.
        let verify = Verify::of_flips(self.ask.on_one_base(), self.format, self.no_timing);
        verify.run_as(|document| text(document, named))
    }
}

/// The matrix, and each flip of claims that were named.
fn text(document: &Document, named: bool) -> String {
    let mut out = String::new();
    for claim in document.papers.iter().flat_map(|paper| &paper.claims).filter(|_| named) {
        let _ = writeln!(out, "{}  {}: {}", claim.verdict.to_string().to_uppercase(), claim.id, claim.says);
        for (base, ruling) in &claim.by_base {
            let _ = writeln!(out, "    as asked ({base}): {}: {}", ruling.verdict, ruling.evidence);
        }
        let _ = writeln!(out, "{}", flip_lines(claim));
    }
    let matrix = flip_matrix(document);
    out.push_str(if matrix.is_empty() { "No claim was judged, so that there is nothing to flip.\n" } else { &matrix });
    out
}
