//! What the run says before it starts, and the second look at what it leaves open.

use super::failure::Failure;
use super::inputs::Chosen;
use crate::judge::{Inquiry, PaperResult, judge};
use crate::lab::{Lab, Plan, Progress};
use crate::question::{Base, MatrixId};
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

/// Training and measuring of one step, in floating-point operations for each of the model's weights and each token:
/// twice the six of a plain training step, since reading a probe costs about as much as the steps between two.
const OPERATIONS: f64 = 12.0;

/// What one thread of a desktop processor does of these a second: f32 products in AVX2 at some 60 %.
const OPERATIONS_A_SECOND: f64 = 4e10;

/// Says what will be run and about how long it takes if the store has none of it, before it starts.
pub(super) fn announced(lab: &Lab, threads: usize, plan: &Plan, seeds: usize) -> PlanSummary {
    let scale = lab.scale();
    let steps = plan.training_steps() * seeds;
    let weights: usize = MatrixId::all(scale.model.layers)
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
    PlanSummary { questions: plan.questions, trajectories: plan.trajectories() * seeds, training_steps: steps }
}
