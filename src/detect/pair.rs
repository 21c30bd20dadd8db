//! Detectors of two runs that are compared as equals: what differs beside what is compared.

use super::course::implied_rate;
use super::rounding::EPS;
use super::{Course, Detector, Look, Pair, Severity, Sighting};

pub const DETECTORS: [Detector; 4] = [
    Detector {
        code: "steps-differ",
        severity: Severity::Error,
        says: "runs that are compared at equal budget have unequal numbers of steps",
        look: Look::Pair(steps),
    },
    Detector {
        code: "rates-differ",
        severity: Severity::Error,
        says: "runs that are compared as equals have unequal learning rates",
        look: Look::Pair(rates),
    },
    Detector {
        code: "tokens-differ",
        severity: Severity::Error,
        says: "runs that are compared at equal budget see unequal numbers of tokens a step",
        look: Look::Pair(tokens),
    },
    Detector {
        code: "batches-differ",
        severity: Severity::Error,
        says: "runs that are compared within a seed see different text at the same step",
        look: Look::Pair(batches),
    },
];

fn seen(place: &str, message: String) -> Vec<Sighting> {
    vec![Sighting::new(place, message)]
}

fn steps(pair: &Pair) -> Vec<Sighting> {
    let (left, right) = (pair.left.steps.len(), pair.right.steps.len());
    if left == right { Vec::new() } else { seen("both runs", format!("{left} steps against {right}")) }
}

/// The rates that the first steps show. Each is a number of a few roundings in f32, of a parameter that starts at zero.
fn rates(pair: &Pair) -> Vec<Sighting> {
    let (Some(left), Some(right)) = (implied_rate(&pair.left), implied_rate(&pair.right)) else { return Vec::new() };
    match (left - right).abs() > 32.0 * EPS * left.max(right) {
        true => seen("step 1", format!("alpha moved at a rate of {left:.6e} against {right:.6e}")),
        false => Vec::new(),
    }
}

fn of_first(course: &Course) -> Option<usize> {
    course.steps.first().map(|step| step.batch.iter().map(|sequence| sequence.len().saturating_sub(1)).sum())
}

fn tokens(pair: &Pair) -> Vec<Sighting> {
    match (of_first(&pair.left), of_first(&pair.right)) {
        (Some(left), Some(right)) if left != right => seen("step 1", format!("{left} tokens against {right}")),
        _ => Vec::new(),
    }
}

fn batches(pair: &Pair) -> Vec<Sighting> {
    let steps = pair.left.steps.iter().zip(&pair.right.steps);
    let same_size = of_first(&pair.left) == of_first(&pair.right);
    let other = steps.into_iter().find(|(left, right)| same_size && left.batch != right.batch);
    let message =
        |left: &super::Step| seen(&format!("step {}", left.number), "the two runs have different batches".to_owned());
    other.map(|(left, _)| message(left)).unwrap_or_default()
}
