//! Factors on alpha: what dropout and ablation multiply it by.

use std::collections::BTreeMap;

use rand::Rng;

use super::error::EngineError;
use crate::question::{Kept, MatrixId, Rate};
use crate::seed;

/// A factor for every entry of every alpha, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask(BTreeMap<MatrixId, Vec<f32>>);

/// Rows and columns of every alpha ([`super::Trainer::alpha_shapes`]).
pub type AlphaShapes = BTreeMap<MatrixId, (usize, usize)>;

impl Mask {
    /// 0 with probability `rate`, else 1, for each entry on its own.
    ///
    /// Drawn from the stream `dropout/STEP/MATRIX` of `seed`, one number an entry: a higher rate drops what a lower one
    /// does and more, and the first dimensions of a diagonal adapter meet the same fate at every K.
    pub fn dropout(shapes: &AlphaShapes, rate: Rate, seed: u64, step: usize) -> Self {
        let factors = |(&id, &(rows, cols)): (&MatrixId, &(usize, usize))| {
            let mut random = seed::stream(seed, &format!("dropout/{step}/{id}"));
            let mut factor = || if random.random::<f64>() < rate.value() { 0.0 } else { 1.0 };
            (id, (0..rows * cols).map(|_| factor()).collect())
        };
        Self(shapes.iter().map(factors).collect())
    }

    /// 1 for the dimensions that are kept, 0 for the others; entry (i, j) belongs to dimension max(i, j).
    pub fn kept(shapes: &AlphaShapes, kept: Kept) -> Self {
        let factors = |(&id, &(rows, cols)): (&MatrixId, &(usize, usize))| {
            let factor = |entry: usize| {
                let dimension = (entry / cols).max(entry % cols);
                if kept.keeps(dimension, rows) { 1.0 } else { 0.0 }
            };
            (id, (0..rows * cols).map(factor).collect())
        };
        Self(shapes.iter().map(factors).collect())
    }

    /// Every factor over 1 - `rate`: the mean factor of [`Self::dropout`] is then 1.
    pub fn rescaled(mut self, rate: Rate) -> Self {
        let scale = (1.0 / (1.0 - rate.value())) as f32;
        self.0.values_mut().flatten().for_each(|factor| *factor *= scale);
        self
    }

    /// Both masks at once.
    pub fn and(mut self, other: &Self) -> Self {
        for (id, factors) in &mut self.0 {
            if let Some(others) = other.0.get(id) {
                factors.iter_mut().zip(others).for_each(|(factor, other)| *factor *= other);
            }
        }
        self
    }

    /// Multiplies the entries of one alpha, or of its gradient.
    pub(super) fn apply(&self, id: MatrixId, values: &mut [f32]) -> Result<(), EngineError> {
        let factors = self.0.get(&id).filter(|factors| factors.len() == values.len());
        let factors = factors.ok_or_else(|| EngineError::Request {
            message: format!("the mask does not fit the alpha of {id}"),
            hint: "make it for the shapes of this trainer".to_owned(),
        })?;
        values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(k: usize) -> AlphaShapes {
        MatrixId::all(8).into_iter().map(|id| (id, (k, 1))).collect()
    }

    fn rate(hundredths: u32) -> Rate {
        Rate::new(hundredths).unwrap()
    }

    fn mean(mask: &Mask) -> f64 {
        let all: Vec<f64> = mask.0.values().flatten().map(|&factor| f64::from(factor)).collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    #[test]
    fn a_rescaled_mask_has_mean_1() {
        for hundredths in [10, 30, 50] {
            let rate = rate(hundredths);
            // 33 x 64 x 20 independent factors of variance p (1 - p), or p / (1 - p) rescaled; five standard errors.
            let n = f64::from(33 * 64 * 20);
            let mean_of = |rescale: bool| {
                let masks = (1..=20).map(|step| Mask::dropout(&shapes(64), rate, 1, step));
                masks.map(|mask| mean(&if rescale { mask.rescaled(rate) } else { mask })).sum::<f64>() / 20.0
            };
            let p = rate.value();
            assert!((mean_of(false) - (1.0 - p)).abs() < 5.0 * (p * (1.0 - p) / n).sqrt());
            assert!((mean_of(true) - 1.0).abs() < 5.0 * (p / (1.0 - p) / n).sqrt());
        }
    }

    #[test]
    fn masks_are_fixed_by_seed_and_step_and_nested_in_rate_and_k() {
        let of = |k, hundredths, seed, step| Mask::dropout(&shapes(k), rate(hundredths), seed, step);
        assert_eq!(of(8, 50, 1, 3), of(8, 50, 1, 3));
        assert_ne!(of(8, 50, 1, 3), of(8, 50, 1, 4));
        assert_ne!(of(8, 50, 1, 3), of(8, 50, 2, 3));
        let (low, high, wide) = (of(8, 10, 1, 3), of(8, 50, 1, 3), of(16, 50, 1, 3));
        for (id, factors) in &high.0 {
            assert!(factors.iter().zip(&low.0[id]).all(|(high, low)| high <= low));
            assert_eq!(wide.0[id][..8], factors[..]);
        }
    }

    #[test]
    fn kept_dimensions_of_a_core_are_its_leading_block() {
        let shapes = AlphaShapes::from([(MatrixId::TokEmb, (3, 3))]);
        let first = Mask::kept(&shapes, Kept::First(2));
        assert_eq!(first.0[&MatrixId::TokEmb], [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        let last = Mask::kept(&shapes, Kept::Last(1));
        assert_eq!(last.0[&MatrixId::TokEmb], [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(mean(&first.clone().and(&last)), 0.0, "they share nothing");
        assert_eq!(first.clone().and(&Mask::kept(&shapes, Kept::All)), first);
    }
}
