//! Models in the layout of Hugging Face's GPT-2: a folder with `config.json` and `model.safetensors`.
//!
//! Linear weights are stored `[in, out]` (GPT-2's Conv1D) and turned to `[out, in]` on the way in.

mod config;
mod read;
mod write;

pub use read::read_checkpoint;
pub use write::write_checkpoint;

const CONFIG: &str = "config.json";
const TENSORS: &str = "model.safetensors";
