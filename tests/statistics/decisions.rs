//! Every decision rule of science.md ("Deciding") on data whose truth is known: how often it errs
//! (`cargo test --test statistics decisions -- --nocapture`).
//!
//! A truth sits where the rule errs most often: on the very edge of the region that the claim names. The allowed rate is
//! the level that science.md promises. Where the t test is exact, a rule that errs provably less often fails as well: it
//! would be weaker than it says.

use ctlora::claim::Outcome::{Confirmed, Refuted};
use ctlora::claim::{Direction, Extreme, Outcome, Rule, Turn};
use ctlora::stats::{EQUIVALENCE_LEVEL, LEVEL, consistency};
use rand_chacha::ChaCha8Rng;

use super::rates::Promise::{AtLeast, AtMost, Exactly};
use super::rates::{Promise, normal, rate};

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("v{at}")).collect()
}

/// `seeds` noisy observations of `truth`: each value with normal noise of its own.
fn observe(truth: &[f64], noise: f64, seeds: usize, random: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    (0..seeds).map(|_| truth.iter().map(|value| value + noise * normal(random)).collect()).collect()
}

/// How often `rule` comes to `outcome` on noisy observations of `truth`, with 3 seeds and with 6.
#[track_caller]
fn rule(what: &str, rule: &Rule, truth: &[f64], noise: f64, outcome: Outcome, promise: Promise) {
    for seeds in [3, 6] {
        rate(&format!("{what}, {outcome} with {seeds} seeds"), promise, |random| {
            rule.decide(&observe(truth, noise, seeds, random)).unwrap().outcome == outcome
        });
    }
}

/// Half of the alpha of a two-sided interval at 95 %.
const ONE_SIDE: f64 = (1.0 - LEVEL) / 2.0;

#[test]
fn the_sign_of_a_difference() {
    let sign = Rule::Difference { low: 0.0, high: f64::INFINITY };
    rule("difference of 0 above 0", &sign, &[1.0, 1.0], 0.3, Confirmed, Exactly(ONE_SIDE));
    rule("difference of 0 above 0", &sign, &[1.0, 1.0], 0.3, Refuted, Exactly(ONE_SIDE));
    rule("difference of 3 sd above 0", &sign, &[4.0, 1.0], 1.0 / 2f64.sqrt(), Confirmed, AtLeast(0.5));
    // Both ends of a band: 2 is the edge, the other end is far.
    let band = Rule::Difference { low: -9.0, high: 2.0 };
    rule("difference at the end of a band", &band, &[3.0, 1.0], 0.3, Confirmed, Exactly(ONE_SIDE));
    rule("difference at the end of a band", &band, &[3.0, 1.0], 0.3, Refuted, Exactly(ONE_SIDE));
}

#[test]
fn the_size_of_a_ratio() {
    let ratio = Rule::Ratio { low: 0.5, high: 2.0 };
    // Noise of 1 %: ln of a value is normal to within a thousandth of its sd.
    rule("ratio at its end", &ratio, &[2.0, 1.0], 0.01, Confirmed, Exactly(ONE_SIDE));
    rule("ratio at its end", &ratio, &[2.0, 1.0], 0.01, Refuted, Exactly(ONE_SIDE));
    rule("ratio of 1 within [1/2, 2]", &ratio, &[1.0, 1.0], 0.02, Confirmed, AtLeast(0.95));
}

#[test]
fn orders() {
    let rising = Rule::Monotone { labels: labels(4), direction: Direction::Rising, by: 0.5 };
    // One step is exactly as small as does not count, the others are huge.
    rule("order with a step of delta", &rising, &[0.0, 9.0, 9.5, 18.0], 0.1, Confirmed, Exactly(ONE_SIDE));
    // All steps sit on the edge: each of three may refute, at a third of .025.
    rule("order with all steps at delta", &rising, &[0.0, 0.5, 1.0, 1.5], 0.1, Refuted, AtMost(ONE_SIDE));
    rule("order with large steps", &rising, &[0.0, 3.0, 6.0, 9.0], 0.1, Confirmed, AtLeast(0.95));
    let diminishing = Rule::Diminishing { labels: labels(4), by: 0.1 };
    rule("a step that loses delta", &diminishing, &[0.0, 9.0, 12.0, 14.9], 0.05, Confirmed, Exactly(ONE_SIDE));
}

#[test]
fn extremes() {
    let best = Rule::Best { labels: labels(4), winner: 0, extreme: Extreme::Lowest, by: 0.0 };
    rule("best that ties one rival", &best, &[1.0, 1.0, 5.0, 6.0], 0.2, Confirmed, Exactly(ONE_SIDE));
    rule("best that ties all rivals", &best, &[1.0; 4], 0.2, Confirmed, AtMost(ONE_SIDE));
    rule("best that ties all rivals", &best, &[1.0; 4], 0.2, Refuted, AtMost(ONE_SIDE));
    let dip = Rule::LocalExtremum { labels: labels(3), at: 1, turn: Turn::Dip, by: 0.5 };
    rule("dip below one neighbour by delta", &dip, &[1.5, 1.0, 9.0], 0.2, Confirmed, Exactly(ONE_SIDE));
    rule("dip below both neighbours by delta", &dip, &[1.5, 1.0, 1.5], 0.2, Refuted, AtMost(ONE_SIDE));
}

#[test]
fn rise_then_fall() {
    let declared = Rule::RiseThenFall { labels: labels(5), peak: Some(2), by: 0.0 };
    rule("peak with a flat step", &declared, &[0.0, 3.0, 6.0, 6.0, 1.0], 0.2, Confirmed, Exactly(ONE_SIDE));
    // Any inner point may be the peak: noise of a flat curve must not make its own.
    let found = Rule::RiseThenFall { labels: labels(6), peak: None, by: 0.0 };
    rule("peak found in a flat curve", &found, &[1.0; 6], 0.2, Confirmed, AtMost(ONE_SIDE));
    // A plateau that reaches the end: three points that could pass for a peak, and no fall.
    rule("peak found at a flat end", &found, &[0.0, 2.0, 5.0, 5.0, 5.0, 5.0], 0.2, Confirmed, AtMost(ONE_SIDE));
    rule("peak as high as its ends", &found, &[5.0, 0.0, 5.0, 0.0, 0.0, 5.0], 0.2, Refuted, AtMost(ONE_SIDE));
    rule("peak that is there", &found, &[0.0, 2.0, 5.0, 4.0, 2.0, 0.0], 0.2, Confirmed, AtLeast(0.95));
}

/// Observations of K = 2..32 on y = exp(p ln x + c (ln x)^2), with noise on ln y.
fn curve(k: &[f64], p: f64, c: f64, seeds: usize, random: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    let middle = k.iter().map(|k| k.ln()).sum::<f64>() / k.len() as f64;
    let y = |k: &f64, noise: f64| (p * k.ln() + c * (k.ln() - middle).powi(2) + noise).exp();
    (0..seeds).map(|_| k.iter().map(|k| y(k, 0.02 * normal(random))).collect()).collect()
}

#[test]
fn power_laws() {
    let k = [2.0, 4.0, 8.0, 16.0, 32.0];
    let law = Rule::PowerLaw { x: k.to_vec(), exponent: 1.0, within: 0.1 };
    for seeds in [3, 6] {
        for (what, p, c, outcome, promise) in [
            ("exponent at the end of its band", 1.1, 0.0, Confirmed, Exactly(ONE_SIDE)),
            ("exponent at the end of its band", 1.1, 0.0, Refuted, AtMost(ONE_SIDE)),
            // K is evenly spaced in ln: curvature around the middle leaves the slope alone.
            ("curvature at its bound", 1.0, 0.05, Confirmed, Exactly(ONE_SIDE)),
            ("a power law", 1.0, 0.0, Confirmed, AtLeast(0.9)),
        ] {
            rate(&format!("{what}, {outcome} with {seeds} seeds"), promise, |random| {
                law.decide(&curve(&k, p, c, seeds, random)).unwrap().outcome == outcome
            });
        }
    }
}

#[test]
fn equalities() {
    let two_tests = 1.0 - EQUIVALENCE_LEVEL;
    let edge = two_tests / 2.0;
    let equal = Rule::Equal { labels: labels(2), within: 0.1 };
    rule("one ratio at its bound", &equal, &[1.1, 1.0, 2.0, 2.0], 0.002, Confirmed, Exactly(edge));
    rule("both ratios at their bound", &equal, &[1.1, 1.0, 2.2, 2.0], 0.002, Confirmed, AtMost(edge));
    rule("both ratios at their bound", &equal, &[1.1, 1.0, 2.2, 2.0], 0.002, Refuted, AtMost(ONE_SIDE));
    rule("two equal pairs", &equal, &[1.0, 1.0, 2.0, 2.0], 0.01, Confirmed, AtLeast(0.95));
    let stable = Rule::Stable { labels: labels(3), points: 3, within: 0.1 };
    rule("a drift to the bound", &stable, &[1.0, 1.05, 1.1], 0.002, Confirmed, Exactly(edge));
    rule("a drift to the bound", &stable, &[1.0, 1.05, 1.1], 0.002, Refuted, AtMost(ONE_SIDE));
    let bounded = Rule::Bounded { labels: labels(2), low: vec![0.0; 2], high: vec![1.0; 2] };
    rule("a value at its bound", &bounded, &[0.5, 1.0], 0.05, Confirmed, Exactly(ONE_SIDE));
    rule("both values at their bound", &bounded, &[1.0, 1.0], 0.05, Refuted, AtMost(ONE_SIDE));
}

/// Columns x and y whose correlation is exactly `r`, and x's with the index 0. All patterns are orthogonal to each other.
fn with_correlation(r: f64, of_index: f64) -> Vec<f64> {
    const INDEX: [f64; 6] = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5];
    const X: [f64; 6] = [5.0, -1.0, -4.0, -4.0, -1.0, 5.0];
    const REST: [f64; 6] = [-5.0, 7.0, 4.0, -4.0, -7.0, 5.0];
    let unit = |pattern: [f64; 6]| {
        let length = pattern.iter().map(|p| p * p).sum::<f64>().sqrt();
        pattern.map(|p| p / length)
    };
    let (index, x, rest) = (unit(INDEX), unit(X), unit(REST));
    let left = (1.0 - r * r - of_index * of_index).max(0.0).sqrt();
    let y = (0..6).map(|at| r * x[at] + of_index * index[at] + left * rest[at]);
    x.iter().copied().chain(y).collect()
}

#[test]
fn correlations() {
    let index: Vec<f64> = (0..6).map(f64::from).collect();
    let strong = Rule::Correlation { at_least: 0.8, index, gain: 0.1 };
    for seeds in [3, 6] {
        // Fisher's z of each seed's r is normal around the claimed one; the index explains nothing.
        rate(&format!("r at what is claimed, confirmed with {seeds} seeds"), Exactly(ONE_SIDE), |random| {
            let of_seed = |_| with_correlation((0.8_f64.atanh() + 0.1 * normal(random)).tanh(), 0.0);
            strong.decide(&(0..seeds).map(of_seed).collect::<Vec<_>>()).unwrap().outcome == Confirmed
        });
        rate(&format!("r at what is claimed, refuted with {seeds} seeds"), Exactly(ONE_SIDE), |random| {
            let of_seed = |_| with_correlation((0.8_f64.atanh() + 0.1 * normal(random)).tanh(), 0.0);
            strong.decide(&(0..seeds).map(of_seed).collect::<Vec<_>>()).unwrap().outcome == Refuted
        });
        // r is stronger than claimed, but stronger than the index's only by what does not count.
        let weak = Rule::Correlation { at_least: 0.5, index: (0..6).map(f64::from).collect(), gain: 0.1 };
        rate(&format!("r beyond the index by the gain, confirmed with {seeds} seeds"), Exactly(ONE_SIDE), |random| {
            let of_seed = |_| with_correlation(0.7, 0.6 + 0.01 * normal(random));
            let ruling = weak.decide(&(0..seeds).map(of_seed).collect::<Vec<_>>()).unwrap();
            // An r that the index gives as well is the instrument's, no confirmation.
            ruling.outcome == Confirmed && !ruling.confounded
        });
    }
}

/// A sweep over K whose y falls by 1 for each doubling of x, and six interventions at fixed K whose slope is `ratio` times
/// that one; the last two have x equal to the two before, and y `gap` away.
fn intervened(ratio: f64, gap: f64, random: &mut ChaCha8Rng) -> Vec<f64> {
    let sweep = [1.0_f64, 2.0, 4.0, 8.0];
    let within = [1.0_f64, 2.0, 4.0, 8.0, 4.0, 8.0];
    let y = sweep.map(|x| -x.ln());
    let mut moved = within.map(|x| -ratio * x.ln());
    moved[4] += gap;
    moved[5] += gap;
    let noise = |value: &f64, random: &mut ChaCha8Rng| value + 0.01 * normal(random);
    let mut seed: Vec<f64> = sweep.to_vec();
    seed.extend(y.iter().map(|value| noise(value, random)));
    seed.extend(within);
    seed.extend(moved.iter().map(|value| noise(value, random)));
    seed
}

#[test]
fn mechanisms() {
    let mechanism = Rule::Mechanism { across: 4, within: labels(6), factor: 2.0, tie: 0.05 };
    for seeds in [3, 6] {
        let decide = |what: &str, promise, outcome, ratio: f64, gap: f64| {
            rate(&format!("{what}, {outcome} with {seeds} seeds"), promise, |random| {
                let values: Vec<_> = (0..seeds).map(|_| intervened(ratio, gap, random)).collect();
                mechanism.decide(&values).unwrap().outcome == outcome
            });
        };
        // Dividing by a slope that is known to 1 % is as good as exact.
        decide("slope within at twice the one across", Exactly(ONE_SIDE), Confirmed, 2.0, 0.0);
        decide("slope within at twice the one across", AtMost(ONE_SIDE), Refuted, 2.0, 0.0);
        // Two pairs of equal x differ by what the slope makes of the tie: factor * tie.
        decide("pairs of equal x at the bound", AtMost(ONE_SIDE), Confirmed, 1.0, -0.1);
        decide("pairs of equal x at the bound", AtMost(ONE_SIDE), Refuted, 1.0, -0.1);
        decide("a mechanism", AtLeast(0.9), Confirmed, 1.0, 0.0);
    }
}

#[test]
fn artifacts() {
    let effect = Rule::Difference { low: 0.0, high: f64::INFINITY };
    let flip = Rule::CausedBy { effect: Box::new(effect) };
    // The effect is there with the flaw; without it nothing is left, which only chance refutes.
    rule("a flip to nothing", &flip, &[2.0, 1.0, 1.0, 1.0], 0.02, Confirmed, Exactly(ONE_SIDE));
    // The effect is there either way, or never.
    rule("an effect that stays", &flip, &[2.0, 1.0, 2.0, 1.0], 0.02, Confirmed, AtMost(ONE_SIDE));
    rule("no effect either way", &flip, &[1.0; 4], 0.02, Confirmed, AtMost(ONE_SIDE));
    // Either half can refute by itself, each at its own level.
    rule("a flip between two edges", &flip, &[1.0; 4], 0.02, Refuted, AtMost(1.0 - LEVEL));
    rule("an effect that turns round", &flip, &[2.0, 1.0, 1.0, 2.0], 0.02, Confirmed, AtLeast(0.95));
}

#[test]
fn patterns_over_an_index() {
    let pattern = Rule::Pattern { labels: labels(8), lowest: None, highest: None };
    // No layer differs from another; each seed has a level of its own.
    for seeds in [3, 6] {
        rate(&format!("a pattern that is not there with {seeds} seeds"), Exactly(ONE_SIDE), |random| {
            let of_seed = |_| {
                let level = 5.0 * normal(random);
                (0..8).map(|_| level + normal(random)).collect()
            };
            let values: Vec<Vec<f64>> = (0..seeds).map(of_seed).collect();
            pattern.decide(&values).unwrap().outcome == Confirmed
        });
        rate(
            &format!("the F interval of an ICC of 0.8 misses it with {seeds} seeds"),
            Exactly(1.0 - LEVEL),
            |random| {
                let layers: Vec<f64> = (0..8).map(|_| 2.0 * normal(random)).collect();
                let of_seed = |_| layers.iter().map(|layer| layer + normal(random)).collect();
                let values: Vec<Vec<f64>> = (0..seeds).map(of_seed).collect();
                let interval = consistency(&values, LEVEL).unwrap().interval;
                // The variance of layers is 4, that of noise 1.
                !(interval.low..=interval.high).contains(&0.8)
            },
        );
    }
    let extreme = Rule::Pattern { labels: labels(4), lowest: Some(0), highest: None };
    rule("a lowest layer that ties one", &extreme, &[1.0, 1.0, 5.0, 9.0], 0.2, Confirmed, Exactly(ONE_SIDE));
}
