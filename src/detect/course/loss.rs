//! On which side of its update was a step's loss read?

use crate::detect::rounding::EPS;
use crate::detect::{Course, Sighting, Step};
use crate::question::{Dropout, Side};

/// One loss, asked twice: nothing but its own rounding may differ, a few eps for the sum over sequences.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 16.0 * EPS * other.abs().max(1.0)
}

/// The loss of a step under dropout is that of its masked pass: on neither side.
fn steps(course: &Course) -> impl Iterator<Item = &Step> {
    course.steps.iter().filter(|_| course.said.dropout == Dropout::None)
}

fn sighting(step: &Step) -> Sighting {
    let message = format!(
        "{:.6} is reported; on its batch the loss is {:.6} before the update, {:.6} after it",
        step.reported, step.before, step.after
    );
    Sighting::new(format!("step {}", step.number), message)
}

pub fn wrong_side(course: &Course) -> Vec<Sighting> {
    let wrong = |step: &&Step| {
        let (said, other) = match course.said.side {
            Side::Before => (step.before, step.after),
            Side::After => (step.after, step.before),
        };
        near(step.reported, other) && !near(step.reported, said)
    };
    steps(course).find(wrong).map(sighting).into_iter().collect()
}

pub fn neither_side(course: &Course) -> Vec<Sighting> {
    let neither = |step: &&Step| !near(step.reported, step.before) && !near(step.reported, step.after);
    steps(course).find(neither).map(sighting).into_iter().collect()
}
