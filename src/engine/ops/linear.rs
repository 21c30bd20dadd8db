//! The linear map `x W'^T` as a differentiable operation on x and on what trains in W'.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use faer::Par;

use super::weight::Weight;
use super::{values, with_values};

/// Arguments: `x [T, in]` and [`Weight::parameter`].
pub(super) struct Linear {
    pub weight: Weight,
    pub par: Par,
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, x: &CpuStorage, lx: &Layout, p: &CpuStorage, lp: &Layout) -> Result<(CpuStorage, Shape)> {
        let (out, inner) = self.weight.shape()?;
        if lx.dims().last() != Some(&inner) {
            candle_core::bail!("a linear map of {inner} inputs was given {:?}", lx.dims());
        }
        let y = self.weight.forward(values(x, lx)?, values(p, lp)?, self.par)?;
        let shape = Shape::from((y.len() / out, out));
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(&self, x: &Tensor, p: &Tensor, _: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dp) = with_values(x, |xs| {
            with_values(p, |ps| with_values(dy, |dys| self.weight.backward(xs, ps, dys, self.par)))
        })?;
        let dx = Tensor::from_vec(dx, x.shape(), x.device())?;
        let dp = dp.map(|dp| Tensor::from_vec(dp, p.shape(), p.device())).transpose()?;
        Ok((Some(dx), dp))
    }
}
