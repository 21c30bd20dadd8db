//! The sizes and recipes of corpus, model and base. A scale is a set of these values, never a branch in the code.

use serde::{Deserialize, Serialize};

/// The shape of a GPT-2 style model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// V: words.
    pub vocab: usize,
    /// d: width of the residual stream.
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    /// Rows of the position embedding: the longest sequence that the model takes.
    pub positions: usize,
    /// Added to the variance in every layer norm.
    pub norm_eps: f64,
}

impl ModelConfig {
    /// `[out, in]` of an adapted matrix of this model.
    pub const fn shape(&self, kind: crate::question::MatrixKind) -> (usize, usize) {
        kind.shape(self.vocab, self.width)
    }
}

/// The synthetic language (science.md, "Default corpus").
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CorpusConfig {
    pub vocab: usize,
    pub tokens: usize,
    pub classes: usize,
    pub topics: usize,
    pub collocations: usize,
}

/// The crystallized base (science.md, "Default base").
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// s: scale of the token embedding.
    pub embedding_scale: f64,
    /// beta: weight of the co-occurrence directions against the log-frequency direction.
    pub beta: f64,
    /// Standard deviation of the entries of proj, up, down; qkv's singular values are this times sqrt(3d).
    pub block_scale: f64,
}

impl Recipe {
    /// s, beta and the block scale, each times `factor`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self {
            embedding_scale: self.embedding_scale * factor,
            beta: self.beta * factor,
            block_scale: self.block_scale * factor,
        }
    }
}

/// Full training of a base: every matrix, Adam, fresh batches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BaseTraining {
    pub lr: f64,
    /// Sequences a step.
    pub batch: usize,
    /// Steps after which the held-out loss is looked at.
    pub steps: usize,
    /// Steps after which training gives up when the held-out loss is still above the unigram entropy.
    pub most_steps: usize,
}
