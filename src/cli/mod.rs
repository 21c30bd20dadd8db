//! The command line: one file per subcommand, no logic of its own.

mod announce;
mod ask;
mod audit;
mod cells;
mod export;
mod failure;
mod flips;
mod inputs;
mod output;
mod selftest;
mod settle;
mod stats;
mod summary;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tests the claims of machine-learning papers.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    /// When to write in colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: output::Colour,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Re-run papers and judge their claims.
    Verify(verify::Verify),
    /// Ask claims again with one thing changed at a time: which flaws and choices they depend on.
    Flips(flips::FlipsOf),
    /// List the runs behind the papers as independent cells.
    Plan(cells::PlanCells),
    /// Run one cell of the plan and keep what it reads in the store.
    Run(cells::RunCell),
    /// Check the printed page alone: re-derive its numbers, hold its sentences against them, and papers against papers.
    Audit(audit::Audit),
    /// Print a kept report as a Markdown table: papers and verdicts.
    Summary(summary::SummaryOf),
    /// Correlations, regression, intervals and resampling tests of the columns of a CSV file.
    Stats(stats::Stats),
    /// Plant faults and watch clean runs: do the detectors name every fault and accuse nothing else?
    Selftest(selftest::Selftest),
    /// Write a base model, its data and the trace of one run for another program to check.
    Export(export::Export),
}

/// Runs the command that the arguments name. Exit codes: 0 as recorded, 1 a verdict that the paper file does not record (or
/// a self-test that failed),
/// 2 wrong input or usage, 3 could not complete.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let colour = arguments.color;
    colour.rule_errors();
    let outcome = match arguments.command {
        Command::Verify(verify) => verify.run(colour.setting()),
        Command::Flips(flips) => flips.run(colour.setting()),
        Command::Plan(plan) => plan.run(),
        Command::Run(cell) => cell.run(),
        Command::Audit(audit) => audit.run(colour.setting()),
        Command::Summary(summary) => summary.run(),
        Command::Stats(stats) => stats.run(),
        Command::Selftest(selftest) => selftest.run(),
        Command::Export(export) => export.run(),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.show(),
    }
}
