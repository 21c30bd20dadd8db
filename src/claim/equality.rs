//! Kinds about sameness: shown by equivalence, never by a difference that failed to be significant.

use super::evidence::{Region, Requirement, Test};
use super::{ClaimError, Ruling};

pub(super) fn equal(labels: &[String], within: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let mut requirements = Vec::with_capacity(labels.len());
    for (pair, label) in labels.iter().enumerate() {
        let ratio = |y: &[f64]| (y[2 * pair] / y[2 * pair + 1]).ln();
        requirements.push(Requirement::new(format!("ratio of {label}"), seeds, band(within), ratio)?);
    }
    Ruling::by_decisive(&requirements, Test::Equivalence, "ratio furthest from 1", f64::exp)
}

/// Every two points of a group are compared, not neighbours only: a slow drift is a change, too.
pub(super) fn stable(labels: &[String], points: usize, within: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let mut requirements = Vec::new();
    for later in 1..labels.len() {
        for earlier in later - later % points..later {
            let name = format!("ratio {} / {}", labels[later], labels[earlier]);
            requirements.push(Requirement::new(name, seeds, band(within), |y| (y[later] / y[earlier]).ln())?);
        }
    }
    Ruling::by_decisive(&requirements, Test::Equivalence, "ratio furthest from 1", f64::exp)
}

/// The ln ratios that count as equal: symmetric, so that left / right and right / left agree.
fn band(within: f64) -> Region {
    let end = within.ln_1p();
    Region::Within { low: -end, high: end }
}
