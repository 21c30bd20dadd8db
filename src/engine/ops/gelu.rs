//! GELU in its tanh form: x/2 (1 + tanh u) with u = sqrt(2/pi) (x + 0.044715 x^3), written as x sigmoid(2u), which
//! is the same and loses no digits where tanh is near -1.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use faer::Par;

use super::elementary::{sigmoid, vectorised};
use super::product::each_row;
use super::{values, with_values};

/// 2 sqrt(2/pi)
const TWICE_ROOT: f32 = 1.595_769_1;
const CUBIC: f32 = 0.044_715;

/// Argument: `x`, any shape with a last dimension to split by.
pub(super) struct Gelu {
    pub par: Par,
}

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(x, layout)?;
        let row = layout.dims().last().copied().unwrap_or(1);
        let mut y = vec![0.0; x.len()];
        each_row(self.par, &mut y, row, |t, y| {
            vectorised(|| {
                for (y, &x) in y.iter_mut().zip(&x[t * row..][..row]) {
                    *y = x * sigmoid(TWICE_ROOT * (x + CUBIC * x * x * x));
                }
            });
        });
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    /// With s = sigmoid(2u): s + x s (1 - s) 2u'.
    fn bwd(&self, x: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let row = x.dims().last().copied().unwrap_or(1);
        let mut dx = vec![0.0; x.elem_count()];
        with_values(x, |x| {
            with_values(dy, |dy| {
                each_row(self.par, &mut dx, row, |t, dx| {
                    vectorised(|| {
                        let (x, dy) = (&x[t * row..][..row], &dy[t * row..][..row]);
                        for i in 0..row {
                            let x = x[i];
                            let s = sigmoid(TWICE_ROOT * (x + CUBIC * x * x * x));
                            let slope = TWICE_ROOT * (1.0 + 3.0 * CUBIC * x * x);
                            dx[i] = dy[i] * (s + x * s * (1.0 - s) * slope);
                        }
                    });
                });
                Ok(())
            })
        })?;
        Ok(Some(Tensor::from_vec(dx, x.shape(), x.device())?))
    }
}
