//! A quantity over K and seeds: limited by its instrument, forced by a theorem, ordered by noise, or a step's length.

use super::strict;
use crate::detect::Sighting;
use crate::stats::{LEVEL as CLAIM_LEVEL, SampleMean, slope};

/// What is concluded from a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// Each value is above the one before.
    Rising,
    /// Each value is below the one before.
    Falling,
    /// The values themselves.
    Values,
}

/// A quantity over K.
#[derive(Debug, Clone)]
pub struct Sweep {
    pub name: String,
    /// K, rising.
    pub k: Vec<f64>,
    /// `[seed][k]`
    pub values: Vec<Vec<f64>>,
    pub says: Expectation,
    /// The mean of the same measure through Haar frames on the same gradients, `[seed][k]`.
    pub null: Option<Vec<Vec<f64>>>,
    /// The most that the instrument can show, `[k]`.
    pub bound: Option<Vec<f64>>,
    /// What each dimension adds to the value's square, `[seed][dimension]`.
    pub parts: Option<Vec<Vec<f64>>>,
    /// What g . (move of alpha), summed over the updates, gives for the value, `[seed][k]`: for falls of the loss.
    pub first_order: Option<Vec<Vec<f64>>>,
}

/// Two numbers within this ratio are the same: what an equality means in this project (claims' default).
const SAME: f64 = 1.1;
/// An exponent within this of 1 is proportionality (claims' default for a power law).
const PROPORTIONAL: f64 = 0.1;

/// The intervals of ln(value / other) at each K, where they all lie within +-ln [`SAME`]; with the ratio at each K.
fn equal_everywhere(sweep: &Sweep, other: &[Vec<f64>]) -> Option<Vec<f64>> {
    let band = SAME.ln();
    let ratio = |at: usize| {
        let of_seed = |(value, other): (&Vec<f64>, &Vec<f64>)| Some((value.get(at)? / other.get(at)?).ln());
        let logs: Vec<f64> = sweep.values.iter().zip(other).map(of_seed).collect::<Option<_>>()?;
        // One K outside is enough to be no artifact: each interval keeps the full level.
        let interval = strict(&logs, 1).ok()?;
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        (interval.low > -band && interval.high < band).then(|| mean.exp())
    };
    (!sweep.k.is_empty()).then(|| (0..sweep.k.len()).map(ratio).collect())?
}

fn listed(ratios: &[f64]) -> String {
    ratios.iter().map(|ratio| format!("{ratio:.3}")).collect::<Vec<_>>().join(", ")
}

pub fn instrument(sweep: &Sweep) -> Vec<Sighting> {
    let ratios = sweep.null.as_ref().and_then(|null| equal_everywhere(sweep, null));
    let message = |ratios: Vec<f64>| format!("{} times the null, over K {:?}", listed(&ratios), sweep.k);
    ratios.map(|ratios| Sighting::new(&sweep.name, message(ratios))).into_iter().collect()
}

pub fn step_size(sweep: &Sweep) -> Vec<Sighting> {
    let ratios = sweep.first_order.as_ref().and_then(|first| equal_everywhere(sweep, first));
    let message = |ratios: Vec<f64>| format!("{} times sum g . (move of alpha), over K {:?}", listed(&ratios), sweep.k);
    ratios.map(|ratios| Sighting::new(&sweep.name, message(ratios))).into_iter().collect()
}

/// The exponent of the value over the bound, seed by seed.
pub fn capacity(sweep: &Sweep) -> Vec<Sighting> {
    let Some(bound) = sweep.bound.as_ref().filter(|bound| bound.len() >= 3) else { return Vec::new() };
    let logs = |values: &[f64]| values.iter().map(|x| x.ln()).collect::<Vec<f64>>();
    let exponents: Result<Vec<f64>, _> = sweep.values.iter().map(|row| slope(&logs(bound), &logs(row))).collect();
    let Ok(interval) = exponents.and_then(|exponents| strict(&exponents, 1)) else { return Vec::new() };
    match interval.low > 1.0 - PROPORTIONAL && interval.high < 1.0 + PROPORTIONAL {
        true => {
            let message = format!(
                "it goes as the instrument's own limit to the power [{:.3}, {:.3}], over limits {bound:?}",
                interval.low, interval.high
            );
            vec![Sighting::new(&sweep.name, message)]
        }
        false => Vec::new(),
    }
}

/// Each neighbouring pair within a seed, by the one-sided bound that a claim of order needs.
pub fn order(sweep: &Sweep) -> Vec<Sighting> {
    let sign = match sweep.says {
        Expectation::Rising => 1.0,
        Expectation::Falling => -1.0,
        Expectation::Values => return Vec::new(),
    };
    let open = |at: usize| {
        let contrast = |row: &Vec<f64>| Some(sign * (row.get(at + 1)? - row.get(at)?));
        let contrasts: Vec<f64> = sweep.values.iter().map(contrast).collect::<Option<_>>()?;
        let sample = SampleMean::of(&contrasts).ok()?;
        let interval = sample.interval(CLAIM_LEVEL).ok()?;
        (interval.low <= 0.0).then(|| {
            let place = format!("{}, K {} to {}", sweep.name, sweep.k[at], sweep.k[at + 1]);
            let message = format!(
                "{:.4} over {} seeds, deviation {:.4}: [{:.4}, {:.4}] holds 0",
                sign * sample.mean,
                sample.count,
                sample.standard_deviation,
                interval.low,
                interval.high
            );
            Sighting::new(place, message)
        })
    };
    (0..sweep.k.len().saturating_sub(1)).find_map(open).into_iter().collect()
}

/// How closely squares must add up: the sum of a few hundred numbers in f64, read back from roots.
const ADDS_UP: f64 = 1e-9;

pub fn theorem(sweep: &Sweep) -> Vec<Sighting> {
    let Some(parts) = sweep.parts.as_ref().filter(|_| sweep.says == Expectation::Rising) else { return Vec::new() };
    let adds_up = |(row, parts): (&Vec<f64>, &Vec<f64>)| {
        sweep.k.iter().zip(row).all(|(&k, value)| {
            let sum: f64 = parts.iter().take(k as usize).sum();
            (sum - value * value).abs() <= ADDS_UP * value * value
        }) && parts.iter().all(|&part| part >= 0.0)
    };
    let forced = !parts.is_empty() && parts.len() == sweep.values.len() && sweep.values.iter().zip(parts).all(adds_up);
    let message = "its square is a sum of squares of which a larger K takes more terms: it rises for every input";
    forced.then(|| Sighting::new(&sweep.name, message)).into_iter().collect()
}
