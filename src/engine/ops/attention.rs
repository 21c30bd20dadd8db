//! Causal self-attention on packed queries, keys and values, head by head. The backward pass recomputes the
//! probabilities instead of keeping them.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use faer::{MatRef, Par};

use super::elementary::{exponentiate, largest, sum, vectorised};
use super::product::{map, set, view, view_mut};
use super::{values, with_values};

/// Argument: `qkv [T, 3d]`, columns queries, keys, values, each split evenly among the heads.
pub(super) struct Attention {
    pub heads: usize,
    pub par: Par,
}

/// One head's view of the packed matrix.
struct HeadView<'a> {
    /// Each `[T, d / heads]`.
    queries: MatRef<'a, f32>,
    keys: MatRef<'a, f32>,
    values: MatRef<'a, f32>,
}

impl<'a> HeadView<'a> {
    fn new(qkv: &'a [f32], width: usize, size: usize, head: usize) -> Self {
        let tokens = qkv.len() / (3 * width);
        let part = |which: usize| view(&qkv[which * width + head * size..], tokens, size, 3 * width);
        Self { queries: part(0), keys: part(1), values: part(2) }
    }

    /// softmax(Q K^T / sqrt(size)) over the tokens up to each row's own, `[T, T]`.
    fn probabilities(&self) -> Vec<f32> {
        let (tokens, size) = self.queries.shape();
        let scale = 1.0 / (size as f32).sqrt();
        let mut p = vec![0.0; tokens * tokens];
        set(view_mut(&mut p, tokens, tokens, tokens), self.queries, self.keys.transpose(), Par::Seq);
        vectorised(|| {
            for (t, row) in p.chunks_mut(tokens).enumerate() {
                let (seen, future) = row.split_at_mut(t + 1);
                future.fill(0.0);
                seen.iter_mut().for_each(|x| *x *= scale);
                let inverse = 1.0 / exponentiate(seen, largest(seen));
                seen.iter_mut().for_each(|x| *x *= inverse);
            }
        });
        p
    }
}

/// Copies each head's `[T, size]` block into its columns of rows `stride` long, from column `first` on.
fn gather(out: &mut [f32], blocks: &[Vec<f32>], size: usize, stride: usize, first: usize) {
    for (head, block) in blocks.iter().enumerate() {
        for (row, part) in out.chunks_mut(stride).zip(block.chunks(size)) {
            row[first + head * size..][..size].copy_from_slice(part);
        }
    }
}

impl Attention {
    /// `(T, d, d / heads)` of a packed `[T, 3d]`.
    fn sizes(&self, dims: &[usize]) -> Result<(usize, usize, usize)> {
        match *dims {
            [tokens, packed] if packed % (3 * self.heads) == 0 => Ok((tokens, packed / 3, packed / 3 / self.heads)),
            _ => candle_core::bail!("{} heads cannot share {dims:?}", self.heads),
        }
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, qkv: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, width, size) = self.sizes(layout.dims())?;
        let qkv = values(qkv, layout)?;
        let blocks = map(self.par, self.heads, |head| {
            let head = HeadView::new(qkv, width, size, head);
            let p = head.probabilities();
            let mut block = vec![0.0; tokens * size];
            set(view_mut(&mut block, tokens, size, size), view(&p, tokens, tokens, tokens), head.values, Par::Seq);
            block
        });
        let mut out = vec![0.0; tokens * width];
        gather(&mut out, &blocks, size, width, 0);
        Ok((CpuStorage::F32(out), Shape::from((tokens, width))))
    }

    /// O = P V, P = softmax(S), S = Q K^T scale: dV = P^T dO, dP = dO V^T, dS = P * (dP - rowsum(dP * P)),
    /// dQ = dS K scale, dK = dS^T Q scale.
    fn bwd(&self, qkv: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (tokens, width, size) = self.sizes(qkv.dims())?;
        let scale = 1.0 / (size as f32).sqrt();
        let blocks = with_values(qkv, |qkv| {
            with_values(dy, |dy| {
                Ok(map(self.par, self.heads, |index| {
                    let head = HeadView::new(qkv, width, size, index);
                    let dy = view(&dy[index * size..], tokens, size, width);
                    let p = head.probabilities();
                    let mut ds = vec![0.0; tokens * tokens];
                    set(view_mut(&mut ds, tokens, tokens, tokens), dy, head.values.transpose(), Par::Seq);
                    vectorised(|| {
                        for (t, (ds, p)) in ds.chunks_mut(tokens).zip(p.chunks(tokens)).enumerate() {
                            let inner = sum(t + 1, |i| ds[i] * p[i]);
                            for (ds, p) in ds.iter_mut().zip(p) {
                                *ds = p * (*ds - inner) * scale;
                            }
                        }
                    });
                    let (p, ds) = (view(&p, tokens, tokens, tokens), view(&ds, tokens, tokens, tokens));
                    let product = |a: MatRef<'_, f32>, b: MatRef<'_, f32>| {
                        let mut out = vec![0.0; tokens * size];
                        set(view_mut(&mut out, tokens, size, size), a, b, Par::Seq);
                        out
                    };
                    [product(ds, head.keys), product(ds.transpose(), head.queries), product(p.transpose(), dy)]
                }))
            })
        })?;
        let mut dqkv = vec![0.0; 3 * tokens * width];
        for (head, parts) in blocks.iter().enumerate() {
            for (which, part) in parts.iter().enumerate() {
                let first = which * width + head * size;
                gather(&mut dqkv, std::slice::from_ref(part), size, 3 * width, first);
            }
        }
        Ok(Some(Tensor::from_vec(dqkv, qkv.shape(), qkv.device())?))
    }
}
