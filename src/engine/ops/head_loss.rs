//! The output head and the cross-entropy in one operation.
//!
//! The logits `[T, V]` are by far the largest activation. Turned into their own gradient in place, they are written and
//! read once, and nothing of that size enters candle's gradient sums.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use faer::Par;
use rayon::prelude::*;

use super::elementary::{exponentiate, largest, vectorised};
use super::linear::Linear;
use super::{Kept, like, values, with_values};

/// Arguments: `x [T, d]` and [`Linear::parameter`] of the head.
pub(super) struct HeadLoss {
    head: Linear,
    targets: Vec<u32>,
    par: Par,
    /// d loss / d logits, from the forward pass to the backward pass.
    gradient: Kept<Vec<f32>>,
}

impl HeadLoss {
    pub fn new(head: &Linear, targets: &[u32], par: Par) -> Self {
        Self { head: head.clone(), targets: targets.to_vec(), par, gradient: Kept::nothing() }
    }

    /// Turns `logits [T, V]` into the gradient of the mean loss; returns that loss in nats.
    fn differentiate(&self, logits: &mut [f32]) -> f64 {
        let vocab = logits.len() / self.targets.len();
        let share = 1.0 / self.targets.len() as f32;
        let token = |row: &mut [f32], target: u32| {
            let target = target as usize;
            let (shift, wanted) = (largest(row), row[target]);
            let total = vectorised(|| {
                let total = exponentiate(row, shift);
                row.iter_mut().for_each(|x| *x *= share / total);
                total
            });
            row[target] -= share;
            f64::from(total).ln() + f64::from(shift) - f64::from(wanted)
        };
        let losses: Vec<f64> = match self.par {
            Par::Seq => logits.chunks_mut(vocab).zip(&self.targets).map(|(row, &t)| token(row, t)).collect(),
            Par::Rayon(_) => logits.par_chunks_mut(vocab).zip(&self.targets).map(|(row, &t)| token(row, t)).collect(),
        };
        losses.iter().sum::<f64>() / losses.len() as f64
    }
}

impl CustomOp2 for HeadLoss {
    fn name(&self) -> &'static str {
        "head-loss"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout, p: &CpuStorage, lp: &Layout) -> Result<(CpuStorage, Shape)> {
        let (vocab, inner) = self.head.shape()?;
        if lx.dims() != [self.targets.len(), inner] || self.targets.iter().any(|&t| t as usize >= vocab) {
            candle_core::bail!("{:?} activations, {} targets, {vocab} words", lx.dims(), self.targets.len());
        }
        let mut logits = self.head.forward(values(x, lx)?, values(p, lp)?, self.par)?;
        let loss = self.differentiate(&mut logits);
        self.gradient.put(logits);
        Ok((CpuStorage::F32(vec![loss as f32]), Shape::from(())))
    }

    fn bwd(&self, x: &Tensor, p: &Tensor, _: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut gradient = self.gradient.take()?;
        let upstream = dy.to_scalar::<f32>()?;
        if upstream != 1.0 {
            gradient.iter_mut().for_each(|x| *x *= upstream);
        }
        let (dx, dp) = with_values(x, |xs| with_values(p, |ps| self.head.backward(xs, ps, &gradient, self.par)))?;
        Ok((Some(like(x, dx)?), dp.map(|dp| like(p, dp)).transpose()?))
    }
}
