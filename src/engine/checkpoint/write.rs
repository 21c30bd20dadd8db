//! A checkpoint out, such that `transformers.GPT2LMHeadModel.from_pretrained` loads it.

use std::path::Path;

use super::config::Gpt2Config;
use super::{CONFIG, TENSORS};
use crate::engine::error::EngineError;
use crate::engine::host::{HostHead, HostModel, HostNorm};
use crate::engine::tensor_file::{Stored, write_tensors, write_text};
use crate::question::MatrixId;

/// Writes `config.json` and `model.safetensors` into the existing folder `dir`, f32.
///
/// # Errors
/// [`EngineError::Write`].
pub fn write_checkpoint(dir: &Path, model: &HostModel) -> Result<(), EngineError> {
    let mut tensors = vec![("transformer.wpe.weight".to_owned(), Stored::matrix(&model.positions))];
    for (id, matrix) in &model.matrices {
        let stored = if *id == MatrixId::TokEmb { Stored::matrix(matrix) } else { Stored::transposed(matrix) };
        tensors.push((format!("transformer.{id}.weight"), stored));
    }
    for (id, bias) in &model.biases {
        tensors.push((format!("transformer.{id}.bias"), Stored::f32(&[bias.len()], bias.as_slice())));
    }
    for (layer, (attention, mlp)) in model.norms.iter().enumerate() {
        norm(&mut tensors, &format!("transformer.h.{layer}.ln_1"), attention);
        norm(&mut tensors, &format!("transformer.h.{layer}.ln_2"), mlp);
    }
    norm(&mut tensors, "transformer.ln_f", &model.final_norm);
    if let HostHead::Untied(head) = &model.head {
        tensors.push(("lm_head.weight".to_owned(), Stored::matrix(head)));
    }
    write_tensors(&dir.join(TENSORS), tensors)?;
    let path = dir.join(CONFIG);
    let config = Gpt2Config::new(&model.config, model.head == HostHead::Tied);
    let text = serde_json::to_string_pretty(&config)
        .map_err(|error| EngineError::Write { path: path.clone(), source: error.into() })?;
    write_text(&path, &text)
}

fn norm<'a>(tensors: &mut Vec<(String, Stored<'a>)>, name: &str, norm: &'a HostNorm) {
    tensors.push((format!("{name}.weight"), Stored::f32(&[norm.weight.len()], norm.weight.as_slice())));
    tensors.push((format!("{name}.bias"), Stored::f32(&[norm.bias.len()], norm.bias.as_slice())));
}
