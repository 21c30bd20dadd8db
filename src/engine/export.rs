//! What another program needs to check a run of ours: base model, tokens, frames and a trace, in one folder.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Device;
use faer::{Mat, MatRef};
use serde::Serialize;

use super::batch::{self, Batch};
use super::checkpoint::write_checkpoint;
use super::error::EngineError;
use super::host::{HostHead, HostModel};
use super::model::Model;
use super::tensor_file::{Stored, write_tensors, write_text};
use super::trainer::Trainer;
use crate::linalg::Frame;
use crate::question::{self, Adapter, Head, MatrixId, Optimizer};

/// The run that is traced.
#[derive(Debug, Clone)]
pub struct ExportRun {
    pub adapter: Adapter,
    pub k: usize,
    pub optimizer: Optimizer,
    pub frame: question::Frame,
    pub batch: question::Batch,
    pub head: Head,
    pub seed: u64,
    pub steps: usize,
    /// Steps whose alpha and alpha gradient are kept, from 1.
    pub probe: Vec<usize>,
}

/// `trace.json`.
#[derive(Serialize)]
struct Trace {
    adapter: Adapter,
    k: usize,
    optimizer: TraceOptimizer,
    frame: String,
    batch: question::Batch,
    head: Head,
    seed: u64,
    probe: Vec<usize>,
    steps: Vec<TraceStep>,
    heldout_loss: f64,
}

#[derive(Serialize)]
#[serde(tag = "name", rename_all = "lowercase")]
enum TraceOptimizer {
    Adam { lr: f64, beta1: f64, beta2: f64, eps: f64 },
    Sgd { lr: f64 },
}

#[derive(Serialize)]
struct TraceStep {
    step: usize,
    loss_before: f64,
    loss_after: f64,
}

/// Every file of an export, and how an earlier one is known.
const FILES: [&str; 6] =
    ["config.json", "model.safetensors", "tokens.safetensors", "frames.safetensors", "trace.json", "trace.safetensors"];

/// Trains as `run` says and writes base model, tokens, frames and trace into the folder `dir`.
///
/// `batches` holds one batch where the batch is fixed, else one for each step. `dir` may be absent, empty or an earlier
/// export, which is replaced; it appears whole or not at all. An untied head of the model's own is traced as `random`:
/// frozen, and without an adapter.
///
/// # Errors
/// `dir` cannot be written or holds something else, a probe or batch that the run does not have; a run that fails.
#[expect(clippy::too_many_arguments, reason = "model, frames, run, text, place: each is one thing")]
pub fn export(
    dir: &Path,
    host: &HostModel,
    frames: &BTreeMap<MatrixId, Frame>,
    run: &ExportRun,
    batches: &[Batch],
    held_out: &Batch,
    device: &Device,
    threads: usize,
) -> Result<(), EngineError> {
    check_run(run, batches)?;
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unwritable = |source| EngineError::Write { path: dir.to_owned(), source };
    check_target(dir)?;
    // Found out before the run: whether anything can be written here.
    std::fs::create_dir_all(parent).map_err(unwritable)?;
    let temporary = tempfile::Builder::new().prefix(".ctlora-export-").tempdir_in(parent).map_err(unwritable)?;
    // A folder within it, because tempfile's own can be entered by its owner only.
    let folder = temporary.path().join("export");
    std::fs::create_dir(&folder).map_err(unwritable)?;

    let model = Model::new(host, run.head, run.seed, device, threads)?;
    batch::check(held_out, model.config())?;
    let base = model.host()?;
    write_checkpoint(&folder, &base)?;
    write_tokens(&folder.join("tokens.safetensors"), batches, held_out)?;
    let sides = frames
        .iter()
        .flat_map(|(id, frame)| [(format!("{id}.u"), stored(frame.u())), (format!("{id}.v"), stored(frame.v()))]);
    write_tensors(&folder.join("frames.safetensors"), sides.collect())?;

    let mut trainer = Trainer::new(&model, frames, run.adapter, run.optimizer)?;
    let (mut steps, mut probes) = (Vec::new(), Vec::new());
    for step in 1..=run.steps {
        let batch = &batches[(step - 1).min(batches.len() - 1)];
        let loss_before = trainer.step(batch)?;
        steps.push(TraceStep { step, loss_before, loss_after: trainer.loss(batch)? });
        if run.probe.contains(&step) {
            let named = |what: &str, values: BTreeMap<MatrixId, Mat<f64>>| {
                let name = |id: MatrixId| format!("step{step}.{id}.{what}");
                values
                    .into_iter()
                    .map(|(id, values)| (name(id), stored_alpha(&values, run.adapter)))
                    .collect::<Vec<_>>()
            };
            probes.extend(named("grad", trainer.alpha_gradient()));
            probes.extend(named("alpha", trainer.alpha()?));
        }
    }
    write_tensors(&folder.join("trace.safetensors"), probes)?;
    let trace = Trace {
        adapter: run.adapter,
        k: run.k,
        optimizer: match run.optimizer {
            Optimizer::Adam { lr, beta1, beta2, eps } => TraceOptimizer::Adam { lr, beta1, beta2, eps },
            Optimizer::Sgd { lr } => TraceOptimizer::Sgd { lr },
        },
        frame: run.frame.to_string(),
        batch: run.batch,
        head: if base.head == HostHead::Tied { Head::Tied } else { Head::Random },
        seed: run.seed,
        probe: run.probe.clone(),
        steps,
        heldout_loss: trainer.loss(held_out)?,
    };
    let text = serde_json::to_string_pretty(&trace).map_err(|error| unwritable(error.into()))?;
    write_text(&folder.join("trace.json"), &text)?;

    if dir.exists() {
        std::fs::remove_dir_all(dir).map_err(unwritable)?;
    }
    std::fs::rename(&folder, dir).map_err(unwritable)
}

fn check_run(run: &ExportRun, batches: &[Batch]) -> Result<(), EngineError> {
    let refuse = |message: String, hint: &str| Err(EngineError::Request { message, hint: hint.to_owned() });
    if run.steps == 0 {
        return refuse("a run of no steps has no trace".to_owned(), "ask for one step or more");
    }
    if let Some(step) = run.probe.iter().find(|&&step| step == 0 || step > run.steps) {
        return refuse(format!("step {step} cannot be probed in a run of {} steps", run.steps), "steps count from 1");
    }
    let shape = |batch: &Batch| (batch.len(), batch.first().map_or(0, Vec::len));
    if batches.iter().any(|batch| shape(batch) != shape(&batches[0])) {
        return refuse("batches of different shapes".to_owned(), "give every step as many sequences of one length");
    }
    let needed = if run.batch == question::Batch::Fixed { 1 } else { run.steps };
    if batches.len() != needed {
        return refuse(format!("{} batches for a run that needs {needed}", batches.len()), "give one for each step");
    }
    Ok(())
}

/// Refuses a target that holds anything but an earlier export.
///
/// # Errors
/// The path is no folder, or holds other files.
pub fn check_target(dir: &Path) -> Result<(), EngineError> {
    let refuse = |message: &str| {
        let hint = "name a folder that is new, empty or an earlier export".to_owned();
        Err(EngineError::File { path: dir.to_owned(), message: message.to_owned(), hint })
    };
    if !dir.exists() {
        return Ok(());
    }
    let Ok(entries) = std::fs::read_dir(dir) else { return refuse("is not a folder that can be read") };
    let foreign = |name: std::ffi::OsString| !name.to_str().is_some_and(|name| FILES.contains(&name));
    if entries.flatten().any(|entry| foreign(entry.file_name())) {
        return refuse("holds files that are not an export's");
    }
    Ok(())
}

/// `train [batches, B, T+1]`, `heldout [N, T+1]`.
fn write_tokens(path: &Path, batches: &[Batch], held_out: &Batch) -> Result<(), EngineError> {
    let flat = |batch: &Batch| batch.iter().flatten().map(|&token| i64::from(token)).collect::<Vec<_>>();
    let length = |batch: &Batch| batch.first().map_or(0, Vec::len);
    let sequences = batches.first().map_or(0, Vec::len);
    let train = batches.iter().flat_map(flat).collect();
    let train = Stored::i64(&[batches.len(), sequences, batches.first().map_or(0, length)], train);
    let held_out = Stored::i64(&[held_out.len(), length(held_out)], flat(held_out));
    write_tensors(path, vec![("train".to_owned(), train), ("heldout".to_owned(), held_out)])
}

/// A matrix, row-major.
fn stored(matrix: MatRef<'_, f64>) -> Stored<'static> {
    let (rows, cols) = matrix.shape();
    let values: Vec<f32> = (0..rows).flat_map(|i| (0..cols).map(move |j| matrix[(i, j)] as f32)).collect();
    Stored::f32(&[rows, cols], values)
}

/// `[K]` for diag, `[K, K]` for core.
fn stored_alpha(values: &Mat<f64>, adapter: Adapter) -> Stored<'static> {
    match adapter {
        Adapter::Diag => Stored::f32(&[values.nrows()], values.col(0).iter().map(|&x| x as f32).collect::<Vec<_>>()),
        Adapter::Core => stored(values.as_ref()),
    }
}
