//! What a run of the whole series costs: papers share their trajectories.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ctlora::lab::{Plan, ScaleName};
use ctlora::paper::{self, Paper, Table};
use ctlora::question::Question;

/// Training steps of one seed on one base for the whole series, a step counted once per trajectory: what fits into an
/// evening at paper scale. Claims of runs beyond every other paper's budget are `long`.
const MOST_STEPS_OF_A_SEED: usize = 6500;

fn questions(paper: &Paper) -> Vec<Question> {
    let tables = paper.tables.iter().flat_map(Table::questions).cloned();
    let claims = paper.claims.iter().filter(|claim| !claim.long).flat_map(|claim| claim.questions.clone());
    tables.chain(claims).collect()
}

#[test]
fn the_series_shares_its_trajectories() {
    let papers = paper::load_all(paper::shipped().iter().copied()).unwrap();
    let scale = ScaleName::Paper.scale();
    let steps = |questions: &[Question]| Plan::new(questions, &scale, &scale.model).unwrap().training_steps();
    let apart: usize = papers.iter().map(|paper| steps(&questions(paper))).sum();
    let together = steps(&papers.iter().flat_map(questions).collect::<Vec<_>>());
    assert!(together < apart, "{together} steps together, {apart} apart: nothing is shared");
    assert!(together <= MOST_STEPS_OF_A_SEED, "{together} steps");
}
