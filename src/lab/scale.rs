//! The two scales: the papers' own size, and a small one for tests. A scale is data; one code path runs both.

use serde::{Deserialize, Serialize};

use crate::engine::{BaseTraining, CorpusConfig, ModelConfig, Recipe};
use crate::question::{Dims, Kept};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ScaleName {
    /// The papers' own size.
    Paper,
    /// The same code on a small model, for tests.
    Ci,
}

impl std::fmt::Display for ScaleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Paper => "paper",
            Self::Ci => "ci",
        })
    }
}

/// Everything that distinguishes one scale from another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    pub name: ScaleName,
    pub model: ModelConfig,
    pub corpus: CorpusConfig,
    pub recipe: Recipe,
    pub training: BaseTraining,
    /// T: predicted tokens of one sequence.
    pub length: usize,
    /// Sequences behind every held-out loss; science.md asks for at least 4.
    pub held_out: usize,
    /// Seeds of a run that names none.
    pub seeds: usize,
    /// A printed K, or a printed layer, stands for this fraction of it.
    pub shrink: usize,
}

impl ScaleName {
    pub const fn scale(self) -> Scale {
        match self {
            Self::Paper => PAPER,
            Self::Ci => CI,
        }
    }
}

const PAPER: Scale = Scale {
    name: ScaleName::Paper,
    model: ModelConfig { vocab: 15007, width: 256, layers: 8, heads: 4, positions: 512, norm_eps: 1e-5 },
    corpus: CorpusConfig { vocab: 15007, tokens: 500_000, classes: 96, topics: 16, collocations: 2000 },
    recipe: Recipe { embedding_scale: 0.106, beta: 4.0, block_scale: 0.006 },
    training: BaseTraining { lr: 1e-3, batch: 8, steps: 200, most_steps: 400 },
    length: 127,
    held_out: 4,
    seeds: 3,
    shrink: 1,
};

const CI: Scale = Scale {
    name: ScaleName::Ci,
    model: ModelConfig { vocab: 1009, width: 64, layers: 4, heads: 4, positions: 128, norm_eps: 1e-5 },
    corpus: CorpusConfig { vocab: 1009, tokens: 60_000, classes: 32, topics: 8, collocations: 168 },
    recipe: Recipe { embedding_scale: 0.12, beta: 2.0, block_scale: 0.006 },
    training: BaseTraining { lr: 3e-3, batch: 8, steps: 100, most_steps: 400 },
    length: 63,
    held_out: 4,
    seeds: 6,
    shrink: 2,
};

impl Scale {
    /// The K that a printed K stands for (science.md: 2..64 -> 1..32 at ci).
    pub const fn k(&self, printed: usize) -> usize {
        let k = printed / self.shrink;
        if k == 0 { 1 } else { k }
    }

    /// K of every layer, from the printed K of every printed layer: the mean over the layers that become one, as
    /// [`Self::k`] does it, to the nearest whole number.
    pub fn layer_ks(&self, printed: &[usize]) -> Vec<usize> {
        let of_layer = |group: &[usize]| {
            let parts = group.len() * self.shrink;
            ((2 * group.iter().sum::<usize>() + parts) / (2 * parts)).max(1)
        };
        printed.chunks(self.shrink).map(of_layer).collect()
    }

    /// What a printed K-numbered part of an adapter stands for.
    pub const fn kept(&self, printed: Kept) -> Kept {
        match printed {
            Kept::All => Kept::All,
            Kept::First(n) => Kept::First(self.k(n)),
            Kept::Last(n) => Kept::Last(self.k(n)),
        }
    }

    /// The same for the dimensions of a statistic.
    pub const fn dims(&self, printed: Dims) -> Dims {
        match printed {
            Dims::All => Dims::All,
            Dims::First(n) => Dims::First(self.k(n)),
            Dims::Beyond(n) => Dims::Beyond(self.k(n)),
        }
    }

    /// The layer that a printed layer stands for (science.md: l div 2 at ci).
    pub const fn layer(&self, printed: usize) -> usize {
        printed / self.shrink
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_ks_and_layers_map_to_the_scale() {
        assert_eq!([2, 4, 64].map(|k| CI.k(k)), [1, 2, 32]);
        assert_eq!([2, 4, 64].map(|k| PAPER.k(k)), [2, 4, 64]);
        assert_eq!([0, 1, 7].map(|l| CI.layer(l)), [0, 0, 3]);
        assert_eq!((CI.kept(Kept::Last(32)), PAPER.kept(Kept::First(32))), (Kept::Last(16), Kept::First(32)));
        assert_eq!((CI.dims(Dims::Beyond(20)), CI.dims(Dims::First(1))), (Dims::Beyond(10), Dims::First(1)));
    }

    #[test]
    fn printed_layers_share_a_k() {
        assert_eq!(PAPER.layer_ks(&[32, 33, 28, 36]), [32, 33, 28, 36]);
        // 65/4 = 16.25, 64/4 = 16, 67/4 = 16.75; K = 1 is the least.
        assert_eq!(CI.layer_ks(&[32, 33, 28, 36, 33, 34, 1, 1]), [16, 16, 17, 1]);
    }
}
