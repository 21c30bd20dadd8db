//! Kinds that relate two quantities: correlation, and the intervention that a mechanism needs.

use super::evidence::{Region, Requirement, Test, as_is, weigh, with_seeds};
use super::size::logarithms;
use super::{ClaimError, Outcome, Ruling, compact};
use crate::stats::{fisher_z, pearson, slope};

/// Fisher's z of each seed's r, then t. Never a p-value over the points of a sweep: they share one seed's data.
pub(super) fn correlation(at_least: f64, index: &[f64], gain: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let (mut z, mut gains) = (Vec::new(), Vec::new());
    for seed in seeds {
        let (x, y) = seed.split_at(index.len());
        let r = pearson(x, y).map_err(ClaimError::undefined("r(x, y)"))?;
        let by_index = pearson(index, y).map_err(ClaimError::undefined("r(index, y)"))?;
        z.push(fisher_z(r));
        gains.push(at_least.signum() * r - by_index.abs());
    }
    let end = fisher_z(at_least);
    let region = if at_least > 0.0 {
        Region::Within { low: end, high: f64::INFINITY }
    } else {
        Region::Within { low: f64::NEG_INFINITY, high: end }
    };
    let strength = [Requirement::from_values("r", &z, region)?];
    let beyond = [Requirement::from_values("gain over the index", &gains, Region::Above(gain))?];
    let mut weighed = weigh(&strength, Test::Interval)?;
    let over_index = weigh(&beyond, Test::Interval)?;
    // A strong r that the index gives as well is a fact, but none about x: the judge names the instrument.
    let confounded = over_index.outcome == Outcome::Refuted && weighed.outcome != Outcome::Refuted;
    if weighed.outcome == Outcome::Confirmed && over_index.outcome == Outcome::Inconclusive {
        weighed = over_index;
    }
    let words = format!(
        "{}; {}{}",
        strength[0].words(Test::Interval, f64::tanh)?,
        beyond[0].words(Test::Interval, as_is)?,
        if confounded { "; the index alone gives as strong an r" } else { "" }
    );
    let ruling = Ruling::on(&strength, Test::Interval, &weighed, 0, "r", f64::tanh, words)?;
    Ok(Ruling { confounded, ..ruling })
}

/// Two interventions whose x is the same in every seed.
struct Pair {
    left: usize,
    right: usize,
}

pub(super) fn mechanism(
    across: usize,
    within: &[String],
    factor: f64,
    tie: f64,
    seeds: &[Vec<f64>],
) -> Result<Ruling, ClaimError> {
    let count = within.len();
    let mut across_slopes = Vec::new();
    let mut ratios = Vec::new();
    for seed in seeds {
        let (sweep, interventions) = seed.split_at(2 * across);
        let slope_of = |points: &[f64], name: &str| {
            let (x, y) = points.split_at(points.len() / 2);
            slope(&logarithms(x), y).map_err(ClaimError::undefined(name))
        };
        let across_slope = slope_of(sweep, "slope across the sweep")?;
        across_slopes.push(across_slope);
        ratios.push(slope_of(interventions, "slope within the interventions")? / across_slope);
    }

    // Without a slope across there is nothing that the interventions could agree with: the ratio has no meaning.
    let (rises, falls) = (Region::Above(0.0), Region::Below(0.0));
    let sloped = |region| -> Result<_, ClaimError> {
        let requirement = [Requirement::from_values("slope across the sweep", &across_slopes, region)?];
        let weighed = weigh(&requirement, Test::Interval)?;
        Ok((requirement, weighed))
    };
    let (requirement, rising) = sloped(rises)?;
    let (_, falling) = sloped(falls)?;
    if rising.outcome != Outcome::Confirmed && falling.outcome != Outcome::Confirmed {
        let words = format!("the slope across the sweep is not clear of 0: {}", compact(requirement[0].sample.mean));
        return Ok(Ruling {
            outcome: Outcome::Inconclusive,
            estimate: None,
            low: None,
            high: None,
            what: "slope within / slope across",
            p_value: None,
            settles_with: rising.settles_with,
            words: with_seeds(words, rising.settles_with),
            confounded: false,
        });
    }

    let slopes = Region::Within { low: 1.0 / factor, high: factor };
    let mut requirements = vec![Requirement::from_values("slope within / slope across", &ratios, slopes)?];
    // x may differ by `tie`, and y then by what `factor` times the slope makes of it. In units of ln x:
    let allowance = Region::Within { low: -factor * tie, high: factor * tie };
    let (x, y) = (2 * across, 2 * across + count);
    for Pair { left, right } in pairs_of_equal_x(seeds, x, count, tie) {
        let name = format!("{} against {}, as a change of ln x:", within[left], within[right]);
        let gaps: Vec<f64> =
            seeds.iter().zip(&across_slopes).map(|(seed, slope)| (seed[y + left] - seed[y + right]) / slope).collect();
        requirements.push(Requirement::from_values(name, &gaps, allowance)?);
    }
    let mut weighed = weigh(&requirements, Test::Interval)?;
    let mut words = requirements[0].words(Test::Interval, as_is)?;
    let pairs = requirements.len() - 1;
    if pairs == 0 {
        words.push_str("; no two interventions have equal x");
    } else if weighed.decisive > 0 {
        words = format!("{words}; {}", requirements[weighed.decisive].words(Test::Interval, as_is)?);
    } else if weighed.outcome == Outcome::Confirmed {
        words = format!("{words}; pairs of equal x that tie: {pairs}");
    }
    // The slopes agree, but the sharper half of the claim was never put to the test.
    let untested = pairs == 0 && weighed.outcome == Outcome::Confirmed;
    if untested {
        weighed.outcome = Outcome::Inconclusive;
    }
    let ruling = Ruling::on(&requirements, Test::Interval, &weighed, 0, "slope within / slope across", as_is, words)?;
    Ok(if untested { Ruling { p_value: None, ..ruling } } else { ruling })
}

fn pairs_of_equal_x(seeds: &[Vec<f64>], x: usize, count: usize, tie: f64) -> Vec<Pair> {
    let equal = |pair: &Pair| seeds.iter().all(|seed| (seed[x + pair.left] / seed[x + pair.right]).ln().abs() <= tie);
    (1..count).flat_map(|right| (0..right).map(move |left| Pair { left, right })).filter(equal).collect()
}
