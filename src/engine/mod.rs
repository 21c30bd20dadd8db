//! The CT-LoRA engine: corpus, base model, adapter, optimisers, training loop, safetensors in and out.
//!
//! It knows nothing of papers or claims. Randomness comes from named streams ([`crate::seed`]) of the caller's seed.

mod base;
mod config;
mod corpus;
mod error;
mod host;

pub use base::crystallize;
pub use config::{BaseTraining, CorpusConfig, ModelConfig, Recipe};
pub use corpus::Corpus;
pub use error::EngineError;
pub use host::{HostHead, HostMatrix, HostModel, HostNorm};
