//! The full condition under which a quantity is measured: every known flaw of the series is one value of one field.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::matrix::MatrixKind;

/// Where the frozen weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// From corpus statistics, without training: the papers' own.
    Crystallized,
    /// The crystallized base after full training.
    Trained,
    /// The user's own checkpoint (`--model`).
    #[value(skip)]
    Checkpoint,
}

/// The output head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// `tok_emb` itself, adapter included.
    Tied,
    /// Drawn uniform(+-1/sqrt(d)), frozen, without adapter (Paper 82).
    Random,
}

/// What trains between the frozen frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Adapter {
    /// `U diag(alpha) V^T`, K numbers a matrix.
    Diag,
    /// `U A V^T`, K x K numbers a matrix.
    Core,
}

/// Whether each step draws its own batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Batch {
    Fixed,
    Fresh,
}

/// Which loss "the loss at step t" is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// t-1 updates behind it.
    Before,
    /// t updates behind it, on the batch of step t.
    After,
}

/// The text that a loss is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    Training,
    HeldOut,
}

/// The frames that a gradient is measured through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lens {
    /// The run's own frames.
    Own,
    /// Haar frames on the same gradient (Paper 87, C): the mean over the plug-in null's draws.
    Haar,
}

/// The frames `U_K`, `V_K` of the adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Frame {
    /// First K singular vectors of W: `svd`.
    Svd,
    /// Last K singular vectors of W: `bottom`.
    Bottom,
    /// Haar-distributed and independent of W and G; the number tells several apart: `haar`, `haar-2`, ...
    Haar(u32),
    /// First K singular vectors of the gradient at step 1: `gradient`.
    Gradient,
    /// The same with V turned by a Haar rotation inside its span: same core coverage: `rotated-gradient`.
    RotatedGradient,
    /// U of `gradient`, V = c Q + sqrt(1-c^2) N with N orthogonal to the gradient's rows' first K directions: every
    /// diagonal entry of `gradient` times c, in hundredths: `mixture-0.50`.
    Mixture(u32),
}

/// The set that a per-matrix quantity is averaged over, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Average {
    /// Mean over every adapted matrix: `all`.
    All,
    /// Mean over the matrices of the blocks: `blocks`.
    Blocks,
    /// Mean over one type: `tok_emb`, `qkv`, ...
    Kind(MatrixKind),
    /// Mean over one layer's matrices: `layer-3`.
    Layer(usize),
    /// Median over every matrix: `median`.
    Median,
    /// Root of the mean square, weighted by each matrix's squared gradient norm: `pooled`. Coverage only.
    Pooled,
}

/// The optimiser and its learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam without weight decay.
    Adam {
        lr: f64,
        #[serde(default = "beta1")]
        beta1: f64,
        #[serde(default = "beta2")]
        beta2: f64,
        #[serde(default = "eps")]
        eps: f64,
    },
    Sgd {
        lr: f64,
    },
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.999
}

fn eps() -> f64 {
    1e-8
}

impl Optimizer {
    /// Adam with the protocol's betas (0.9, 0.999) and eps 1e-8.
    pub fn adam(lr: f64) -> Self {
        Self::Adam { lr, beta1: beta1(), beta2: beta2(), eps: eps() }
    }

    pub fn lr(self) -> f64 {
        match self {
            Self::Adam { lr, .. } | Self::Sgd { lr } => lr,
        }
    }
}

/// Everything that a measured value depends on, beside the seed, the scale and the corpus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Condition {
    pub base: Base,
    pub head: Head,
    pub adapter: Adapter,
    pub frame: Frame,
    pub batch: Batch,
    pub optimizer: Optimizer,
    /// Dimensions per matrix, as printed (paper scale); the ci scale halves it.
    pub k: usize,
    /// Training step, from 1.
    pub step: usize,
    pub side: Side,
    pub text: Text,
    pub lens: Lens,
    pub over: Average,
}

impl Default for Condition {
    /// The protocol of the series (science.md): what a paper's `setup` starts from.
    fn default() -> Self {
        Self {
            base: Base::Crystallized,
            head: Head::Tied,
            adapter: Adapter::Diag,
            frame: Frame::Svd,
            batch: Batch::Fixed,
            optimizer: Optimizer::adam(5e-3),
            k: 32,
            step: 1,
            side: Side::After,
            text: Text::Training,
            lens: Lens::Own,
            over: Average::All,
        }
    }
}

/// Far beyond any run of the series: a longer one is a slip of the pen.
pub const MOST_STEPS: usize = 1_000_000;

/// A condition that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    #[error("unknown condition `{field}`")]
    UnknownField { field: String, known: Vec<String> },
    #[error("`{field}` cannot be {value}: {reason}")]
    BadValue { field: String, value: String, reason: String },
}

impl Condition {
    /// The names of all fields, as paper files write them.
    pub fn fields() -> Vec<String> {
        match serde_json::to_value(Self::default()) {
            Ok(serde_json::Value::Object(map)) => map.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// This condition with one field changed: `with("k", 64)`, `with("head", "random")`.
    ///
    /// # Errors
    /// The field does not exist, or cannot hold the value.
    pub fn with(&self, field: &str, value: &serde_json::Value) -> Result<Self, ConditionError> {
        let bad =
            |reason: String| ConditionError::BadValue { field: field.to_owned(), value: value.to_string(), reason };
        let Ok(serde_json::Value::Object(mut map)) = serde_json::to_value(self) else {
            return Err(bad("the condition has no text form".to_owned()));
        };
        let Some(slot) = map.get_mut(field) else {
            return Err(ConditionError::UnknownField { field: field.to_owned(), known: Self::fields() });
        };
        *slot = value.clone();
        let changed: Self =
            serde_json::from_value(serde_json::Value::Object(map)).map_err(|error| bad(error.to_string()))?;
        changed.check(field).map_err(bad)?;
        Ok(changed)
    }

    /// Range checks of the field just set; the types exclude everything else.
    fn check(&self, field: &str) -> Result<(), String> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        match field {
            "k" if self.k == 0 => Err("K starts at 1".to_owned()),
            "step" if self.step == 0 => Err("steps are counted from 1".to_owned()),
            "step" if self.step > MOST_STEPS => Err(format!("a run has at most {MOST_STEPS} steps")),
            "optimizer" => match self.optimizer {
                _ if !positive(self.optimizer.lr()) => Err("the learning rate must be above 0".to_owned()),
                Optimizer::Adam { beta1, beta2, eps, .. }
                    if !(0.0..1.0).contains(&beta1) || !(0.0..1.0).contains(&beta2) || !positive(eps) =>
                {
                    Err("betas lie in [0, 1), eps above 0".to_owned())
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// Implements the text form of an enum that serde reads and writes through it.
macro_rules! text_form {
    ($type:ty) => {
        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    };
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Svd => f.write_str("svd"),
            Self::Bottom => f.write_str("bottom"),
            Self::Haar(1) => f.write_str("haar"),
            Self::Haar(n) => write!(f, "haar-{n}"),
            Self::Gradient => f.write_str("gradient"),
            Self::RotatedGradient => f.write_str("rotated-gradient"),
            Self::Mixture(hundredths) => write!(f, "mixture-{}.{:02}", hundredths / 100, hundredths % 100),
        }
    }
}

impl FromStr for Frame {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            || format!("`{text}` is none of svd, bottom, haar, haar-2, .., gradient, rotated-gradient, mixture-0.50");
        match text {
            "svd" => return Ok(Self::Svd),
            "bottom" => return Ok(Self::Bottom),
            "haar" => return Ok(Self::Haar(1)),
            "gradient" => return Ok(Self::Gradient),
            "rotated-gradient" => return Ok(Self::RotatedGradient),
            _ => {}
        }
        if let Some(number) = text.strip_prefix("haar-") {
            return number.parse().ok().filter(|&n| n > 1).map(Self::Haar).ok_or_else(error);
        }
        let digits = text.strip_prefix("mixture-0.").filter(|digits| digits.len() == 2).ok_or_else(error)?;
        digits.parse().ok().filter(|&h| h > 0).map(Self::Mixture).ok_or_else(error)
    }
}

text_form!(Frame);

impl fmt::Display for Average {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Blocks => f.write_str("blocks"),
            Self::Kind(kind) => write!(f, "{kind}"),
            Self::Layer(layer) => write!(f, "layer-{layer}"),
            Self::Median => f.write_str("median"),
            Self::Pooled => f.write_str("pooled"),
        }
    }
}

impl FromStr for Average {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(kind) = MatrixKind::ALL.into_iter().find(|kind| kind.name() == text) {
            return Ok(Self::Kind(kind));
        }
        match text {
            "all" => Ok(Self::All),
            "blocks" => Ok(Self::Blocks),
            "median" => Ok(Self::Median),
            "pooled" => Ok(Self::Pooled),
            _ => text.strip_prefix("layer-").and_then(|layer| layer.parse().ok()).map(Self::Layer).ok_or_else(|| {
                format!("`{text}` is none of all, blocks, tok_emb, qkv, proj, up, down, layer-0, .., median, pooled")
            }),
        }
    }
}

text_form!(Average);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_field_changes_and_the_others_stay() {
        let base = Condition::default();
        let changed = base.with("head", &json!("random")).unwrap();
        assert_eq!(changed, Condition { head: Head::Random, ..base.clone() });
        let changed = base.with("optimizer", &json!({ "adam": { "lr": 0.02 } })).unwrap();
        assert_eq!(changed.optimizer, Optimizer::adam(0.02));
    }

    #[test]
    fn wrong_fields_and_values_are_named() {
        let base = Condition::default();
        assert!(matches!(base.with("haed", &json!("tied")), Err(ConditionError::UnknownField { .. })));
        for (field, value) in [
            ("k", json!(0)),
            ("k", json!(-2)),
            ("step", json!(0)),
            ("step", json!(1_000_001)),
            ("head", json!("tyed")),
            ("frame", json!("mixture-1.50")),
            ("frame", json!("haar-0")),
            ("over", json!("layer-x")),
            ("optimizer", json!({ "adam": { "lr": 0.0 } })),
            ("optimizer", json!({ "adam": { "lr": 0.1, "beta3": 1 } })),
        ] {
            assert!(matches!(base.with(field, &value), Err(ConditionError::BadValue { .. })), "{field} = {value}");
        }
    }

    #[test]
    fn text_forms_round_trip() {
        for text in ["svd", "bottom", "haar", "haar-3", "gradient", "rotated-gradient", "mixture-0.05"] {
            assert_eq!(text.parse::<Frame>().unwrap().to_string(), text);
        }
        for text in ["all", "blocks", "tok_emb", "down", "layer-7", "median", "pooled"] {
            assert_eq!(text.parse::<Average>().unwrap().to_string(), text);
        }
    }
}
