//! Small random models, frames and batches, drawn from a seed.

use std::collections::BTreeMap;

use candle_core::Device;
use ctlora::engine::{Batch, HostHead, HostMatrix, HostModel, HostNorm, Model, ModelConfig, Trainer};
use ctlora::linalg::{Frame, haar};
use ctlora::question::{Adapter, Head, MatrixId, Optimizer};
use ctlora::seed::stream;
use rand::Rng;

/// The shape of a small model, and what is put on it.
#[derive(Debug, Clone, Copy)]
pub struct Small {
    pub vocab: usize,
    pub heads: usize,
    /// d = heads * head_size
    pub head_size: usize,
    pub layers: usize,
    pub tokens: usize,
    pub k: usize,
    pub seed: u64,
}

pub const SMALL: Small = Small { vocab: 23, heads: 2, head_size: 4, layers: 2, tokens: 7, k: 3, seed: 1 };

fn uniform(count: usize, around: f32, spread: f32, seed: u64, label: &str) -> Vec<f32> {
    let mut rng = stream(seed, label);
    (0..count).map(|_| around + rng.random_range(-spread..spread)).collect()
}

impl Small {
    pub fn config(&self) -> ModelConfig {
        ModelConfig {
            vocab: self.vocab,
            width: self.heads * self.head_size,
            layers: self.layers,
            heads: self.heads,
            positions: self.tokens + 2,
            norm_eps: 1e-5,
        }
    }

    /// Every parameter away from its default: biases, norms and positions too.
    pub fn host(&self) -> HostModel {
        let (config, seed) = (self.config(), self.seed);
        let norm = |name: &str| HostNorm {
            weight: uniform(config.width, 1.0, 0.3, seed, &format!("{name}.weight")),
            bias: uniform(config.width, 0.0, 0.3, seed, &format!("{name}.bias")),
        };
        let (mut matrices, mut biases) = (BTreeMap::new(), BTreeMap::new());
        for id in MatrixId::all(config.layers) {
            let (rows, cols) = config.shape(id.kind());
            matrices
                .insert(id, HostMatrix { rows, cols, data: uniform(rows * cols, 0.0, 0.4, seed, &format!("{id}")) });
            if id != MatrixId::TokEmb {
                biases.insert(id, uniform(rows, 0.0, 0.2, seed, &format!("{id}.bias")));
            }
        }
        let (rows, cols) = (config.positions, config.width);
        HostModel {
            config,
            matrices,
            biases,
            positions: HostMatrix { rows, cols, data: uniform(rows * cols, 0.0, 0.2, seed, "positions") },
            norms: (0..config.layers).map(|l| (norm(&format!("{l}.1")), norm(&format!("{l}.2")))).collect(),
            final_norm: norm("final"),
            head: HostHead::Tied,
        }
    }

    pub fn model(&self, head: Head, threads: usize) -> Model {
        Model::new(&self.host(), head, self.seed, &Device::Cpu, threads).unwrap()
    }

    /// Independent Haar frames of every matrix.
    pub fn frames(&self) -> BTreeMap<MatrixId, Frame> {
        let config = self.config();
        let frame = |id: MatrixId| {
            let (rows, cols) = config.shape(id.kind());
            haar(rows, cols, self.k, &mut stream(self.seed, &format!("frame/{id}"))).unwrap()
        };
        MatrixId::all(config.layers).into_iter().map(|id| (id, frame(id))).collect()
    }

    pub fn trainer(&self, head: Head, adapter: Adapter, optimizer: Optimizer, threads: usize) -> Trainer {
        Trainer::new(&self.model(head, threads), &self.frames(), adapter, optimizer).unwrap()
    }

    /// `sequences` sequences that never hold the last word of the vocabulary.
    pub fn batch(&self, sequences: usize) -> Batch {
        let mut rng = stream(self.seed, "batch");
        let mut sequence = || (0..=self.tokens).map(|_| rng.random_range(0..self.vocab as u32 - 1)).collect();
        (0..sequences).map(|_| sequence()).collect()
    }
}
