//! The word classes of the synthetic language and how they follow each other.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

/// Spread of the logarithm of class transitions around independence.
const TRANSITION_SPREAD: f64 = 1.6;
/// Sinkhorn rounds stop when every marginal is this close, relatively; the count is a bound that is never reached.
const BALANCE_TOLERANCE: f64 = 1e-10;
const MOST_BALANCE_ROUNDS: usize = 10_000;

/// One word of each class in every block of `classes` neighbouring ranks, in random order: every class has frequent and rare
/// words alike.
pub(super) fn class_of_words(vocab: usize, classes: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut class_of = Vec::with_capacity(vocab);
    let mut order: Vec<usize> = (0..classes).collect();
    while class_of.len() < vocab {
        order.shuffle(rng);
        class_of.extend(order.iter().take(vocab - class_of.len()));
    }
    class_of
}

/// The weight of each pair of neighbouring classes, `[from][to]`: exp(1.6 normal) times the marginals, balanced by Sinkhorn's
/// iteration until rows and columns both sum to the marginal, which makes it the stationary law of the classes.
pub(super) fn balanced_joint(marginal: &[f64], rng: &mut impl Rng) -> Vec<Vec<f64>> {
    let mut entry = |from: f64, to: f64| {
        let normal: f64 = StandardNormal.sample(rng);
        from * to * (TRANSITION_SPREAD * normal).exp()
    };
    let mut joint: Vec<Vec<f64>> =
        marginal.iter().map(|&from| marginal.iter().map(|&to| entry(from, to)).collect()).collect();
    for _ in 0..MOST_BALANCE_ROUNDS {
        let mut sums = vec![0.0; marginal.len()];
        for row in &joint {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        let columns: Vec<f64> = marginal.iter().zip(&sums).map(|(target, sum)| target / sum).collect();
        for row in &mut joint {
            row.iter_mut().zip(&columns).for_each(|(x, factor)| *x *= factor);
        }
        let mut off = 0.0_f64;
        for (row, target) in joint.iter_mut().zip(marginal) {
            let factor = target / row.iter().sum::<f64>();
            off = off.max((factor - 1.0).abs());
            row.iter_mut().for_each(|x| *x *= factor);
        }
        if off <= BALANCE_TOLERANCE {
            break;
        }
    }
    joint
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::stream;

    #[test]
    fn every_block_of_ranks_has_one_word_of_each_class() {
        let classes = class_of_words(1009, 32, &mut stream(1, "test"));
        for block in classes.chunks(32) {
            let mut sorted = block.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), block.len());
        }
    }

    #[test]
    fn class_marginals_are_stationary() {
        let marginal = [0.5, 0.3, 0.2];
        let joint = balanced_joint(&marginal, &mut stream(1, "test"));
        for (class, target) in marginal.iter().enumerate() {
            let row: f64 = joint[class].iter().sum();
            let column: f64 = joint.iter().map(|row| row[class]).sum();
            approx::assert_relative_eq!(row, *target, max_relative = 1e-12);
            approx::assert_relative_eq!(column, *target, max_relative = 2.0 * BALANCE_TOLERANCE);
        }
    }
}
