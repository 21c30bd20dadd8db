//! Wrong outcomes are as rare as the levels promise, by simulation.

use rand_distr::{Distribution, StandardNormal};

use super::cases::labels;
use crate::claim::{Direction, Outcome, Rule, SEEDS_NEEDED};
use crate::seed::stream;

/// How often `rule` gives `outcome` over `draws` experiments of three seeds with `truth` plus normal noise.
fn rate(rule: &Rule, truth: &[f64], noise: f64, outcome: Outcome, label: &str) -> f64 {
    let mut generator = stream(1, label);
    let mut count = 0;
    for _ in 0..DRAWS {
        let mut observe = |value: &f64| {
            let draw: f64 = StandardNormal.sample(&mut generator);
            value + noise * draw
        };
        let seeds: Vec<Vec<f64>> = (0..SEEDS_NEEDED).map(|_| truth.iter().map(&mut observe).collect()).collect();
        if rule.decide(&seeds).unwrap().outcome == outcome {
            count += 1;
        }
    }
    f64::from(count) / f64::from(DRAWS)
}
const DRAWS: u32 = 4000;

/// Four binomial standard deviations of a rate at `level` over [`DRAWS`].
fn slack(level: f64) -> f64 {
    4.0 * (level * (1.0 - level) / f64::from(DRAWS)).sqrt()
}

#[test]
fn a_sign_that_is_not_there_is_confirmed_in_one_of_forty() {
    let rule = Rule::Difference { low: 0.0, high: f64::INFINITY };
    for outcome in [Outcome::Confirmed, Outcome::Refuted] {
        // With a true difference of 0 either error has the chance .025 exactly: the t test is exact for normal noise.
        let rate = rate(&rule, &[1.0, 1.0], 0.3, outcome, "sign");
        assert!((rate - 0.025).abs() < slack(0.025), "{outcome:?} in {rate}");
    }
}

#[test]
fn an_order_errs_no_more_often_than_its_level() {
    let rule = Rule::Monotone { labels: labels(4), direction: Direction::Rising, by: 0.5 };
    // One step is exactly as small as does not count, the others are huge: confirmed in at most .025.
    let confirmed = rate(&rule, &[0.0, 9.0, 9.5, 18.0], 0.1, Outcome::Confirmed, "order, confirmed");
    assert!(confirmed < 0.025 + slack(0.025), "confirmed in {confirmed}");
    // All steps sit on the bound: refuted in at most .025 whichever of the three breaks (Bonferroni).
    let refuted = rate(&rule, &[0.0, 0.5, 1.0, 1.5], 0.1, Outcome::Refuted, "order, refuted");
    assert!(refuted < 0.025 + slack(0.025), "refuted in {refuted}");
}

#[test]
fn an_equality_at_its_bound_is_confirmed_in_one_of_twenty() {
    let rule = Rule::Equal { labels: labels(2), within: 0.1 };
    // Both ratios are exactly 1.1; small noise keeps ln close to linear, so that the t test holds.
    let confirmed = rate(&rule, &[1.1, 1.0, 2.2, 2.0], 0.005, Outcome::Confirmed, "equality");
    assert!(confirmed < 0.05 + slack(0.05), "confirmed in {confirmed}");
}
