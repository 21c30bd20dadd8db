//! `config.json`: what of it must hold for this engine to compute the same function.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::CONFIG;
use crate::engine::config::ModelConfig;
use crate::engine::error::EngineError;

/// The fields that decide what the network computes; the others are carried by nobody.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Gpt2Config {
    #[serde(default)]
    architectures: Vec<String>,
    #[serde(default = "gpt2")]
    model_type: String,
    vocab_size: usize,
    n_positions: usize,
    n_embd: usize,
    n_layer: usize,
    n_head: usize,
    #[serde(default)]
    n_inner: Option<usize>,
    #[serde(default = "gelu_new")]
    activation_function: String,
    #[serde(default = "norm_eps")]
    layer_norm_epsilon: f64,
    #[serde(default = "yes")]
    scale_attn_weights: bool,
    #[serde(default)]
    scale_attn_by_inverse_layer_idx: bool,
    #[serde(default)]
    add_cross_attention: bool,
    #[serde(default)]
    resid_pdrop: f64,
    #[serde(default)]
    embd_pdrop: f64,
    #[serde(default)]
    attn_pdrop: f64,
    #[serde(default)]
    bos_token_id: Option<u32>,
    #[serde(default)]
    eos_token_id: Option<u32>,
    #[serde(default = "yes")]
    pub tie_word_embeddings: bool,
}

fn gpt2() -> String {
    "gpt2".to_owned()
}

fn gelu_new() -> String {
    "gelu_new".to_owned()
}

fn norm_eps() -> f64 {
    1e-5
}

fn yes() -> bool {
    true
}

impl Gpt2Config {
    pub fn new(config: &ModelConfig, tied: bool) -> Self {
        Self {
            architectures: vec!["GPT2LMHeadModel".to_owned()],
            model_type: gpt2(),
            vocab_size: config.vocab,
            n_positions: config.positions,
            n_embd: config.width,
            n_layer: config.layers,
            n_head: config.heads,
            n_inner: None,
            activation_function: gelu_new(),
            layer_norm_epsilon: config.norm_eps,
            scale_attn_weights: true,
            scale_attn_by_inverse_layer_idx: false,
            add_cross_attention: false,
            resid_pdrop: 0.0,
            embd_pdrop: 0.0,
            attn_pdrop: 0.0,
            bos_token_id: None,
            eos_token_id: None,
            tie_word_embeddings: tied,
        }
    }

    /// Reads and checks `config.json` in `dir`.
    pub fn read(dir: &Path) -> Result<Self, EngineError> {
        let path = dir.join(CONFIG);
        let error =
            |message: String, hint: &str| EngineError::File { path: path.clone(), message, hint: hint.to_owned() };
        let text = std::fs::read_to_string(&path).map_err(|cause| {
            error(format!("cannot be read: {cause}"), "give the folder of a Hugging Face GPT-2 model")
        })?;
        let config: Self = serde_json::from_str(&text)
            .map_err(|cause| error(format!("is not a GPT-2 config: {cause}"), "it must be a GPT-2's config.json"))?;
        match config.complaint() {
            Some(complaint) => Err(error(complaint, "this engine runs GPT-2 as published; other variants differ")),
            None => Ok(config),
        }
    }

    /// What makes it another network than ours, if anything does.
    fn complaint(&self) -> Option<String> {
        // Bounds that keep every product of sizes far inside usize.
        let sizes = [
            ("vocab_size", self.vocab_size, 1 << 24),
            ("n_positions", self.n_positions, 1 << 24),
            ("n_embd", self.n_embd, 1 << 16),
            ("n_layer", self.n_layer, 1 << 10),
            ("n_head", self.n_head, 1 << 16),
        ];
        if let Some((name, size, most)) = sizes.into_iter().find(|&(_, size, most)| size == 0 || size > most) {
            return Some(format!("{name} is {size}, not between 1 and {most}"));
        }
        if self.model_type != "gpt2" {
            return Some(format!("model_type is `{}`, not `gpt2`", self.model_type));
        }
        if !self.n_embd.is_multiple_of(self.n_head) {
            return Some(format!("n_embd {} is not a multiple of n_head {}", self.n_embd, self.n_head));
        }
        if self.n_inner.is_some_and(|inner| inner != 4 * self.n_embd) {
            return Some(format!("n_inner {:?} is not 4 n_embd = {}", self.n_inner, 4 * self.n_embd));
        }
        if !["gelu_new", "gelu_pytorch_tanh"].contains(&self.activation_function.as_str()) {
            return Some(format!("activation_function is `{}`, not the tanh GELU", self.activation_function));
        }
        if !(self.layer_norm_epsilon.is_finite() && self.layer_norm_epsilon > 0.0) {
            return Some(format!("layer_norm_epsilon is {}", self.layer_norm_epsilon));
        }
        if !self.scale_attn_weights || self.scale_attn_by_inverse_layer_idx || self.add_cross_attention {
            return Some("its attention is scaled in another way, or crosses to another input".to_owned());
        }
        None
    }

    pub fn model(&self) -> ModelConfig {
        ModelConfig {
            vocab: self.vocab_size,
            width: self.n_embd,
            layers: self.n_layer,
            heads: self.n_head,
            positions: self.n_positions,
            norm_eps: self.layer_norm_epsilon,
        }
    }
}
