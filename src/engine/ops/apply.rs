//! A linear map as a differentiable operation on x and on what trains in its weight.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use faer::Par;

use super::linear::Linear;
use super::{like, values, with_values};

/// Arguments: `x [T, in]` and [`Linear::parameter`].
pub(super) struct Apply {
    pub linear: Linear,
    pub par: Par,
}

impl CustomOp2 for Apply {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout, p: &CpuStorage, lp: &Layout) -> Result<(CpuStorage, Shape)> {
        let (out, _) = self.linear.shape()?;
        let y = self.linear.forward(values(x, lx)?, values(p, lp)?, self.par)?;
        let shape = Shape::from((y.len() / out, out));
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(&self, x: &Tensor, p: &Tensor, _: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dp) = with_values(x, |xs| {
            with_values(p, |ps| with_values(dy, |dys| self.linear.backward(xs, ps, dys, self.par)))
        })?;
        Ok((Some(like(x, dx)?), dp.map(|dp| like(p, dp)).transpose()?))
    }
}
