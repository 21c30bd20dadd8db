//! What can be measured.

use serde::{Deserialize, Serialize};

/// A measurable quantity. Its units and formula are with the measure that computes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Mean cross-entropy per token at a step, in nats; `side` and `text` of the condition say which one.
    Loss,
    /// The base's loss minus the loss at a step, same text, in nats: positive when training helped.
    LossFall,
    /// `|U U^T G V V^T|_F / |G|_F` (Paper 87): the share of the gradient's norm inside the K x K core.
    CoreCoverage,
    /// `|diag(U^T G V)| / |G|_F`: the share that the diagonal adapter trains on.
    DiagonalCoverage,
    /// Roy-Vetterli effective rank of the full gradient dL/dW.
    GradientEffectiveRank,
    /// Effective rank of `U diag(g_alpha) V^T`: what K dimensions let one see (Paper 83).
    ConstrainedEffectiveRank,
    /// Effective rank of the frozen weights.
    WeightEffectiveRank,
}

impl Quantity {
    pub const ALL: [Self; 7] = [
        Self::Loss,
        Self::LossFall,
        Self::CoreCoverage,
        Self::DiagonalCoverage,
        Self::GradientEffectiveRank,
        Self::ConstrainedEffectiveRank,
        Self::WeightEffectiveRank,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::LossFall => "loss-fall",
            Self::CoreCoverage => "core-coverage",
            Self::DiagonalCoverage => "diagonal-coverage",
            Self::GradientEffectiveRank => "gradient-effective-rank",
            Self::ConstrainedEffectiveRank => "constrained-effective-rank",
            Self::WeightEffectiveRank => "weight-effective-rank",
        }
    }

    /// True where the quantity is a number per adapted matrix, averaged as the condition's `over` says.
    pub const fn is_per_matrix(self) -> bool {
        !self.is_loss()
    }

    /// True for losses, which are read on one side of the update.
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Loss | Self::LossFall)
    }

    /// True where the value depends on the frames that the gradient is seen through.
    pub const fn is_seen_through_frames(self) -> bool {
        matches!(self, Self::CoreCoverage | Self::DiagonalCoverage | Self::ConstrainedEffectiveRank)
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
