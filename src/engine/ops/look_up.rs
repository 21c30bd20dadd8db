//! Rows of a token embedding that trains in full.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::linear::Trained;
use super::with_values;

/// Argument: the stand-in of the embedding `[V, d]`. Result: its rows at `tokens`, `[T, d]`.
pub(super) struct LookUp {
    pub embedding: Trained,
    pub tokens: Vec<u32>,
}

impl CustomOp1 for LookUp {
    fn name(&self) -> &'static str {
        "look-up"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let (vocab, width) = self.embedding.weight().dims2()?;
        if let Some(token) = self.tokens.iter().find(|&&token| token as usize >= vocab) {
            candle_core::bail!("token {token} of {vocab}");
        }
        let rows = with_values(self.embedding.weight(), |all| {
            Ok(self.tokens.iter().flat_map(|&token| &all[token as usize * width..][..width]).copied().collect())
        })?;
        Ok((CpuStorage::F32(rows), Shape::from((self.tokens.len(), width))))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let width = dy.dim(1)?;
        with_values(dy, |dy| {
            self.embedding.accumulate(|gradient| {
                for (&token, dy) in self.tokens.iter().zip(dy.chunks(width)) {
                    let row = &mut gradient[token as usize * width..][..width];
                    row.iter_mut().zip(dy).for_each(|(sum, x)| *sum += x);
                }
            });
            Ok(None)
        })
    }
}
