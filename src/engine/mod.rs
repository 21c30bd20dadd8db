//! The CT-LoRA engine: corpus, base model, adapter, optimisers, training loop, safetensors in and out.
//!
//! It knows nothing of papers or claims. Randomness comes from named streams ([`crate::seed`]) of the caller's seed.

mod base;
mod batch;
mod checkpoint;
mod config;
mod corpus;
mod device;
mod error;
mod export;
mod full_training;
mod host;
mod mask;
mod memory;
mod model;
mod network;
mod ops;
mod optimizer;
mod tensor_file;
mod trainer;

pub use base::crystallize;
pub use batch::Batch;
pub use checkpoint::{read_checkpoint, write_checkpoint};
pub use config::{BaseTraining, CorpusConfig, ModelConfig, Recipe};
pub use corpus::Corpus;
pub use device::{DeviceName, device};
pub use error::EngineError;
pub use export::{ExportRun, check_target, export};
pub use full_training::{FullTrainer, train_base};
pub use host::{HostHead, HostMatrix, HostModel, HostNorm};
pub use mask::{AlphaShapes, Mask};
pub use model::Model;
pub use optimizer::{Update, Updater};
pub use trainer::Trainer;
