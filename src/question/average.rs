//! The averaging sets, by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::matrix::MatrixKind;
use super::text_form::text_form;

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
    /// The largest over every matrix (Paper 86): `max`.
    Max,
    /// Root of the mean square, weighted by each matrix's squared gradient norm: `pooled`. Coverage only.
    Pooled,
}

impl fmt::Display for Average {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Blocks => f.write_str("blocks"),
            Self::Kind(kind) => write!(f, "{kind}"),
            Self::Layer(layer) => write!(f, "layer-{layer}"),
            Self::Median => f.write_str("median"),
            Self::Max => f.write_str("max"),
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
            "max" => Ok(Self::Max),
            "pooled" => Ok(Self::Pooled),
            _ => text.strip_prefix("layer-").and_then(|layer| layer.parse().ok()).map(Self::Layer).ok_or_else(|| {
                format!(
                    "`{text}` is none of all, blocks, tok_emb, qkv, proj, up, down, layer-0, .., median, max, pooled"
                )
            }),
        }
    }
}

text_form!(Average);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        for text in ["all", "blocks", "tok_emb", "down", "layer-7", "median", "max", "pooled"] {
            assert_eq!(text.parse::<Average>().unwrap().to_string(), text);
        }
        assert!("layer-x".parse::<Average>().is_err());
    }
}
