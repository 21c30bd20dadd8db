//! `ctlora verify`: run, measure, judge, print the paper's numbers beside ours.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::inputs::{self, Chosen, Machine};
use crate::audit::rederive;
use crate::judge::{Inquiry, adjust_accusations, judge};
use crate::lab::{Clocks, Lab, LabError, Plan, Progress, Scale, ScaleName, Store, device_name};
use crate::question::Base;
use crate::report::{Document, PlanSummary, Timing, text};

#[derive(Debug, Args)]
pub struct Verify {
    /// Papers (an id or a .toml file) or claims (`p87::coverage-linear`); all shipped papers where none is named.
    papers: Vec<String>,
    /// The papers' own size, or a small one that runs in seconds.
    #[arg(long, default_value = "paper")]
    scale: ScaleName,
    /// How many seeds; 3 at paper scale and 6 at ci where not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    seeds: Option<u16>,
    /// The first seed.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Ask on one base only; verdicts are then not held against the record.
    #[arg(long, conflicts_with = "model")]
    base: Option<Base>,
    #[command(flatten)]
    machine: Machine,
    /// What to print on standard output.
    #[arg(long, default_value = "text")]
    format: Format,
    /// Also write report.json and report.txt into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Ask the claims of very long runs too (Paper 82's K=2 with up to 8 times the budget).
    #[arg(long)]
    long: bool,
    /// Take papers from this folder of .toml files.
    #[arg(long = "papers", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Run everything again, whatever the store holds.
    #[arg(long)]
    fresh: bool,
    /// Leave wall-clock times and store hits out of the report.
    #[arg(long)]
    no_timing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Verify {
    pub fn run(self) -> Result<ExitCode, Failure> {
        let started = Instant::now();
        let chosen = inputs::papers(&self.papers, self.folder.as_deref())?;
        let surroundings = self.machine.surroundings(self.scale)?;
        if let Some(out) = &self.out {
            inputs::writable(out)?;
        }
        let device = device_name(&surroundings.device);
        let threads = surroundings.threads;
        let lab = Lab::new(surroundings, Store::open(self.fresh)?)?;
        let seeds = self.seeds(lab.scale().seeds)?;
        let inquiries: Vec<_> = chosen.iter().map(|chosen| self.inquiry(&seeds, chosen.only.clone())).collect();
        let questions: Vec<_> =
            chosen.iter().zip(&inquiries).flat_map(|(chosen, inquiry)| inquiry.questions(&chosen.paper)).collect();
        let plan = lab.plan(&questions).map_err(|error| located(error, &lab, &chosen, &inquiries))?;
        announce(&plan, lab.scale(), seeds.len(), threads);
        let progress = Progress::new(plan.training_steps() * seeds.len());
        let answers = lab.run(&plan, &seeds, &progress)?;
        let mut papers = Vec::new();
        for (chosen, inquiry) in chosen.iter().zip(&inquiries) {
            papers.push(judge(&chosen.paper, inquiry, &answers)?);
        }
        if let Some(inquiry) = inquiries.first() {
            adjust_accusations(&mut papers, inquiry);
        }
        let timing = (!self.no_timing).then(|| timing(started, &lab.clocks, answers.from_store, answers.trained_now));
        let document = Document {
            schema: crate::report::SCHEMA,
            scale: self.scale,
            device,
            engine: env!("CARGO_PKG_VERSION"),
            plan: PlanSummary {
                questions: plan.questions,
                trajectories: plan.trajectories() * seeds.len(),
                training_steps: plan.training_steps() * seeds.len(),
            },
            seeds,
            timing,
            findings: chosen.iter().flat_map(|chosen| rederive(&chosen.paper)).collect(),
            papers,
        };
        self.deliver(&document)?;
        Ok(ExitCode::from(u8::from(document.differs_from_record())))
    }

    fn seeds(&self, usual: usize) -> Result<Vec<u64>, Failure> {
        let count = self.seeds.map_or(usual as u64, u64::from);
        let last = self.seed.checked_add(count - 1);
        let last = last.ok_or_else(|| Failure::input("the seeds run past the largest number", "a smaller --seed"))?;
        Ok((self.seed..=last).collect())
    }

    fn inquiry(&self, seeds: &[u64], only: Option<String>) -> Inquiry {
        let bases = match self.base {
            _ if self.machine.model.is_some() => vec![Base::Checkpoint],
            Some(base) => vec![base],
            None => vec![Base::Crystallized, Base::Trained],
        };
        let own_text = self.machine.corpus.is_some();
        Inquiry { scale: self.scale, bases, seeds: seeds.to_vec(), only, own_text, long: self.long }
    }

    fn deliver(&self, document: &Document) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(document)
            .map_err(|error| Failure::input(format!("the report has no JSON form: {error}"), "report this"))?;
        if let Some(out) = &self.out {
            write_whole(&out.join("report.json"), &json)?;
            write_whole(&out.join("report.txt"), &text(document, WIDE))?;
        }
        let shown = match self.format {
            Format::Json => json + "\n",
            Format::Text => text(document, terminal_width()),
        };
        let mut out = std::io::stdout();
        match out.write_all(shown.as_bytes()).and_then(|()| out.flush()) {
            // A reader that closed the pipe has seen what it wanted.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::run(format!("the report could not be written: {error}"), "standard output takes no more"))
            }
            _ => Ok(()),
        }
    }
}

/// A question that this model cannot answer, shown at the table or claim that asks it.
fn located(error: LabError, lab: &Lab, chosen: &[Chosen], inquiries: &[Inquiry]) -> Failure {
    for (Chosen { paper, .. }, inquiry) in chosen.iter().zip(inquiries) {
        let claims = paper.claims.iter().filter(|claim| inquiry.asks(claim));
        let claims = claims.map(|claim| (&claim.span, claim.questions.iter().collect::<Vec<_>>()));
        let tables = paper.tables.iter().map(|table| (&table.span, table.questions().collect()));
        for (span, questions) in tables.chain(claims) {
            if let Err(error) = lab.plan(questions) {
                let hint = error.hint().unwrap_or("ask for something that this model has").to_owned();
                return paper.error_at(span, error.to_string(), hint).into();
            }
        }
    }
    error.into()
}

/// Columns of a text that is not on a terminal.
const WIDE: u16 = 160;

fn terminal_width() -> u16 {
    comfy_table::Table::new().width().unwrap_or(WIDE)
}

fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)
    });
    let failed =
        |error: std::io::Error| Failure::run(format!("{}: {error}", path.display()), "the report was not written");
    written.map(drop).map_err(failed)
}

/// Training and measuring of one step, in floating-point operations for each of the model's weights and each token:
/// twice the six of a plain training step, since reading a probe costs about as much as the steps between two.
const OPERATIONS: f64 = 12.0;

/// What one thread of a desktop processor does of these a second: f32 products in AVX2 at some 60 %.
const OPERATIONS_A_SECOND: f64 = 4e10;

/// Says what will be run and about how long it takes if the store has none of it, before it starts.
fn announce(plan: &Plan, scale: &Scale, seeds: usize, threads: usize) {
    let steps = plan.training_steps() * seeds;
    let weights: usize = crate::question::MatrixId::all(scale.model.layers)
        .into_iter()
        .map(|id| scale.model.shape(id.kind()))
        .map(|(rows, cols)| rows * cols)
        .sum();
    let of_base =
        if plan.bases().contains(&Base::Trained) { seeds * scale.training.steps * scale.training.batch } else { 0 };
    let operations = OPERATIONS * (weights * scale.length) as f64 * (steps as f64 + of_base as f64 / 2.0);
    let minutes = operations / (OPERATIONS_A_SECOND * threads as f64) / 60.0;
    eprintln!(
        "{} questions, {} runs and {steps} training steps over {seeds} seed{}, on {threads} thread{}: about {} without the store",
        plan.questions,
        plan.trajectories() * seeds,
        if seeds == 1 { "" } else { "s" },
        if threads == 1 { "" } else { "s" },
        if minutes < 1.0 { "a minute".to_owned() } else { format!("{minutes:.0} minutes") },
    );
}

fn timing(started: Instant, clocks: &Clocks, from_store: usize, trained: usize) -> Timing {
    Timing {
        wall_seconds: started.elapsed().as_secs_f64(),
        clocks: BTreeMap::from(clocks.seconds()),
        runs_from_store: from_store,
        runs_trained: trained,
        peak_memory_bytes: peak_memory(),
    }
}

/// The process's largest resident size, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
