//! What a run of the whole series costs: papers share their trajectories.

// Clippy takes only functions marked `#[test]` for tests; the others here are theirs.
#![allow(clippy::unwrap_used)]

use ctlora::lab::{Plan, ScaleName};
use ctlora::paper::{self, Paper, Table};
use ctlora::question::Question;

/// Training steps of one seed on one base for the whole series, a step counted once per trajectory: what fits into an
/// evening at paper scale. Tables and claims of runs beyond every other paper's budget are named `long-..`.
const MOST_STEPS_OF_A_SEED: usize = 6500;

fn questions(paper: &Paper) -> Vec<Question> {
    let is_short = |id: &str| !id.starts_with("long-");
    let tables = paper.tables.iter().filter(|table| is_short(&table.id)).flat_map(Table::questions).cloned();
    let claims = paper.claims.iter().filter(|claim| is_short(&claim.id)).flat_map(|claim| claim.questions.clone());
    tables.chain(claims).collect()
}

#[test]
fn the_series_shares_its_trajectories() {
    let papers: Vec<Paper> = paper::shipped().iter().map(|&(id, text)| paper::load(id, text).unwrap()).collect();
    let scale = ScaleName::Paper.scale();
    let steps = |questions: &[Question]| Plan::new(questions, &scale, &scale.model).unwrap().training_steps();
    let apart: usize = papers.iter().map(|paper| steps(&questions(paper))).sum();
    let together = steps(&papers.iter().flat_map(questions).collect::<Vec<_>>());
    assert!(together <= apart, "{together} steps together, {apart} apart");
    assert!(together <= MOST_STEPS_OF_A_SEED, "{together} steps");
}
