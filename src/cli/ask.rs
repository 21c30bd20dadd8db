//! What is asked: which papers and claims, at which scale, over which seeds, on which base; shared by every command that
//! plans runs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::inputs::{self, Chosen, Machine};
use crate::judge::{Flips, Inquiry, Selection};
use crate::lab::{Lab, LabError, Plan, ScaleName};
use crate::paper::Paper;
use crate::question::Base;

#[derive(Debug, Args)]
pub struct Ask {
    /// Papers (an id or a .toml file) or claims (`p87::coverage-linear`); all shipped papers where none is named.
    papers: Vec<String>,
    /// The papers' own size, or a small one that runs in seconds.
    #[arg(long, default_value = "paper")]
    pub scale: ScaleName,
    /// How many seeds; 3 at paper scale and 6 at ci where not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    seeds: Option<u16>,
    /// The first seed.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Ask on one base only; verdicts are then not held against the record.
    #[arg(long, conflicts_with = "model")]
    base: Option<Base>,
    /// Ask the claims too whose runs are much longer than their paper's (Paper 82's K=2 with up to 8 times the budget).
    #[arg(long)]
    long: bool,
    #[command(flatten)]
    pub machine: Machine,
    /// Take papers from this folder of .toml files.
    #[arg(long = "papers", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Ask {
    pub fn papers(&self) -> Result<Vec<Chosen>, Failure> {
        inputs::papers(&self.papers, self.folder.as_deref())
    }

    pub fn shelf(&self) -> Result<Vec<Paper>, Failure> {
        inputs::shelf(self.folder.as_deref())
    }

    pub fn seeds(&self) -> Result<Vec<u64>, Failure> {
        let count = self.seeds.map_or(self.scale.scale().seeds as u64, u64::from);
        seeds_from(Some(self.seed), count)
    }

    /// As many seeds beyond those that were asked.
    pub fn seeds_after(&self, asked: &[u64], count: u16) -> Result<Vec<u64>, Failure> {
        seeds_from(asked.last().and_then(|last| last.checked_add(1)), u64::from(count))
    }

    /// True where every name is that of a claim.
    pub fn names_claims(&self) -> bool {
        !self.papers.is_empty() && self.papers.iter().all(|name| name.contains("::"))
    }

    /// The same on one base, the papers' own where none is named.
    #[must_use]
    pub fn on_one_base(self) -> Self {
        Self { base: self.base.or(Some(Base::Crystallized)), ..self }
    }

    /// The papers and flags that ask the same again, of `verify`, `plan` and `run` alike: what is a default is left out, but for
    /// the scale and the number of seeds. How it is computed (threads, device) is no part of it.
    pub fn arguments(&self, seeds: &[u64]) -> Vec<String> {
        let mut arguments = self.papers.clone();
        let mut flag = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                arguments.extend([name.to_owned(), value]);
            }
        };
        let path = |path: &PathBuf| path.display().to_string();
        flag("--papers", self.folder.as_ref().map(path));
        flag("--scale", Some(self.scale.to_string()));
        flag("--seeds", Some(seeds.len().to_string()));
        flag("--seed", (self.seed != 1).then(|| self.seed.to_string()));
        flag("--base", self.base.map(|base| base.name().to_owned()));
        flag("--model", self.machine.model.as_ref().map(path));
        flag("--corpus", self.machine.corpus.as_ref().map(path));
        if self.long {
            arguments.push("--long".to_owned());
        }
        arguments
    }

    pub fn inquiry(&self, seeds: &[u64], only: Option<BTreeSet<String>>, flips: Flips) -> Inquiry {
        let bases = match self.base {
            _ if self.machine.model.is_some() => vec![Base::Checkpoint],
            Some(base) => vec![base],
            None => vec![Base::Crystallized, Base::Trained],
        };
        let own_text = self.machine.corpus.is_some();
        let claims = Selection::named(only, self.long);
        Inquiry { scale: self.scale, bases, seeds: seeds.to_vec(), claims, flips, own_text }
    }
}

fn seeds_from(first: Option<u64>, count: u64) -> Result<Vec<u64>, Failure> {
    let range = first.and_then(|first| Some(first..=first.checked_add(count.checked_sub(1)?)?));
    let range = range.ok_or_else(|| Failure::input("the seeds run past the largest number", "a smaller --seed"))?;
    Ok(range.collect())
}

/// The runs that answer everything that `inquiries` ask of `chosen`; what these runs answer besides is then asked too.
pub fn plan(lab: &Lab, chosen: &[Chosen], inquiries: &mut [Inquiry]) -> Result<Plan, Failure> {
    let runs = planned(lab, chosen, inquiries)?;
    for (chosen, inquiry) in chosen.iter().zip(inquiries.iter_mut()) {
        inquiry.ask_what_is_free(&chosen.paper, &runs, lab);
    }
    planned(lab, chosen, inquiries)
}

fn planned(lab: &Lab, chosen: &[Chosen], inquiries: &[Inquiry]) -> Result<Plan, Failure> {
    let asked = chosen.iter().zip(inquiries);
    let questions: Vec<_> = asked.flat_map(|(chosen, inquiry)| inquiry.questions(&chosen.paper)).collect();
    lab.plan(&questions).map_err(|error| located(error, lab, chosen, inquiries))
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
