//! A small run drawn from a seed: size, K, steps, optimiser, frames, side of the loss.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_distr::{Distribution, StandardNormal};

use super::SelftestError;
use super::learners::ReadAfter;
use crate::detect::Rig;
use crate::engine::{Corpus, CorpusConfig, HostModel, ModelConfig, Recipe, crystallize};
use crate::question::{Adapter, Batch, Condition, Frame, MatrixId, MatrixKind, Optimizer, Side};
use crate::seed::stream;

/// Everything that a small run is made of.
#[derive(Debug, Clone)]
pub struct Configuration {
    pub seed: u64,
    pub model: ModelConfig,
    pub corpus: CorpusConfig,
    pub recipe: Recipe,
    pub sequences: usize,
    pub length: usize,
    pub said: Condition,
}

/// Long enough that fresh draws hardly repeat and held-out sequences hardly overlap.
const TOKENS: usize = 20_000;

impl Configuration {
    /// The configuration of `seed`: a tied head, fresh batches, enough tokens a batch for a gradient of full rank.
    pub fn drawn(seed: u64) -> Self {
        let mut rng = stream(seed, "selftest/configuration");
        let mut pick = |choices: &[usize]| choices.choose(&mut rng).copied().unwrap_or(choices[0]);
        let (width, layers, length) = (pick(&[16, 24, 32]), pick(&[1, 2, 3]), pick(&[16, 20, 24]));
        let (vocab, sequences, k) = (pick(&[120, 160, 240]), pick(&[3, 4]), pick(&[4, 5, 6, 8]));
        let (steps, choice) = (pick(&[5, 6, 8]), pick(&[0, 1, 2, 3, 4, 5, 6, 7]));
        let optimizer = match choice % 4 {
            0 => Optimizer::Sgd { lr: rng.random_range(0.05..0.5) },
            _ => Optimizer::adam(10_f64.powf(rng.random_range(-3.0..-1.7))),
        };
        let said = Condition {
            k,
            step: steps,
            optimizer,
            batch: Batch::Fresh,
            adapter: if choice < 3 { Adapter::Core } else { Adapter::Diag },
            frame: if choice % 2 == 0 { Frame::Svd } else { Frame::Haar(1) },
            side: if choice == 5 { Side::After } else { Side::Before },
            ..Condition::default()
        };
        Self {
            seed,
            model: ModelConfig { vocab, width, layers, heads: 2, positions: length + 4, norm_eps: 1e-5 },
            corpus: CorpusConfig { vocab, tokens: TOKENS, classes: 10, topics: 4, collocations: vocab / 8 },
            recipe: Recipe {
                embedding_scale: rng.random_range(0.08..0.16),
                beta: 2.0,
                block_scale: rng.random_range(0.006..0.06),
            },
            sequences,
            length,
            said,
        }
    }

    /// The same with another word of what the run says.
    #[must_use]
    pub fn saying(&self, change: impl FnOnce(&mut Condition)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.said);
        changed
    }

    /// # Errors
    /// The sizes allow no language.
    pub fn text(&self) -> Result<Corpus, SelftestError> {
        Ok(Corpus::synthetic(&self.corpus, self.seed)?)
    }

    /// The default base: qkv has equal singular values.
    ///
    /// # Errors
    /// The text does not span the base.
    pub fn crystallized(&self, text: &Corpus) -> Result<HostModel, SelftestError> {
        Ok(crystallize(text, &self.model, &self.recipe, self.seed)?)
    }

    /// The default base with Gaussian qkv: no singular value repeats.
    ///
    /// # Errors
    /// As [`Self::crystallized`].
    pub fn base(&self, text: &Corpus) -> Result<HostModel, SelftestError> {
        let mut base = self.crystallized(text)?;
        let mut rng = stream(self.seed, "selftest/qkv");
        for layer in 0..self.model.layers {
            if let Some(qkv) = base.matrices.get_mut(&MatrixId::Block { layer, kind: MatrixKind::Qkv }) {
                qkv.data.iter_mut().for_each(|x| {
                    let draw: f64 = StandardNormal.sample(&mut rng);
                    *x = (draw * self.recipe.block_scale) as f32;
                });
            }
        }
        Ok(base)
    }

    /// The parts of the run, nothing wrong with them.
    ///
    /// # Errors
    /// As [`Self::base`].
    pub fn rig(&self) -> Result<Rig, SelftestError> {
        let text = self.text()?;
        let mut rig = Rig::new(self.said.clone(), self.base(&text)?, &text, (self.sequences, self.length), self.seed)?;
        if self.said.side == Side::After {
            rig.learner = Box::new(|trainer| Box::new(ReadAfter(trainer)));
        }
        Ok(rig)
    }
}
