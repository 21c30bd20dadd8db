//! The second look at what a run leaves open.

use super::announce::announced;
use super::failure::Failure;
use super::inputs::Chosen;
use crate::judge::{Inquiry, PaperResult, judge};
use crate::lab::{Lab, Progress};
use crate::question::Base;
use crate::report::PlanSummary;

/// The work that second looks took.
#[derive(Debug, Default)]
pub struct More {
    pub work: PlanSummary,
    pub from_store: usize,
    pub trained_now: usize,
}

/// Puts the claims that are open, and that this many fresh seeds would settle, to `fresh`, base by base.
pub fn settle(
    (lab, threads): (&Lab, usize),
    chosen: &[Chosen],
    inquiries: &[Inquiry],
    papers: &mut [PaperResult],
    fresh: &[u64],
) -> Result<More, Failure> {
    let mut more = More::default();
    let bases: Vec<Base> = inquiries.first().map(|inquiry| inquiry.bases.clone()).unwrap_or_default();
    for base in bases {
        let looks: Vec<Option<Inquiry>> = inquiries
            .iter()
            .zip(papers.iter())
            .map(|(inquiry, result)| inquiry.second_look(result, base, fresh))
            .collect();
        let open = || chosen.iter().zip(&looks).filter_map(|(chosen, look)| Some((chosen, look.as_ref()?)));
        let questions: Vec<_> = open().flat_map(|(chosen, look)| look.questions(&chosen.paper)).collect();
        if questions.is_empty() {
            continue;
        }
        let plan = lab.plan(&questions)?;
        more.work += announced(lab, threads, &plan, fresh.len());
        let answers = lab.run(&plan, fresh, &Progress::new(plan.training_steps() * fresh.len()))?;
        more.from_store += answers.from_store;
        more.trained_now += answers.trained_now;
        for ((chosen, look), result) in chosen.iter().zip(&looks).zip(papers.iter_mut()) {
            if let Some(look) = look {
                let second = judge(&chosen.paper, look, &answers)?;
                result.take(base, look, second);
            }
        }
    }
    for ((chosen, inquiry), result) in chosen.iter().zip(inquiries).zip(papers) {
        result.conclude(&chosen.paper, inquiry);
    }
    Ok(more)
}
