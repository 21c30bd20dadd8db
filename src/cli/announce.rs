//! What a run says before it starts: how much work, and about how long it takes.

use crate::lab::{Lab, Plan};
use crate::question::{Base, MatrixId};
use crate::report::PlanSummary;

/// Training and measuring of one step, in floating-point operations for each of the model's weights and each token:
/// twice the six of a plain training step, since reading a probe costs about as much as the steps between two.
const OPERATIONS: f64 = 12.0;

/// What one thread of a desktop processor does of these a second (AVX2, seen at paper scale: 3,840 steps in 395 s on two).
const OPERATIONS_A_SECOND: f64 = 7.5e10;

/// What a sequence costs in training the base, in such steps (seen at paper scale: 1,600 sequences in 193 s on two
/// threads): every weight has a gradient, and one model at a time trains on all threads.
const BASE_SEQUENCE: f64 = 1.2;

/// Says what will be run and about how long it takes if the store has none of it, before it starts.
pub fn announced(lab: &Lab, threads: usize, plan: &Plan, seeds: usize) -> PlanSummary {
    let scale = lab.scale();
    let steps = plan.training_steps() * seeds;
    let weights: usize = MatrixId::all(scale.model.layers)
        .into_iter()
        .map(|id| scale.model.shape(id.kind()))
        .map(|(rows, cols)| rows * cols)
        .sum();
    let of_base =
        if plan.bases().contains(&Base::Trained) { seeds * scale.training.steps * scale.training.batch } else { 0 };
    let worth = steps as f64 + of_base as f64 * BASE_SEQUENCE;
    let operations = OPERATIONS * (weights * scale.length) as f64 * worth;
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
