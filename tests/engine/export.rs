//! The export folder: whole or not at all, every file and probe in it, and a trace that is the run's.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Device;
use ctlora::engine::{EngineError, ExportRun, export, read_checkpoint};
use ctlora::linalg::{Frame, svd, top_frame};
use ctlora::question::{self, Adapter, Head, MatrixId, Optimizer};

use crate::fixture::{SMALL, Small};

fn run(small: &Small) -> ExportRun {
    ExportRun {
        adapter: Adapter::Diag,
        k: small.k,
        optimizer: Optimizer::adam(5e-3),
        frame: question::Frame::Haar(1),
        batch: question::Batch::Fixed,
        head: Head::Tied,
        seed: small.seed,
        steps: 4,
        probe: vec![1, 4],
    }
}

fn write(dir: &Path, small: &Small, frames: &BTreeMap<MatrixId, Frame>, run: &ExportRun) -> Result<(), EngineError> {
    let count = if run.batch == question::Batch::Fixed { 1 } else { run.steps };
    let batches: Vec<_> = (0..count).map(|step| Small { seed: 100 + step as u64, ..*small }.batch(1)).collect();
    export(dir, &small.host(), frames, run, &batches, &small.batch(4), &Device::Cpu, 1)
}

fn keys(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    let mut names: Vec<String> =
        safetensors::SafeTensors::deserialize(&bytes).unwrap().iter().map(|(n, _)| n.to_owned()).collect();
    names.sort();
    names
}

/// Every combination, kept in the build's folder for the replay in PyTorch.
#[test]
fn all_sixteen_combinations_are_written() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export");
    let svd_frames: BTreeMap<_, _> = SMALL
        .host()
        .matrices
        .iter()
        .map(|(id, m)| {
            let matrix = faer::Mat::from_fn(m.rows, m.cols, |i, j| f64::from(m.data[i * m.cols + j]));
            (*id, top_frame(&svd(matrix.as_ref()).unwrap(), SMALL.k).unwrap())
        })
        .collect();
    for adapter in [Adapter::Diag, Adapter::Core] {
        for (frame, frames) in [(question::Frame::Svd, &svd_frames), (question::Frame::Haar(1), &SMALL.frames())] {
            for batch in [question::Batch::Fixed, question::Batch::Fresh] {
                for head in [Head::Tied, Head::Random] {
                    let run = ExportRun { adapter, frame, batch, head, ..run(&SMALL) };
                    let dir = root.join(format!("{adapter:?}-{frame}-{batch:?}-{head:?}").to_lowercase());
                    write(&dir, &SMALL, frames, &run).unwrap();
                    let matrices = MatrixId::all(SMALL.layers).len();
                    assert_eq!(keys(&dir.join("frames.safetensors")).len(), 2 * matrices);
                    assert_eq!(keys(&dir.join("trace.safetensors")).len(), 2 * 2 * matrices);
                    assert_eq!(keys(&dir.join("tokens.safetensors")), ["heldout", "train"]);
                    assert_eq!(read_checkpoint(&dir).unwrap(), SMALL.model(head, 1).host().unwrap());
                }
            }
        }
    }
}

#[test]
fn the_trace_is_that_of_the_run() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let dir = folder.path().join("out");
    write(&dir, &SMALL, &SMALL.frames(), &run(&SMALL)).unwrap();
    let trace: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(dir.join("trace.json")).unwrap()).unwrap();
    assert_eq!(trace["optimizer"], serde_json::json!({"name":"adam","lr":5e-3,"beta1":0.9,"beta2":0.999,"eps":1e-8}));
    assert_eq!((&trace["adapter"], &trace["head"], &trace["batch"]), (&"diag".into(), &"tied".into(), &"fixed".into()));
    let mut trainer = SMALL.trainer(Head::Tied, Adapter::Diag, Optimizer::adam(5e-3), 1);
    let batch = Small { seed: 100, ..SMALL }.batch(1);
    for (i, step) in trace["steps"].as_array().unwrap().iter().enumerate() {
        assert_eq!(step["step"].as_u64(), Some(i as u64 + 1));
        assert_eq!(step["loss_before"].as_f64(), Some(trainer.step(&batch).unwrap()));
        assert_eq!(step["loss_after"].as_f64(), Some(trainer.loss(&batch).unwrap()));
    }
    assert_eq!(trace["heldout_loss"].as_f64(), Some(trainer.loss(&SMALL.batch(4)).unwrap()));
}

#[test]
fn an_earlier_export_is_replaced_and_anything_else_is_left_alone() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let dir = folder.path().join("out");
    std::fs::create_dir(&dir).unwrap();
    for _ in 0..2 {
        write(&dir, &SMALL, &SMALL.frames(), &run(&SMALL)).unwrap();
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 6);
    }
    std::fs::write(dir.join("thesis.tex"), "years of work").unwrap();
    let error = write(&dir, &SMALL, &SMALL.frames(), &run(&SMALL)).unwrap_err();
    assert!(error.is_input() && error.hint().is_some(), "{error}");
    assert!(dir.join("thesis.tex").exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary folder stays");
}

#[test]
fn what_cannot_be_written_or_run_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let dir = folder.path().join("out");
    for wrong in [
        ExportRun { probe: vec![5], ..run(&SMALL) },
        ExportRun { probe: vec![0], ..run(&SMALL) },
        ExportRun { steps: 0, probe: vec![], ..run(&SMALL) },
    ] {
        assert!(write(&dir, &SMALL, &SMALL.frames(), &wrong).unwrap_err().is_input());
    }
    // A run that fails half-way.
    assert!(write(&dir, &SMALL, &BTreeMap::new(), &run(&SMALL)).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // A parent that is a file.
    std::fs::write(&dir, "a file").unwrap();
    assert!(matches!(write(&dir.join("in"), &SMALL, &SMALL.frames(), &run(&SMALL)), Err(EngineError::Write { .. })));
    assert!(write(&dir, &SMALL, &SMALL.frames(), &run(&SMALL)).unwrap_err().is_input());
}
