//! A linear map, plain or adapted: its products with activations and their derivatives, on the CPU.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Result, Tensor, Var};
use faer::Par;

use super::product::{add, set, view, view_mut};
use super::with_values;
use crate::question::Adapter;

/// A frozen W `[out, in]` with its adapter: W' = W + U diag(alpha) V^T, or W + U A V^T.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Adapted {
    /// `[W | U]`, `[out, in + K]`, side by side so that forward and backward are one product each.
    pub stacked: Tensor,
    /// V, `[in, K]`.
    pub v: Tensor,
    /// alpha `[K]` (diag) or A `[K, K]` (core; row = column of U, column = column of V).
    pub alpha: Tensor,
    pub adapter: Adapter,
}

/// A W `[out, in]` that trains in full, on the CPU.
///
/// Its gradient is summed here and not in candle's gradient store, which zeroes a matrix of its size and adds another for
/// every use, in a pool of spinning threads: a quarter of a training step. Candle sees a scalar variable in its place.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Trained {
    weight: Tensor,
    stand_in: Var,
    /// Row-major; empty until a backward pass reaches it.
    gradient: Arc<Mutex<Vec<f32>>>,
}

impl Trained {
    pub fn new(weight: Tensor) -> Result<Self> {
        let stand_in = Var::zeros((), DType::F32, weight.device())?;
        Ok(Self { weight, stand_in, gradient: Arc::default() })
    }

    /// The gradient summed since the last call, or `None` where no backward pass came by.
    pub fn take_gradient(&self) -> Option<Vec<f32>> {
        let gradient = std::mem::take(&mut *self.gradient.lock().unwrap_or_else(PoisonError::into_inner));
        (!gradient.is_empty()).then_some(gradient)
    }

    pub(super) const fn weight(&self) -> &Tensor {
        &self.weight
    }

    pub(super) fn stand_in(&self) -> &Tensor {
        self.stand_in.as_tensor()
    }

    /// Lets `add` add to the gradient.
    pub(super) fn accumulate(&self, add: impl FnOnce(&mut [f32])) {
        let mut gradient = self.gradient.lock().unwrap_or_else(PoisonError::into_inner);
        gradient.resize(self.weight.elem_count(), 0.0);
        add(&mut gradient);
    }
}

/// The weight of a linear map.
#[derive(Debug, Clone)]
pub(in crate::engine) enum Weight {
    /// W `[out, in]`; it receives a gradient where it is a variable.
    Plain(Tensor),
    Adapted(Adapted),
    Trained(Trained),
}

/// x W'^T + b. The bias `[out]` is frozen, and absent where it is zero.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Linear {
    pub weight: Weight,
    pub bias: Option<Tensor>,
}

impl Linear {
    /// `x W^T`, W `[out, in]`.
    pub fn plain(weight: Tensor) -> Self {
        Self { weight: Weight::Plain(weight), bias: None }
    }

    /// What may train, as candle knows it: W itself, alpha, or what stands in for W.
    pub fn parameter(&self) -> &Tensor {
        match &self.weight {
            Weight::Plain(weight) => weight,
            Weight::Adapted(adapted) => &adapted.alpha,
            Weight::Trained(trained) => trained.stand_in(),
        }
    }

    /// `(out, in)`.
    pub fn shape(&self) -> Result<(usize, usize)> {
        match &self.weight {
            Weight::Plain(weight) => weight.dims2(),
            Weight::Adapted(adapted) => Ok((adapted.stacked.dim(0)?, adapted.v.dim(0)?)),
            Weight::Trained(trained) => trained.weight.dims2(),
        }
    }

    /// `x [T, in]` to `[T, out]`. `parameter` holds the values of [`Self::parameter`].
    pub(super) fn forward(&self, x: &[f32], parameter: &[f32], par: Par) -> Result<Vec<f32>> {
        let (out, inner) = self.shape()?;
        if !x.len().is_multiple_of(inner) {
            candle_core::bail!("a linear map of {inner} inputs was given {} values", x.len());
        }
        let tokens = x.len() / inner;
        let mut y = vec![0.0; tokens * out];
        let y_view = view_mut(&mut y, tokens, out, out);
        match &self.weight {
            Weight::Plain(_) => {
                set(y_view, view(x, tokens, inner, inner), view(parameter, out, inner, inner).transpose(), par);
            }
            Weight::Trained(trained) => with_values(&trained.weight, |weight| {
                set(y_view, view(x, tokens, inner, inner), view(weight, out, inner, inner).transpose(), par);
                Ok(())
            })?,
            Weight::Adapted(adapted) => {
                let k = adapted.v.dim(1)?;
                let wide = inner + k;
                let h = with_values(&adapted.v, |v| Ok(through(x, v, inner, k, par)))?; // [T, K]
                let scaled = scale(&h, parameter, k, adapted.adapter, Side::Forward); // [T, K]
                let mut both = vec![0.0; tokens * wide]; // [x | h A^T], [T, in + K]
                for ((row, x), h) in both.chunks_mut(wide).zip(x.chunks(inner)).zip(scaled.chunks(k)) {
                    row[..inner].copy_from_slice(x);
                    row[inner..].copy_from_slice(h);
                }
                with_values(&adapted.stacked, |stacked| {
                    let (both, stacked) = (view(&both, tokens, wide, wide), view(stacked, out, wide, wide));
                    set(y_view, both, stacked.transpose(), par);
                    Ok(())
                })?;
            }
        }
        if let Some(bias) = &self.bias {
            with_values(bias, |bias| {
                y.chunks_mut(out).for_each(|row| row.iter_mut().zip(bias).for_each(|(y, b)| *y += b));
                Ok(())
            })?;
        }
        Ok(y)
    }

    /// The gradients of x and, where it is tracked, of the parameter, from `dy [T, out]`.
    pub(super) fn backward(
        &self,
        x: &[f32],
        parameter: &[f32],
        dy: &[f32],
        par: Par,
    ) -> Result<(Vec<f32>, Option<Vec<f32>>)> {
        let (out, inner) = self.shape()?;
        let tokens = x.len() / inner;
        let dy_view = view(dy, tokens, out, out);
        match &self.weight {
            Weight::Plain(weight) => {
                let mut dx = vec![0.0; tokens * inner];
                set(view_mut(&mut dx, tokens, inner, inner), dy_view, view(parameter, out, inner, inner), par);
                let dw = weight.track_op().then(|| {
                    let mut dw = vec![0.0; out * inner];
                    let dw_view = view_mut(&mut dw, out, inner, inner);
                    set(dw_view, dy_view.transpose(), view(x, tokens, inner, inner), par);
                    dw
                });
                Ok((dx, dw))
            }
            Weight::Trained(trained) => {
                let mut dx = vec![0.0; tokens * inner];
                with_values(&trained.weight, |weight| {
                    set(view_mut(&mut dx, tokens, inner, inner), dy_view, view(weight, out, inner, inner), par);
                    Ok(())
                })?;
                trained.accumulate(|gradient| {
                    let gradient = view_mut(gradient, out, inner, inner);
                    add(gradient, dy_view.transpose(), view(x, tokens, inner, inner), par);
                });
                Ok((dx, None))
            }
            Weight::Adapted(adapted) => {
                let k = adapted.v.dim(1)?;
                let wide = inner + k;
                let mut both = vec![0.0; tokens * wide]; // [dy W | dy U]
                with_values(&adapted.stacked, |stacked| {
                    set(view_mut(&mut both, tokens, wide, wide), dy_view, view(stacked, out, wide, wide), par);
                    Ok(())
                })?;
                let mut dx = Vec::with_capacity(tokens * inner);
                let mut dh = Vec::with_capacity(tokens * k); // dy U, the gradient of h A^T
                for row in both.chunks(wide) {
                    dx.extend_from_slice(&row[..inner]);
                    dh.extend_from_slice(&row[inner..]);
                }
                with_values(&adapted.v, |v| {
                    let h = through(x, v, inner, k, par);
                    let d_alpha = parameter_gradient(&dh, &h, k, adapted.adapter);
                    let back = scale(&dh, parameter, k, adapted.adapter, Side::Backward);
                    let back = view(&back, tokens, k, k);
                    add(view_mut(&mut dx, tokens, inner, inner), back, view(v, inner, k, k).transpose(), par);
                    Ok((dx, Some(d_alpha)))
                })
            }
        }
    }
}

/// h = x V, `[T, K]`.
fn through(x: &[f32], v: &[f32], inner: usize, k: usize, par: Par) -> Vec<f32> {
    let tokens = x.len() / inner;
    let mut h = vec![0.0; tokens * k];
    set(view_mut(&mut h, tokens, k, k), view(x, tokens, inner, inner), view(v, inner, k, k), par);
    h
}

enum Side {
    /// h A^T
    Forward,
    /// dh A
    Backward,
}

/// `h [T, K]` times the adapter's core; for diag both sides are the same.
fn scale(h: &[f32], parameter: &[f32], k: usize, adapter: Adapter, side: Side) -> Vec<f32> {
    match adapter {
        Adapter::Diag => h.chunks(k).flat_map(|row| row.iter().zip(parameter).map(|(h, alpha)| h * alpha)).collect(),
        Adapter::Core => {
            let tokens = h.len() / k;
            let mut out = vec![0.0; h.len()];
            let core = view(parameter, k, k, k);
            let core = match side {
                Side::Forward => core.transpose(),
                Side::Backward => core,
            };
            set(view_mut(&mut out, tokens, k, k), view(h, tokens, k, k), core, Par::Seq);
            out
        }
    }
}

/// The gradient of alpha, sum over tokens of dh * h `[K]`, or of A, dh^T h `[K, K]`.
fn parameter_gradient(dh: &[f32], h: &[f32], k: usize, adapter: Adapter) -> Vec<f32> {
    match adapter {
        Adapter::Diag => {
            let mut total = vec![0.0; k];
            for (dh, h) in dh.chunks(k).zip(h.chunks(k)) {
                for ((total, dh), h) in total.iter_mut().zip(dh).zip(h) {
                    *total += dh * h;
                }
            }
            total
        }
        Adapter::Core => {
            let tokens = h.len() / k;
            let mut out = vec![0.0; k * k];
            set(view_mut(&mut out, k, k, k), view(dh, tokens, k, k).transpose(), view(h, tokens, k, k), Par::Seq);
            out
        }
    }
}
