//! Kinds about size: power law, ratio, difference, bounded.

use super::evidence::{Region, Requirement, Test, as_is, weigh};
use super::{ClaimError, Ruling};
use crate::stats::{StatsError, quadratic_term, slope};

/// The curvature in `ln y` over `ln x` that still counts as a power law.
pub(super) const STRAIGHT: f64 = 0.05;

/// Slope of ln y on ln x of one seed.
pub(super) fn exponent(x: &[f64], y: &[f64]) -> Result<f64, StatsError> {
    slope(&logarithms(x), &logarithms(y))
}

pub(super) fn logarithms(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}

pub(super) fn power_law(x: &[f64], target: f64, within: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let log_x = logarithms(x);
    let (mut exponents, mut curvatures) = (Vec::new(), Vec::new());
    for seed in seeds {
        exponents.push(exponent(x, seed).map_err(ClaimError::undefined("exponent"))?);
        curvatures.push(quadratic_term(&log_x, &logarithms(seed)).map_err(ClaimError::undefined("quadratic term"))?);
    }
    let band = Region::Within { low: target - within, high: target + within };
    let straight = Region::Within { low: -STRAIGHT, high: STRAIGHT };
    let requirements = [
        Requirement::from_values("exponent", &exponents, band)?,
        Requirement::from_values("quadratic term", &curvatures, straight)?,
    ];
    let weighed = weigh(&requirements, Test::Interval)?;
    let words =
        format!("{}; {}", requirements[0].words(Test::Interval, as_is)?, requirements[1].words(Test::Interval, as_is)?);
    Ruling::on(&requirements, Test::Interval, &weighed, 0, "exponent", as_is, words)
}

pub(super) fn ratio(low: f64, high: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let region = Region::Within { low: low.ln(), high: high.ln() };
    let requirement = Requirement::new("ratio", seeds, region, |y| (y[0] / y[1]).ln())?;
    Ruling::by_decisive(&[requirement], Test::Interval, "ratio", f64::exp)
}

pub(super) fn difference(low: f64, high: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    // One-sided regions are claims of a sign or a size: the end itself, an exact tie, is too little.
    let region = match (low.is_finite(), high.is_finite()) {
        (true, false) => Region::Above(low),
        (false, true) => Region::Below(high),
        _ => Region::Within { low, high },
    };
    let requirement = Requirement::new("difference", seeds, region, |y| y[0] - y[1])?;
    Ruling::by_decisive(&[requirement], Test::Interval, "difference", as_is)
}

pub(super) fn bounded(labels: &[String], low: &[f64], high: &[f64], seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let mut requirements = Vec::with_capacity(labels.len());
    for (at, label) in labels.iter().enumerate() {
        let region = Region::Within { low: low[at], high: high[at] };
        requirements.push(Requirement::new(label.as_str(), seeds, region, |y| y[at])?);
    }
    Ruling::by_decisive(&requirements, Test::Interval, "value nearest its bound", as_is)
}
