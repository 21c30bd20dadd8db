//! From answers to verdicts: each claim's rule on each base, its null model, and one verdict over the bases.

mod claims;
mod null;
mod readings;
mod tables;
mod verdict;

pub use claims::{BaseRuling, ClaimResult, OtherSide, Statistic};
pub use tables::{CellResult, DerivedResult, Measured, TableResult};
pub use verdict::{Verdict, base_name};

use serde::Serialize;

use crate::claim::SEEDS_NEEDED;
use crate::lab::{Answers, LabError, ScaleName};
use crate::paper::{AskedAt, Claim, Paper, Table};
use crate::question::{Base, Question};

/// What is asked of the papers: which claims, on which bases, over which seeds.
#[derive(Debug, Clone)]
pub struct Inquiry {
    pub scale: ScaleName,
    /// The paper's own base first.
    pub bases: Vec<Base>,
    pub seeds: Vec<u64>,
    /// The only claim asked, if the user named one.
    pub only: Option<String>,
    /// True where the runs are on the user's own text.
    pub own_text: bool,
    /// Claims of long runs are asked too; one that is named is asked anyway.
    pub long: bool,
}

impl Inquiry {
    /// True where a claim is put to a run at this scale.
    pub fn asks(&self, claim: &Claim) -> bool {
        let named = match &self.only {
            Some(only) => *only == claim.id,
            None => self.long || !claim.long,
        };
        named && (self.scale == ScaleName::Paper || claim.asked_at == AskedAt::Both)
    }

    /// True where verdicts can be held against what the files record: both bases, the usual text, enough seeds.
    pub fn is_on_record(&self) -> bool {
        let enough = self.seeds.len() >= SEEDS_NEEDED;
        enough && !self.own_text && self.bases == [Base::Crystallized, Base::Trained]
    }

    /// Every question that the paper's tables and claims ask, on every base.
    pub fn questions(&self, paper: &Paper) -> Vec<Question> {
        // A claim about losses is put to both sides of the update: the second reading costs no run.
        let both_sides = |claim: &Claim| {
            let other = readings::on_other_side(&claim.questions).unwrap_or_default();
            claim.questions.iter().cloned().chain(other).collect::<Vec<_>>()
        };
        let claims = paper.claims.iter().filter(|claim| self.asks(claim)).flat_map(both_sides);
        let cells = paper.tables.iter().filter(|_| self.only.is_none()).flat_map(Table::questions).cloned();
        let asked = cells.chain(claims);
        let on_bases = |question: Question| self.bases.iter().map(move |&base| Answers::on_base(&question, base));
        asked.flat_map(on_bases).collect()
    }
}

/// All that the judge says of one paper.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PaperResult {
    pub id: String,
    pub title: String,
    pub tables: Vec<TableResult>,
    pub derived: Vec<DerivedResult>,
    pub claims: Vec<ClaimResult>,
}

/// Adjusts the p-values of everything that a whole report refutes.
pub fn adjust_accusations(papers: &mut [PaperResult], inquiry: &Inquiry) {
    claims::adjust_accusations(papers, &inquiry.bases);
}

/// Judges every claim of a paper, most serious verdicts first.
///
/// # Errors
/// Answers that the plan should hold are missing.
pub fn judge(paper: &Paper, inquiry: &Inquiry, answers: &Answers) -> Result<PaperResult, LabError> {
    let mut claims = Vec::new();
    for claim in &paper.claims {
        if inquiry.only.as_ref().is_none_or(|only| *only == claim.id) {
            claims.push(claims::judge(&paper.id, claim, inquiry, answers)?);
        }
    }
    if let Some(&first) = inquiry.bases.first() {
        claims::adjust(&mut claims, first);
    }
    claims.sort_by_key(|claim| claim.verdict.rank());
    let tables = if inquiry.only.is_none() { tables::measured(paper, inquiry, answers)? } else { Vec::new() };
    Ok(PaperResult {
        id: paper.id.clone(),
        title: paper.title.clone(),
        tables,
        derived: paper.derived.iter().map(DerivedResult::from).collect(),
        claims,
    })
}
