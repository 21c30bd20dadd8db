//! Layer norm with frozen scale and shift.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use faer::Par;

use super::elementary::{sum, vectorised};
use super::product::each_row;
use super::{like, values, with_values};

/// Argument: `x [T, d]`.
pub(super) struct LayerNorm {
    /// `[d]`
    pub weight: Tensor,
    /// `[d]`
    pub bias: Tensor,
    pub eps: f64,
    pub par: Par,
}

/// The mean of a row and 1 / its standard deviation.
#[inline(always)]
fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = sum(row.len(), |i| row[i]) / count;
    let variance = sum(row.len(), |i| (row[i] - mean) * (row[i] - mean)) / count;
    (mean, 1.0 / (variance + eps).sqrt())
}

impl CustomOp1 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(x, layout)?;
        let eps = self.eps as f32;
        let mut y = vec![0.0; x.len()];
        with_values(&self.weight, |weight| {
            with_values(&self.bias, |bias| {
                let d = weight.len();
                each_row(self.par, &mut y, d, |t, y| {
                    vectorised(|| {
                        let x = &x[t * d..][..d];
                        let (mean, scale) = moments(x, eps);
                        for i in 0..d {
                            y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
                        }
                    });
                });
                Ok(())
            })
        })?;
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    /// With n the normalised row and g = dy * weight: dx = (g - mean(g) - n mean(g n)) / sd.
    fn bwd(&self, x: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let eps = self.eps as f32;
        let mut dx = vec![0.0; x.elem_count()];
        with_values(&self.weight, |weight| {
            with_values(x, |x| {
                with_values(dy, |dy| {
                    let d = weight.len();
                    each_row(self.par, &mut dx, d, |t, dx| {
                        vectorised(|| {
                            let (x, dy) = (&x[t * d..][..d], &dy[t * d..][..d]);
                            let (mean, scale) = moments(x, eps);
                            let normal = |i: usize| (x[i] - mean) * scale;
                            let mean_g = sum(d, |i| dy[i] * weight[i]) / d as f32;
                            let mean_gn = sum(d, |i| dy[i] * weight[i] * normal(i)) / d as f32;
                            for i in 0..d {
                                dx[i] = scale * (dy[i] * weight[i] - mean_g - normal(i) * mean_gn);
                            }
                        });
                    });
                    Ok(())
                })
            })
        })?;
        Ok(Some(like(x, dx)?))
    }
}
