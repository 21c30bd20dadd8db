//! A GPT-2 style model on the host: what bases are built as, what checkpoints are read to and written from.

use std::collections::BTreeMap;

use super::config::ModelConfig;
use crate::question::MatrixId;

/// A dense f32 matrix, row-major, `[rows, cols]`; a weight is `[out, in]`.
#[derive(Debug, Clone, PartialEq)]
pub struct HostMatrix {
    pub rows: usize,
    pub cols: usize,
    pub data: Vec<f32>,
}

/// Layer norm parameters, each `[d]`.
#[derive(Debug, Clone, PartialEq)]
pub struct HostNorm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// The output head of a stored model.
#[derive(Debug, Clone, PartialEq)]
pub enum HostHead {
    /// The token embedding itself.
    Tied,
    /// Its own `[V, d]`.
    Untied(HostMatrix),
}

/// A whole model. `matrices` holds every [`MatrixId::all`] of the config; `biases` has one `[out]` for each block matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct HostModel {
    pub config: ModelConfig,
    pub matrices: BTreeMap<MatrixId, HostMatrix>,
    pub biases: BTreeMap<MatrixId, Vec<f32>>,
    /// `[positions, d]`.
    pub positions: HostMatrix,
    /// Per layer: before attention, before the MLP.
    pub norms: Vec<(HostNorm, HostNorm)>,
    pub final_norm: HostNorm,
    pub head: HostHead,
}
