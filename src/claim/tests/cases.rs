//! Values on which each kind must confirm, refute and stay open.

use crate::claim::{Direction, Extreme, Rule, Turn};

/// One rule with values on which it must confirm, refute and leave open.
pub(super) struct Case {
    pub rule: Rule,
    pub confirmed: Vec<Vec<f64>>,
    pub refuted: Vec<Vec<f64>>,
    pub inconclusive: Vec<Vec<f64>>,
}

pub(super) fn labels(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("v{number}")).collect()
}

/// Four seeds scattered around `values` by at most `spread`: each value by another pattern over the seeds, so that
/// contrasts keep their spread, too.
pub(super) fn around(values: &[f64], spread: f64) -> Vec<Vec<f64>> {
    let scatter = |seed: usize, at: usize| spread * (2.4 * (seed as f64 + 1.0) * (at as f64 + 1.7)).sin();
    (0..4).map(|seed| values.iter().enumerate().map(|(at, value)| value + scatter(seed, at)).collect()).collect()
}

/// Small against every effect below; large against every effect below.
pub(super) const SMALL: f64 = 1e-3;
const LARGE: f64 = 5.0;

pub(super) fn cases() -> Vec<Case> {
    let k: Vec<f64> = vec![2.0, 4.0, 8.0, 16.0, 32.0];
    let power = |p: f64| k.iter().map(|k| k.powf(p)).collect::<Vec<f64>>();
    vec![
        Case {
            rule: Rule::Monotone { labels: labels(4), direction: Direction::Rising, by: 0.1 },
            confirmed: around(&[1.0, 2.0, 3.0, 3.5], SMALL),
            // The last step rises, but by less than matters.
            refuted: around(&[1.0, 2.0, 3.0, 3.05], SMALL),
            inconclusive: around(&[1.0, 2.0, 3.0, 3.5], LARGE),
        },
        Case {
            rule: Rule::Best { labels: labels(4), winner: 2, extreme: Extreme::Lowest, by: 0.0 },
            confirmed: around(&[2.0, 3.0, 1.0, 2.5], SMALL),
            refuted: around(&[2.0, 3.0, 1.0, 0.5], SMALL),
            inconclusive: around(&[2.0, 3.0, 1.0, 2.5], LARGE),
        },
        Case {
            rule: Rule::PowerLaw { x: k.clone(), exponent: 1.0, within: 0.1 },
            confirmed: around(&power(1.03), SMALL),
            refuted: around(&power(0.5), SMALL),
            inconclusive: around(&power(1.0), 1.0),
        },
        Case {
            rule: Rule::PowerLaw { x: k.clone(), exponent: 1.0, within: 0.5 },
            confirmed: around(&power(1.4), SMALL),
            // Its slope is near 1, but the curve is the quadratic 0.2 ln(k)^2, no power.
            refuted: around(&k.iter().map(|k| (0.2 * k.ln().powi(2)).exp()).collect::<Vec<_>>(), SMALL),
            inconclusive: around(&power(1.0), 1.0),
        },
        Case {
            rule: Rule::Ratio { low: 1.8, high: 2.2 },
            confirmed: around(&[2.0, 1.0], SMALL),
            refuted: around(&[2.5, 1.0], SMALL),
            inconclusive: around(&[2.0, 1.0], 0.5),
        },
        Case {
            rule: Rule::Difference { low: 0.0, high: f64::INFINITY },
            confirmed: around(&[2.0, 1.0], SMALL),
            refuted: around(&[1.0, 2.0], SMALL),
            inconclusive: around(&[2.0, 1.0], LARGE),
        },
        Case {
            rule: Rule::Equal { labels: labels(2), within: 0.1 },
            confirmed: around(&[1.0, 1.02, 5.0, 4.9], SMALL),
            // The second pair hides behind the first in any average.
            refuted: around(&[1.0, 1.0, 5.0, 4.0], SMALL),
            inconclusive: around(&[1.0, 1.0, 5.0, 5.0], 0.5),
        },
        Case {
            rule: Rule::Stable { labels: labels(4), points: 4, within: 0.1 },
            confirmed: around(&[1.0, 1.02, 1.04, 1.0], SMALL),
            // A drift of 6 % a step: neighbours are equal, the ends are not.
            refuted: around(&[1.0, 1.06, 1.12, 1.19], SMALL),
            inconclusive: around(&[1.0, 1.02, 1.04, 1.0], 0.5),
        },
        Case {
            rule: Rule::LocalExtremum { labels: labels(5), at: 2, turn: Turn::Dip, by: 0.1 },
            confirmed: around(&[0.0, 2.0, 1.0, 2.0, 0.0], SMALL),
            refuted: around(&[0.0, 2.0, 1.0, 0.5, 0.0], SMALL),
            inconclusive: around(&[0.0, 2.0, 1.0, 2.0, 0.0], LARGE),
        },
        Case {
            rule: Rule::RiseThenFall { labels: labels(5), peak: Some(2), by: 0.0 },
            confirmed: around(&[1.0, 2.0, 3.0, 2.5, 2.0], SMALL),
            refuted: around(&[1.0, 2.0, 3.0, 3.5, 2.0], SMALL),
            inconclusive: around(&[1.0, 2.0, 3.0, 2.5, 2.0], LARGE),
        },
        Case {
            rule: Rule::RiseThenFall { labels: labels(5), peak: None, by: 0.0 },
            confirmed: around(&[1.0, 2.0, 3.0, 2.5, 2.0], SMALL),
            refuted: around(&[1.0, 2.0, 3.0, 4.0, 5.0], SMALL),
            inconclusive: around(&[1.0, 2.0, 3.0, 2.5, 2.0], LARGE),
        },
        Case {
            rule: Rule::Bounded { labels: labels(2), low: vec![0.0, 2.0], high: vec![1.0, f64::INFINITY] },
            confirmed: around(&[0.5, 3.0], SMALL),
            refuted: around(&[0.5, 1.5], SMALL),
            inconclusive: around(&[0.5, 3.0], LARGE),
        },
        Case {
            rule: Rule::Correlation { at_least: -0.9, index: vec![1.0, 2.0, 3.0, 4.0, 5.0], gain: 0.01 },
            // y = -x, and x is no straight line in the index.
            confirmed: around(&[1.0, 4.0, 2.0, 5.0, 3.0, -1.0, -4.0, -2.0, -5.0, -3.0], SMALL),
            refuted: around(&[1.0, 4.0, 2.0, 5.0, 3.0, -4.0, -1.0, -5.0, -3.0, -2.0], SMALL),
            inconclusive: around(&[1.0, 4.0, 2.0, 5.0, 3.0, -1.0, -4.0, -2.0, -5.0, -3.0], LARGE),
        },
        Case {
            rule: mechanism(),
            confirmed: logarithmic(&[0.0, 0.5, 1.0, 1.0, 1.5, 2.0], 1.0, [0.0; 6], SMALL),
            // The two interventions of equal x differ by half of the sweep's range.
            refuted: logarithmic(&[0.0, 0.5, 1.0, 1.0, 1.5, 2.0], 1.0, [0.0, 0.0, 0.5, -0.5, 0.0, 0.0], SMALL),
            inconclusive: logarithmic(&[0.0, 0.5, 1.0, 1.0, 1.5, 2.0], 1.0, [0.0; 6], 0.3),
        },
        Case {
            rule: mechanism(),
            confirmed: logarithmic(&[0.0, 0.5, 1.0, 1.0, 1.5, 2.0], 1.5, [0.0; 6], SMALL),
            // Within the interventions y does not follow x.
            refuted: logarithmic(&[0.0, 0.5, 1.0, 1.0, 1.5, 2.0], 0.0, [0.0; 6], SMALL),
            // It does, but no two of them have equal x: the sharper half stays untested.
            inconclusive: logarithmic(&[0.0, 0.5, 1.0, 1.3, 1.6, 2.0], 1.0, [0.0; 6], SMALL),
        },
        Case {
            rule: Rule::Pattern { labels: labels(4), lowest: Some(0), highest: Some(2) },
            confirmed: around(&[1.0, 2.0, 4.0, 3.0], SMALL),
            // The pattern repeats, but another layer is highest.
            refuted: around(&[1.0, 2.0, 4.0, 5.0], SMALL),
            inconclusive: around(&[1.0, 2.0, 4.0, 3.0], LARGE),
        },
        Case {
            rule: Rule::Diminishing { labels: labels(4), by: 0.0 },
            confirmed: around(&[5.0, 3.0, 2.0, 1.5], SMALL),
            // The last step is larger than the one before it.
            refuted: around(&[5.0, 3.0, 2.0, 0.5], SMALL),
            inconclusive: around(&[5.0, 3.0, 2.0, 1.5], LARGE),
        },
        Case {
            rule: Rule::CausedBy { effect: Box::new(peak()) },
            confirmed: around(&[1.0, 2.0, 1.0, 3.0, 2.0, 1.0], SMALL),
            // The peak is there without the flaw as well.
            refuted: around(&[1.0, 2.0, 1.0, 1.0, 2.0, 1.0], SMALL),
            inconclusive: around(&[1.0, 2.0, 1.0, 3.0, 2.0, 1.0], LARGE),
        },
        Case {
            // A flaw may make a number smaller, too.
            rule: Rule::CausedBy { effect: Box::new(Rule::Difference { low: f64::NEG_INFINITY, high: -0.1 }) },
            confirmed: around(&[1.0, 2.0, 2.0, 1.0], SMALL),
            refuted: around(&[1.0, 2.0, 1.0, 2.0], SMALL),
            inconclusive: around(&[1.0, 2.0, 2.0, 1.0], LARGE),
        },
        Case {
            rule: Rule::CausedBy {
                effect: Box::new(Rule::Bounded { labels: labels(1), low: vec![0.9], high: vec![f64::INFINITY] }),
            },
            confirmed: around(&[1.0, 0.5], SMALL),
            refuted: around(&[1.0, 1.0], SMALL),
            inconclusive: around(&[1.0, 0.5], 0.5),
        },
        Case {
            rule: Rule::CausedBy { effect: Box::new(peak()) },
            confirmed: around(&[1.0, 2.0, 1.0, 1.0, 0.5, 1.0], SMALL),
            // There is no peak even with the flaw: nothing to explain.
            refuted: around(&[3.0, 2.0, 1.0, 3.0, 2.0, 1.0], SMALL),
            inconclusive: around(&[1.0, 2.0, 1.0, 1.0, 0.5, 1.0], LARGE),
        },
    ]
}

fn peak() -> Rule {
    Rule::LocalExtremum { labels: labels(3), at: 1, turn: Turn::Peak, by: 0.0 }
}

fn mechanism() -> Rule {
    Rule::Mechanism { across: 3, within: labels(6), factor: 2.0, tie: 0.02 }
}

/// A sweep with y = -ln x at ln x = 0, 1, 2, and interventions at `log_x` with y = -slope ln x + offset.
fn logarithmic(log_x: &[f64; 6], slope: f64, offset: [f64; 6], spread: f64) -> Vec<Vec<f64>> {
    let sweep = [0.0, 1.0, 2.0];
    let y = [
        sweep.map(|log_x: f64| -log_x).to_vec(),
        log_x.iter().zip(offset).map(|(log_x, offset)| -slope * log_x + offset).collect(),
    ];
    let scattered = [around(&y[0], spread), around(&y[1], spread)];
    let exp = |log_x: &[f64]| log_x.iter().map(|log_x| log_x.exp()).collect::<Vec<_>>();
    (0..4)
        .map(|seed| [exp(&sweep), scattered[0][seed].clone(), exp(log_x), scattered[1][seed].clone()].concat())
        .collect()
}
