//! The adapted matrices of a GPT-2 style model and their names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The five types of adapted matrix, named as the papers name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixKind {
    /// Token embedding `[V, d]`; with a tied head also the output projection.
    TokEmb,
    /// Stacked query, key, value projections `[3d, d]`.
    Qkv,
    /// Attention output projection `[d, d]`.
    Proj,
    /// First MLP matrix `[4d, d]`.
    Up,
    /// Second MLP matrix `[d, 4d]`.
    Down,
}

impl MatrixKind {
    pub const ALL: [Self; 5] = [Self::TokEmb, Self::Qkv, Self::Proj, Self::Up, Self::Down];
    /// The four types that every layer has.
    pub const BLOCK: [Self; 4] = [Self::Qkv, Self::Proj, Self::Up, Self::Down];

    pub const fn name(self) -> &'static str {
        match self {
            Self::TokEmb => "tok_emb",
            Self::Qkv => "qkv",
            Self::Proj => "proj",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl MatrixKind {
    /// `[out, in]` of this type in a GPT-2 of this vocabulary and width.
    pub const fn shape(self, vocab: usize, width: usize) -> (usize, usize) {
        match self {
            Self::TokEmb => (vocab, width),
            Self::Qkv => (3 * width, width),
            Self::Proj => (width, width),
            Self::Up => (4 * width, width),
            Self::Down => (width, 4 * width),
        }
    }
}

impl fmt::Display for MatrixKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One adapted matrix. Shown by its GPT-2 name: `wte`, `h.3.attn.c_attn`, ... Ordered `wte` first, then by layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum MatrixId {
    TokEmb,
    Block { layer: usize, kind: MatrixKind },
}

impl MatrixId {
    /// Every adapted matrix of a model with `layers` layers: `wte`, then qkv, proj, up, down of each layer.
    pub fn all(layers: usize) -> Vec<Self> {
        let blocks = (0..layers).flat_map(|layer| MatrixKind::BLOCK.map(|kind| Self::Block { layer, kind }));
        std::iter::once(Self::TokEmb).chain(blocks).collect()
    }

    pub const fn kind(self) -> MatrixKind {
        match self {
            Self::TokEmb => MatrixKind::TokEmb,
            Self::Block { kind, .. } => kind,
        }
    }

    /// The layer, or `None` for the token embedding.
    pub const fn layer(self) -> Option<usize> {
        match self {
            Self::TokEmb => None,
            Self::Block { layer, .. } => Some(layer),
        }
    }
}

impl fmt::Display for MatrixId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Block { layer, kind } = self else { return f.write_str("wte") };
        let part = match kind {
            MatrixKind::Qkv => "attn.c_attn",
            MatrixKind::Proj => "attn.c_proj",
            MatrixKind::Up => "mlp.c_fc",
            MatrixKind::Down => "mlp.c_proj",
            MatrixKind::TokEmb => "wte",
        };
        write!(f, "h.{layer}.{part}")
    }
}

/// The text is not the GPT-2 name of an adapted matrix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of an adapted matrix")]
pub struct MatrixNameError(String);

impl FromStr for MatrixId {
    type Err = MatrixNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let error = || MatrixNameError(name.to_owned());
        if name == "wte" {
            return Ok(Self::TokEmb);
        }
        let (layer, part) = name.strip_prefix("h.").and_then(|rest| rest.split_once('.')).ok_or_else(error)?;
        let layer = layer.parse().map_err(|_| error())?;
        let kind = match part {
            "attn.c_attn" => MatrixKind::Qkv,
            "attn.c_proj" => MatrixKind::Proj,
            "mlp.c_fc" => MatrixKind::Up,
            "mlp.c_proj" => MatrixKind::Down,
            _ => return Err(error()),
        };
        Ok(Self::Block { layer, kind })
    }
}

impl From<MatrixId> for String {
    fn from(id: MatrixId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for MatrixId {
    type Error = MatrixNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_there_are_33_at_8_layers() {
        let all = MatrixId::all(8);
        assert_eq!(all.len(), 33);
        for id in all {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert!("h.x.mlp.c_fc".parse::<MatrixId>().is_err());
        assert!("h.1.mlp.c_what".parse::<MatrixId>().is_err());
    }
}
