//! The second look at what a run leaves open.

use super::announce::announced;
use super::failure::Failure;
use super::inputs::Chosen;
use crate::judge::{Inquiry, PaperResult, judge};
use crate::lab::{Lab, Progress};
use crate::report::PlanSummary;

/// The work that second looks took.
#[derive(Debug, Default)]
pub struct More {
    pub work: PlanSummary,
    pub from_store: usize,
    pub trained_now: usize,
}

/// Puts the claims that are open, and that this many fresh seeds would settle, to `fresh` on the first base: it is the
/// papers' own, and the one that speaks where a verdict is open (`Verdict::over_bases`).
pub fn settle(
    (lab, threads): (&Lab, usize),
    chosen: &[Chosen],
    inquiries: &[Inquiry],
    papers: &mut [PaperResult],
    fresh: &[u64],
) -> Result<More, Failure> {
    let mut more = More::default();
    let look =
        |(inquiry, result): (&Inquiry, &PaperResult)| inquiry.second_look(result, *inquiry.bases.first()?, fresh);
    let looks: Vec<Option<Inquiry>> = inquiries.iter().zip(papers.iter()).map(look).collect();
    let open = || chosen.iter().zip(&looks).filter_map(|(chosen, look)| Some((chosen, look.as_ref()?)));
    let questions: Vec<_> = open().flat_map(|(chosen, look)| look.questions(&chosen.paper)).collect();
    if questions.is_empty() {
        return Ok(more);
    }
    let plan = lab.plan(&questions)?;
    more.work = announced(lab, threads, &plan, fresh.len());
    let answers = lab.run(&plan, fresh, &Progress::new(plan.training_steps() * fresh.len()))?;
    (more.from_store, more.trained_now) = (answers.from_store, answers.trained_now);
    for (((chosen, inquiry), look), result) in chosen.iter().zip(inquiries).zip(&looks).zip(papers) {
        if let (Some(look), Some(&base)) = (look, inquiry.bases.first()) {
            result.take(base, look, judge(&chosen.paper, look, &answers)?);
            result.conclude(&chosen.paper, inquiry);
        }
    }
    Ok(more)
}
