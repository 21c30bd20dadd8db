//! A checkpoint in: every tensor accounted for, every fault of the file named at once.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::safetensors::Load;
use candle_core::{DType, Device};
use safetensors::{Dtype, SafeTensors};

use super::TENSORS;
use super::config::Gpt2Config;
use crate::engine::error::EngineError;
use crate::engine::host::{HostHead, HostMatrix, HostModel, HostNorm};
use crate::question::MatrixId;

/// Reads a GPT-2 model from `dir`: tensor names with or without `transformer.`, f32, f16 or bf16. Causal-mask buffers
/// (`attn.bias`, `attn.masked_bias`) are skipped.
///
/// # Errors
/// [`EngineError::File`] names the config field at fault, or every missing, unexpected, misshapen, non-finite or
/// unreadable tensor.
pub fn read_checkpoint(dir: &Path) -> Result<HostModel, EngineError> {
    let config = Gpt2Config::read(dir)?;
    let path = dir.join(TENSORS);
    let error = |message: String, hint: String| EngineError::File { path: path.clone(), message, hint };
    let bytes = std::fs::read(&path).map_err(|cause| {
        error(
            format!("cannot be read: {cause}"),
            "one file `model.safetensors` is expected beside config.json".to_owned(),
        )
    })?;
    let file = SafeTensors::deserialize(&bytes).map_err(|cause| {
        error(format!("is not a safetensors file: {cause}"), "save the model with `save_pretrained`".to_owned())
    })?;
    let mut tensors = Tensors::new(&file);
    let model = tensors.model(&config);
    tensors.check_rest(&config, &model);
    if tensors.faults.is_empty() {
        return Ok(model);
    }
    let model = config.model();
    let hint = format!(
        "config.json promises a GPT-2 with n_layer {}, n_embd {}, vocab_size {}, n_positions {}",
        model.layers, model.width, model.vocab, model.positions
    );
    Err(error(tensors.faults.join("; "), hint))
}

/// The file's tensors that are not taken yet, and what was found wrong so far.
struct Tensors<'a> {
    /// Without the prefix `transformer.`
    left: BTreeMap<String, safetensors::tensor::TensorView<'a>>,
    faults: Vec<String>,
}

impl<'a> Tensors<'a> {
    fn new(file: &SafeTensors<'a>) -> Self {
        let (mut left, mut faults) = (BTreeMap::new(), Vec::new());
        for (name, view) in file.tensors() {
            let short = name.strip_prefix("transformer.").unwrap_or(&name).to_owned();
            let buffer = short.ends_with(".attn.bias") || short.ends_with(".attn.masked_bias");
            if !buffer && left.insert(short, view).is_some() {
                faults.push(format!("{name} is there twice, with and without `transformer.`"));
            }
        }
        Self { left, faults }
    }

    /// The values of one tensor; where it is faulty, the fault is noted and the values are empty.
    fn take(&mut self, name: &str, shape: &[usize]) -> Vec<f32> {
        let values = match self.left.remove(name) {
            None => Err(format!("{name} is missing")),
            Some(view) if view.shape() != shape => Err(format!("{name} is {:?}, not {shape:?}", view.shape())),
            Some(view) if ![Dtype::F32, Dtype::F16, Dtype::BF16].contains(&view.dtype()) => {
                Err(format!("{name} has dtype {:?}, not f32, f16 or bf16", view.dtype()))
            }
            Some(view) => view
                .load(&Device::Cpu)
                .and_then(|tensor| tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>())
                .map_err(|cause| format!("{name} cannot be read: {cause}")),
        };
        let values = values.and_then(|values| match values.iter().all(|x| x.is_finite()) {
            true => Ok(values),
            false => Err(format!("{name} has entries that are not finite")),
        });
        values.unwrap_or_else(|fault| {
            self.faults.push(fault);
            Vec::new()
        })
    }

    /// A `[rows, cols]` tensor as it is stored.
    fn matrix(&mut self, name: &str, rows: usize, cols: usize) -> HostMatrix {
        HostMatrix { rows, cols, data: self.take(name, &[rows, cols]) }
    }

    /// An `[out, in]` weight that is stored `[in, out]`.
    fn conv1d(&mut self, name: &str, out: usize, input: usize) -> HostMatrix {
        let stored = self.take(name, &[input, out]);
        let data = match stored.is_empty() {
            true => stored,
            false => (0..out).flat_map(|i| (0..input).map(move |j| (i, j))).map(|(i, j)| stored[j * out + i]).collect(),
        };
        HostMatrix { rows: out, cols: input, data }
    }

    fn norm(&mut self, name: &str, width: usize) -> HostNorm {
        HostNorm {
            weight: self.take(&format!("{name}.weight"), &[width]),
            bias: self.take(&format!("{name}.bias"), &[width]),
        }
    }

    fn model(&mut self, stored: &Gpt2Config) -> HostModel {
        let config = stored.model();
        let (vocab, width) = (config.vocab, config.width);
        let (mut matrices, mut biases) = (BTreeMap::new(), BTreeMap::new());
        for id in MatrixId::all(config.layers) {
            let (out, input) = config.shape(id.kind());
            if id == MatrixId::TokEmb {
                matrices.insert(id, self.matrix("wte.weight", out, input));
            } else {
                matrices.insert(id, self.conv1d(&format!("{id}.weight"), out, input));
                biases.insert(id, self.take(&format!("{id}.bias"), &[out]));
            }
        }
        HostModel {
            config,
            matrices,
            biases,
            positions: self.matrix("wpe.weight", config.positions, width),
            norms: (0..config.layers)
                .map(|layer| {
                    (self.norm(&format!("h.{layer}.ln_1"), width), self.norm(&format!("h.{layer}.ln_2"), width))
                })
                .collect(),
            final_norm: self.norm("ln_f", width),
            head: match stored.tie_word_embeddings {
                true => HostHead::Tied,
                false => HostHead::Untied(self.matrix("lm_head.weight", vocab, width)),
            },
        }
    }

    /// Notes what nobody took. A copy of the embedding under the head's name is what some savers write for a tied head.
    fn check_rest(&mut self, config: &Gpt2Config, model: &HostModel) {
        let embedding = model.matrices.get(&MatrixId::TokEmb).map(|matrix| &matrix.data);
        if config.tie_word_embeddings && self.left.contains_key("lm_head.weight") {
            let head = self.take("lm_head.weight", &[model.config.vocab, model.config.width]);
            if !head.is_empty() && embedding.is_some_and(|embedding| !embedding.is_empty() && *embedding != head) {
                self.faults.push("lm_head.weight differs from wte.weight, though config.json ties them".to_owned());
            }
        }
        self.faults.extend(self.left.keys().map(|name| format!("{name} is unexpected")));
    }
}
