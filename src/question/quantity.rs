//! What can be measured.

use serde::{Deserialize, Serialize};

/// A measurable quantity.
///
/// G is dL/dW `[out, in]` of one adapted matrix at a step, before its update; U `[out, K]`, V `[in, K]` its frames; g_t the
/// gradient of all alphas at step t (33 K numbers for a diagonal adapter), as the optimiser gets it. Statistics of g are
/// over the matrices' dimensions that `dims` names and over steps 1 to `step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Mean cross-entropy per token at a step, in nats; `side`, `text`, `readout` and `kept` of the condition say which.
    Loss,
    /// The base's loss minus the loss at a step, same text, in nats: positive when training helped.
    LossFall,
    /// The loss fall per 10,000 parameters, in nats, counted as the papers count them: K x (out + in) of each matrix, summed
    /// (Papers 81 and 84). K is the one in force at the step.
    LossGainPerParameter,
    /// `|U U^T G V V^T|_F / |G|_F` (Paper 87): the share of the gradient's norm inside the K x K core.
    CoreCoverage,
    /// `|diag(U^T G V)| / |G|_F`: the share that the diagonal adapter trains on.
    DiagonalCoverage,
    /// Roy-Vetterli effective rank of the full gradient G (Paper 86). `spectrum` says of which values.
    GradientEffectiveRank,
    /// Effective rank of `U diag(g) V^T`: what K dimensions let one see (Paper 83).
    ConstrainedEffectiveRank,
    /// Effective rank of the frozen weights.
    WeightEffectiveRank,
    /// Mean |g| over the deviation of g (Paper 85, A), without unit; `noise` says which deviation.
    Snr,
    /// Mean |g|, in nats per unit of alpha.
    GradientMean,
    /// Square of the deviation of g that `noise` says, in nats squared; for `steps` the mean of the dimensions' variances.
    GradientVariance,
    /// Mean of cos(g_t, g_{t+1}) over the steps t before `step` (Paper 88, A).
    GradientCosine,
    /// Share of the steps 2 to `step` whose training loss, before the update, is below that of the step before
    /// (Paper 88, A).
    MonotoneShare,
    /// How many directions the gradients of the steps so far point in (Paper 88's proposal for Paper 89): the effective rank
    /// of the Gram matrix of the g_t / |g_t|, from 1 (all the same) to the number of steps (all orthogonal). Frames are
    /// orthonormal and stay, so that this is the Gram matrix in weight space too.
    DirectionDiversity,
}

impl Quantity {
    pub const ALL: [Self; 14] = [
        Self::Loss,
        Self::LossFall,
        Self::LossGainPerParameter,
        Self::CoreCoverage,
        Self::DiagonalCoverage,
        Self::GradientEffectiveRank,
        Self::ConstrainedEffectiveRank,
        Self::WeightEffectiveRank,
        Self::Snr,
        Self::GradientMean,
        Self::GradientVariance,
        Self::GradientCosine,
        Self::MonotoneShare,
        Self::DirectionDiversity,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::LossFall => "loss-fall",
            Self::LossGainPerParameter => "loss-gain-per-parameter",
            Self::CoreCoverage => "core-coverage",
            Self::DiagonalCoverage => "diagonal-coverage",
            Self::GradientEffectiveRank => "gradient-effective-rank",
            Self::ConstrainedEffectiveRank => "constrained-effective-rank",
            Self::WeightEffectiveRank => "weight-effective-rank",
            Self::Snr => "snr",
            Self::GradientMean => "gradient-mean",
            Self::GradientVariance => "gradient-variance",
            Self::GradientCosine => "gradient-cosine",
            Self::MonotoneShare => "monotone-share",
            Self::DirectionDiversity => "direction-diversity",
        }
    }

    /// True where the quantity is a number per adapted matrix, averaged as the condition's `over` says.
    pub const fn is_per_matrix(self) -> bool {
        matches!(self, Self::GradientEffectiveRank | Self::WeightEffectiveRank) || self.is_seen_through_frames()
    }

    /// True for losses, which are read on one side of the update.
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Loss | Self::LossFall | Self::LossGainPerParameter)
    }

    /// True where a gradient is seen through frames: the run's own, or Haar ones (`lens`).
    pub const fn is_seen_through_frames(self) -> bool {
        matches!(self, Self::CoreCoverage | Self::DiagonalCoverage | Self::ConstrainedEffectiveRank)
    }

    /// True for statistics of the alpha gradients of all steps so far.
    pub const fn is_of_alpha_gradients(self) -> bool {
        matches!(
            self,
            Self::Snr | Self::GradientMean | Self::GradientVariance | Self::GradientCosine | Self::DirectionDiversity
        )
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_and_the_paper_files_use_one_name() {
        for quantity in Quantity::ALL {
            assert_eq!(serde_json::to_value(quantity).unwrap(), quantity.name());
        }
    }
}
