//! Every decision rule of science.md ("Deciding"), and every procedure that adjusts or repeats one, on data whose truth is
//! known: how often it errs. Each rate is printed with its Clopper-Pearson interval
//! (`cargo test --test statistics decisions -- --nocapture`).
//!
//! A truth sits where the rule errs most often: on the very edge of the region that the claim names. The allowed rate is
//! the level that science.md promises. A test fails where the data prove that the rule errs more often: the lower end of
//! the 99.99 % interval of the rate lies above what is allowed. Where the t test is exact, it fails as well where the rule
//! errs provably less often: it would then be weaker than it says.

use ctlora::claim::{Direction, Extreme, Outcome, Rule, Turn};
use ctlora::seed::stream;
use ctlora::stats::{
    Correlation, Design, EQUIVALENCE_LEVEL, Interval, LEVEL, SampleMean, Triangle, benjamini_hochberg,
    binomial_interval, bootstrap, consistency, equivalence, holm, intersection_union, least_squares, mean,
    partial_permutation_test, permutation_test, sequential, sign_flip_test, theil_sen,
};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Experiments of each kind: a rate of .025 is then known to +-.005.
const DRAWS: u64 = 4000;

/// A rate that is only to be bounded, or one that the theory gives exactly.
#[derive(Clone, Copy, PartialEq)]
enum Promise {
    AtMost(f64),
    Exactly(f64),
    AtLeast(f64),
}

/// Counts `happens` over [`DRAWS`] experiments, prints the rate, and holds it against the promise.
#[track_caller]
fn rate(what: &str, promise: Promise, happens: impl FnMut(&mut ChaCha8Rng) -> bool) {
    rate_of(DRAWS, what, promise, happens);
}

#[track_caller]
fn rate_of(draws: u64, what: &str, promise: Promise, mut happens: impl FnMut(&mut ChaCha8Rng) -> bool) {
    let mut random = stream(1, what);
    let hits = (0..draws).filter(|_| happens(&mut random)).count() as u64;
    let shown = binomial_interval(hits, draws, LEVEL).unwrap();
    let proven = binomial_interval(hits, draws, 0.9999).unwrap();
    let (words, level) = match promise {
        Promise::AtMost(level) => ("at most", level),
        Promise::Exactly(level) => ("exactly", level),
        Promise::AtLeast(level) => ("at least", level),
    };
    let share = hits as f64 / draws as f64;
    println!("{what}: {hits} of {draws} = {share:.4} [{:.4}, {:.4}], {words} {level:.3}", shown.low, shown.high);
    if !matches!(promise, Promise::AtLeast(_)) {
        assert!(proven.low <= level, "{what}: {share} is more than {level}");
    }
    if !matches!(promise, Promise::AtMost(_)) {
        assert!(proven.high >= level, "{what}: {share} is less than {level}");
    }
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}

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

use Outcome::{Confirmed, Refuted};
use Promise::{AtLeast, AtMost, Exactly};

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

/// "No more than the null" (instrument-limited) is shown by equivalence too: the 90 % interval of measured minus null.
#[test]
fn equivalence_with_a_null() {
    for seeds in [3, 6] {
        rate(&format!("equivalence at its margin with {seeds} seeds"), Exactly(0.05), |random| {
            let values: Vec<f64> = (0..seeds).map(|_| 0.05 + 0.01 * normal(random)).collect();
            let sample = SampleMean::of(&values).unwrap();
            equivalence(&sample, Interval { low: -0.05, high: 0.05 }).unwrap().p_value < 0.05
        });
        rate(&format!("equivalence of a mean that is 0 with {seeds} seeds"), AtLeast(0.9), |random| {
            let values: Vec<f64> = (0..seeds).map(|_| 0.01 * normal(random)).collect();
            let sample = SampleMean::of(&values).unwrap();
            equivalence(&sample, Interval { low: -0.05, high: 0.05 }).unwrap().p_value < 0.05
        });
    }
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

/// Looks at 3, 6 and 12 seeds, each at a third of alpha, against three looks at 95 % each.
#[test]
fn sequential_looks() {
    let seeds = |random: &mut ChaCha8Rng| (0..12).map(|_| normal(random)).collect::<Vec<f64>>();
    rate("three looks at a mean of 0", AtMost(1.0 - LEVEL), |random| {
        sequential::first_to_exclude(&seeds(random), 0.0).unwrap().is_some()
    });
    // What the thirds are for: unpaid looks err more often than one.
    rate("three looks that pay nothing", AtLeast(0.09), |random| {
        let values = seeds(random);
        sequential::LOOKS.into_iter().any(|count| {
            let interval = SampleMean::of(&values[..count]).unwrap().interval(LEVEL).unwrap();
            !(interval.low..=interval.high).contains(&0.0)
        })
    });
}

/// Ten p-values of one-sided t tests over six seeds; the first `true_effects` have an effect of two sd.
fn p_values(true_effects: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let p = |at: usize| {
        let effect = if at < true_effects { 2.0 } else { 0.0 };
        let values: Vec<f64> = (0..6).map(|_| effect + normal(random)).collect();
        SampleMean::of(&values).unwrap().p_above(0.0).unwrap()
    };
    (0..10).map(p).collect()
}

#[test]
fn many_claims_at_once() {
    rate("any false rejection of ten after Holm", AtMost(0.05), |random| {
        holm(&p_values(0, random)).iter().any(|p| *p <= 0.05)
    });
    rate("any false rejection of six beside four effects after Holm", AtMost(0.05), |random| {
        holm(&p_values(4, random))[4..].iter().any(|p| *p <= 0.05)
    });
    // The false discovery rate is a mean: each experiment counts with its false share, by a draw.
    rate("a rejection after Benjamini-Hochberg is false", AtMost(0.05), |random| {
        let rejected: Vec<bool> = benjamini_hochberg(&p_values(4, random)).iter().map(|p| *p <= 0.05).collect();
        let all = rejected.iter().filter(|rejected| **rejected).count();
        let false_ones = rejected[4..].iter().filter(|rejected| **rejected).count();
        let drawn: f64 = rand::Rng::random(random);
        all > 0 && drawn < false_ones as f64 / all as f64
    });
    rate("an intersection of two with one truth missing", Exactly(0.05), |random| {
        let one = |effect: f64, random: &mut ChaCha8Rng| {
            let values: Vec<f64> = (0..6).map(|_| effect + normal(random)).collect();
            SampleMean::of(&values).unwrap().p_above(0.0).unwrap()
        };
        intersection_union(&[one(0.0, random), one(50.0, random)]) <= 0.05
    });
}

/// Estimators that no rule of science.md uses yet keep their levels too.
#[test]
fn intervals_and_tests_of_tables() {
    let columns = |rows: usize, r: f64, random: &mut ChaCha8Rng| -> [Vec<f64>; 3] {
        let z: Vec<f64> = (0..rows).map(|_| normal(random)).collect();
        let x: Vec<f64> = z.iter().map(|z| z + normal(random)).collect();
        // Given z, x and y correlate at r.
        let own: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x - z).collect();
        let y = own.iter().zip(&z).map(|(x, z)| 2.0 * z + r * x + (1.0 - r * r).sqrt() * normal(random)).collect();
        [x, y, z]
    };
    let partial =
        |[x, y, z]: &[Vec<f64>; 3]| -> Correlation { Triangle::of(&[x, y, z]).unwrap().partial(0, 1, &[2]).unwrap() };
    rate("a partial correlation that is not there", Exactly(0.05), |random| {
        partial(&columns(8, 0.0, random)).p_value().unwrap() <= 0.05
    });
    // Fisher's z is normal to the order of 1 / n^2.
    rate("Fisher's interval of a partial correlation of 0.6 misses it", AtMost(0.055), |random| {
        let interval = partial(&columns(20, 0.6, random)).interval(LEVEL).unwrap().unwrap();
        !(interval.low..=interval.high).contains(&0.6)
    });
    // Freedman and Lane's test is exact to the order of 1 / n: y depends on z strongly, and on x given z not at all.
    rate_of(2000, "Freedman and Lane's test of a partial correlation that is not there", AtMost(0.055), |random| {
        let [x, y, z] = columns(12, 0.0, random);
        partial_permutation_test(&x, &y, &[&z], 199, random).unwrap().p_value <= 0.05
    });
    rate_of(2000, "the t interval of a slope beside another misses it", Exactly(0.05), |random| {
        let [x, y, z] = columns(8, 0.6, random);
        // y = 2 z + 0.6 (x - z) + noise.
        let fit = least_squares(Design::linear(&[&x, &z], true).unwrap(), &y).unwrap().fit;
        let interval = fit.coefficients[1].interval(LEVEL).unwrap();
        !(interval.low..=interval.high).contains(&0.6)
    });
    // Kendall's statistic is a whole number that the normal law smooths: its own steps are half a percent of probability at
    // 20 rows. Errors are cubes of normal ones: heavy tails.
    rate_of(2000, "Sen's interval of a slope misses it", AtMost(0.055), |random| {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 0.7 * x + normal(random).powi(3)).collect();
        let interval = theil_sen(&x, &y, LEVEL).unwrap().interval;
        !(interval.low..=interval.high).contains(&0.7)
    });
    // 120 orders: p can be 0.05 exactly, and two-sided ties only make it larger.
    rate("a permutation test of unrelated columns", AtMost(0.05), |random| {
        let (x, y): (Vec<f64>, Vec<f64>) = (0..5).map(|_| (normal(random), normal(random).exp())).unzip();
        let centre = mean(&x).unwrap();
        let products = |order: &[usize]| order.iter().zip(&x).map(|(&at, x)| (x - centre) * y[at]).sum();
        permutation_test(5, 0, random, products).unwrap().p_value <= 0.05
    });
    rate("a sign flip of differences around 0", AtMost(0.05), |random| {
        let differences: Vec<f64> = (0..6).map(|_| normal(random).powi(3)).collect();
        sign_flip_test(&differences, 0, random).unwrap().p_value <= 0.05
    });
    // BCa is accurate to the order of 1 / n only: at most twice the nominal rate for 20 skewed values.
    rate_of(1000, "BCa of the mean of 20 skewed values misses it", AtMost(0.10), |random| {
        let values: Vec<f64> = (0..20).map(|_| -(1.0 - rand::Rng::random::<f64>(random)).ln()).collect();
        let of = |rows: &[usize]| Some(rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64);
        let interval = bootstrap(20, 499, LEVEL, random, of).unwrap().interval;
        !(interval.low..=interval.high).contains(&1.0)
    });
}
