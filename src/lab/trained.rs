//! The second base: the crystallized one after full training, kept in the store.

use super::clocks::Clocks;
use super::store::Store;
use super::world::Surroundings;
use super::{LabError, Progress};
use crate::engine::{Corpus, HostModel, read_checkpoint, train_base, write_checkpoint};

/// Trains `start` until its held-out loss is below the held-out unigram entropy (science.md, "Default base").
///
/// # Errors
/// Training diverged or never got there, or the store cannot be written.
pub fn base(
    surroundings: &Surroundings,
    corpus: &Corpus,
    start: impl FnOnce() -> Result<HostModel, LabError>,
    seed: u64,
    store: &Store,
    clocks: &Clocks,
    progress: &Progress,
) -> Result<HostModel, LabError> {
    let scale = &surroundings.scale;
    let key = Store::key(&("trained base", scale, seed, super::device_name(&surroundings.device), corpus.digest()))?;
    if let Some(folder) = store.folder(&key)
        && let Ok(model) = read_checkpoint(&folder)
    {
        return Ok(model);
    }
    let start = start()?;
    let clock = clocks.base_training.start();
    progress.say(format!("training the second base, seed {seed}: {} steps", scale.training.steps));
    // Steps of the base's own training are numbered from 1,000,001 on: their batches are not the adapters' batches.
    let mut batches = |step: usize| corpus.batch(seed, 1_000_000 + step, scale.training.batch, scale.length);
    // Nor are the sequences that tell it when to stop those behind any held-out loss: they are another seed's.
    let held_out = corpus.held_out_batch(!seed, 4 * scale.held_out, scale.length)?;
    let target = corpus.held_out_unigram_entropy();
    let model = train_base(
        &start,
        &mut batches,
        &scale.training,
        &held_out,
        target,
        &surroundings.device,
        surroundings.threads,
        &|step| progress.base_step(step, scale.training.steps),
    )?;
    drop(clock);
    store.keep_folder(&key, |folder| Ok(write_checkpoint(folder, &model)?))?;
    Ok(model)
}
