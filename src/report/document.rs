//! The report document (design.md, "The report document"): the value that every format is a rendering of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Provenance;
use crate::audit::Finding;
use crate::judge::{PaperResult, Verdict};
use crate::lab::ScaleName;

pub const SCHEMA: &str = "ctlora.report/1";

/// The crate's version and, as build metadata, a digest of the sources and crates that measured numbers come from: the
/// same on every machine, another as soon as the engine changes.
pub const ENGINE: &str = env!("CTLORA_ENGINE_VERSION");

/// A whole report. Without `timing`, two reports of the same questions are equal byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    pub schema: &'static str,
    /// Papers and flags: `ctlora verify` with them asks the same (second looks apart), `ctlora run CELL` with them repeats one
    /// of its runs.
    pub arguments: Vec<String>,
    pub scale: ScaleName,
    pub seeds: Vec<u64>,
    pub device: &'static str,
    pub engine: &'static str,
    pub plan: PlanSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
    pub papers: Vec<PaperResult>,
    pub findings: Vec<Finding>,
    /// Where each paper's numbers come from.
    pub provenance: Vec<Provenance>,
}

/// The work behind the report, over all seeds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PlanSummary {
    pub questions: usize,
    pub trajectories: usize,
    pub training_steps: usize,
}

impl std::ops::AddAssign for PlanSummary {
    fn add_assign(&mut self, more: Self) {
        self.questions += more.questions;
        self.trajectories += more.trajectories;
        self.training_steps += more.training_steps;
    }
}

/// Where the time went. Clocks of parallel work add up over threads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timing {
    pub wall_seconds: f64,
    pub clocks: BTreeMap<&'static str, f64>,
    pub runs_from_store: usize,
    pub runs_trained: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
}

impl Document {
    /// True where some verdict is not the one that its paper file records.
    pub fn differs_from_record(&self) -> bool {
        self.papers.iter().flat_map(|paper| &paper.claims).any(|claim| claim.as_recorded == Some(false))
    }

    /// How many claims have a verdict at all.
    pub fn judged(&self) -> usize {
        self.papers.iter().flat_map(|paper| &paper.claims).filter(|claim| claim.verdict.is_judged()).count()
    }

    /// How many claims have each verdict, in the order of a report.
    pub fn counts(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<(u8, String), usize> = BTreeMap::new();
        for claim in self.papers.iter().flat_map(|paper| &paper.claims) {
            let name = match &claim.verdict {
                Verdict::NotChecked(_) => "not checked".to_owned(),
                verdict => verdict.to_string(),
            };
            *counts.entry((claim.verdict.rank(), name)).or_default() += 1;
        }
        counts.into_iter().map(|((_, name), count)| (name, count)).collect()
    }
}
