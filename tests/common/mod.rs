//! What the integration tests share: a store of their own, and a whole verification in one call.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use candle_core::Device;
use ctlora::judge::{Inquiry, PaperResult, judge};
use ctlora::lab::{Lab, Progress, ScaleName, Store, Surroundings};
use ctlora::paper::Paper;
use ctlora::question::Base;

/// The tests' store: never the user's. Its keys hold the engine's digest, so that no old engine can answer.
pub fn store() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("store")
}

/// Runs and judges a paper on both bases with the scale's own seeds. One at a time: tests on several threads would
/// otherwise train the same runs side by side.
pub fn verified(paper: &Paper, scale: ScaleName, only: Option<&str>) -> Result<PaperResult, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    verified_on(paper, scale, only, threads, store())
}

/// The same with a number of threads and a store.
pub fn verified_on(
    paper: &Paper,
    scale: ScaleName,
    only: Option<&str>,
    threads: usize,
    store: PathBuf,
) -> Result<PaperResult, String> {
    let scale_name = scale;
    let scale = scale.scale();
    let surroundings = Surroundings {
        scale,
        device: Device::Cpu,
        threads,
        checkpoint: None,
        checkpoint_digest: None,
        corpus: None,
        corpus_digest: None,
    };
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let store = Store::at(store, false).map_err(|e| text(&e))?;
    let lab = Lab::new(surroundings, store).map_err(|e| text(&e))?;
    let seeds: Vec<u64> = (1..=scale.seeds as u64).collect();
    let inquiry = Inquiry {
        scale: scale_name,
        bases: vec![Base::Crystallized, Base::Trained],
        seeds: seeds.clone(),
        only: only.map(str::to_owned),
        own_text: false,
    };
    let plan = lab.plan(&inquiry.questions(paper)).map_err(|e| text(&e))?;
    let answers = lab.run(&plan, &seeds, &Progress::hidden()).map_err(|e| text(&e))?;
    judge(paper, &inquiry, &answers).map_err(|e| text(&e))
}
