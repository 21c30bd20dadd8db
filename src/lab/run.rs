//! One training trajectory, and what is read at its probed steps.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::LabError;
use super::world::World;
use crate::engine::{Batch as Tokens, Trainer};
use crate::linalg::{Frame, gram_singular_values};
use crate::measure::{Core, CoverageNull, NullDraw, effective_rank};
use crate::question::{self, Adapter, Base, Batch, Head, MatrixId, Optimizer};
use crate::seed;

/// Draws of the plug-in null behind every measured coverage (science.md: 199 or more).
pub const NULL_DRAWS: usize = 199;

/// Below this share of the full gradient's norm, the alpha gradient is rounding noise, which Adam would blow up to
/// full-size steps (science.md, "Confounding and intervention").
const LEAST_ALPHA_GRADIENT: f64 = 1e-5;

/// A trajectory: the part of a condition that training depends on. `k` is at the scale's own size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub base: Base,
    pub head: Head,
    pub adapter: Adapter,
    pub frame: question::Frame,
    pub batch: Batch,
    pub optimizer: Optimizer,
    pub k: usize,
}

/// What is asked of one step of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub before: bool,
    pub after: bool,
    pub held_out_before: bool,
    pub held_out_after: bool,
    /// The base's loss on the same texts.
    pub base: bool,
    /// The full gradient before the update, seen through the frames.
    pub gradient: bool,
    /// The effective rank of the frozen weights.
    pub weights: bool,
}

impl Asked {
    /// Both questions at once.
    pub const fn and(self, other: Self) -> Self {
        Self {
            before: self.before || other.before,
            after: self.after || other.after,
            held_out_before: self.held_out_before || other.held_out_before,
            held_out_after: self.held_out_after || other.held_out_after,
            base: self.base || other.base,
            gradient: self.gradient || other.gradient,
            weights: self.weights || other.weights,
        }
    }

    const fn needs_update(self) -> bool {
        self.after || self.held_out_after
    }
}

/// The probed steps of a run and what is asked of each.
pub type Probes = BTreeMap<usize, Asked>;

/// What was read at one step. Losses in nats, mean over tokens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub asked: Asked,
    pub before: Option<f64>,
    pub after: Option<f64>,
    pub held_out_before: Option<f64>,
    pub held_out_after: Option<f64>,
    pub base: Option<f64>,
    pub held_out_base: Option<f64>,
    pub gradients: BTreeMap<MatrixId, GradientReading>,
    pub weight_effective_rank: BTreeMap<MatrixId, f64>,
}

/// One matrix's gradient at one step, and what Haar frames see of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientReading {
    /// |G|_F
    pub norm: f64,
    pub effective_rank: f64,
    pub seen: NullDraw,
    /// The same measures through [`NULL_DRAWS`] pairs of Haar frames.
    pub null: Vec<NullDraw>,
}

/// A finished run: the readings of all its probes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub readings: BTreeMap<usize, Reading>,
}

impl Record {
    /// True where every probe was read.
    pub fn covers(&self, probes: &Probes) -> bool {
        probes.iter().all(|(step, &asked)| {
            self.readings.get(step).is_some_and(|reading| reading.asked.and(asked) == reading.asked)
        })
    }

    /// Keeps what an earlier record of the same run read and this one did not.
    pub fn absorb(&mut self, earlier: Self) {
        for (step, reading) in earlier.readings {
            let replaced = self.readings.get(&step).map(|own| own.asked);
            if replaced.is_none_or(|own| own.and(reading.asked) == reading.asked) {
                self.readings.insert(step, reading);
            }
        }
    }

    /// What this record has answers to.
    pub fn probes(&self) -> Probes {
        self.readings.iter().map(|(&step, reading)| (step, reading.asked)).collect()
    }
}

/// Trains `run` to its last probe and reads every probe on the way. `tick` is called after each step.
///
/// # Errors
/// K too large for a matrix, an alpha gradient lost in rounding noise, a diverged run, a failed SVD.
pub fn execute(world: &World, run: &Run, probes: &Probes, tick: &dyn Fn()) -> Result<Record, LabError> {
    let frames = world.frames(run)?;
    let model = world.model(run.head);
    let mut trainer = Trainer::new(model, &frames, run.adapter, run.optimizer)?;
    let last = probes.keys().next_back().copied().unwrap_or(0);
    let held_out = world.held_out()?;
    let mut readings = BTreeMap::new();
    for step in 1..=last {
        let batch = world.batch(run.batch, step)?;
        let asked = probes.get(&step).copied().unwrap_or_default();
        let mut reading = Reading { asked, ..Reading::default() };
        if asked.gradient {
            let clock = world.clocks.measuring.start();
            reading.gradients = gradients(world, run, step, &trainer, &frames, &batch)?;
            drop(clock);
        }
        if asked.weights {
            reading.weight_effective_rank = world.weight_effective_ranks()?;
        }
        if asked.held_out_before {
            reading.held_out_before = Some(trainer.loss(&held_out)?);
        }
        if asked.base {
            reading.base = Some(model.loss(&batch)?);
            reading.held_out_base = Some(model.loss(&held_out)?);
        }
        if step == 1 && (last > 1 || asked.needs_update()) {
            refuse_noise(world, run, &frames)?;
        }
        let clock = world.clocks.training.start();
        reading.before = match step < last || asked.needs_update() {
            true => Some(trainer.step(&batch)?),
            false if asked.before => Some(trainer.loss(&batch)?),
            false => None,
        };
        if asked.after {
            reading.after = Some(trainer.loss(&batch)?);
        }
        if asked.held_out_after {
            reading.held_out_after = Some(trainer.loss(&held_out)?);
        }
        drop(clock);
        if probes.contains_key(&step) {
            readings.insert(step, reading);
        }
        tick();
    }
    Ok(Record { readings })
}

fn gradients(
    world: &World,
    run: &Run,
    step: usize,
    trainer: &Trainer,
    frames: &BTreeMap<MatrixId, Frame>,
    batch: &Tokens,
) -> Result<BTreeMap<MatrixId, GradientReading>, LabError> {
    let later;
    let gradients = if step == 1 {
        world.first_gradients(run.head)?
    } else {
        later = trainer.full_gradients(batch)?;
        &later
    };
    let readings = gradients.par_iter().map(|(&id, gradient)| {
        let frame = frames.get(&id).ok_or_else(|| LabError::missing(id, "frame"))?;
        let core = Core::of(gradient.as_ref(), frame)?;
        // At step 1 alpha is zero and every K sees one and the same gradient: it is decomposed once, and its null draws
        // are shared, K nested in K.
        let (spectrum, null) = if step == 1 {
            (world.first_spectrum(run.head, id)?.to_vec(), world.first_null(run.head, run.k, id)?.to_vec())
        } else {
            let spectrum = gram_singular_values(gradient.as_ref())?;
            let _clock = world.clocks.null.start();
            let mut random = seed::stream(world.seed, &format!("null/{:?}/{step}/{id}", run.head));
            let null = CoverageNull::new(&spectrum, gradient.nrows(), gradient.ncols())?;
            let draws = null.draws(&[run.k], NULL_DRAWS, &mut random)?;
            (spectrum, draws.into_iter().flatten().collect())
        };
        let seen = NullDraw {
            core: core.coverage(run.k),
            diagonal: core.diagonal_coverage(run.k),
            constrained_effective_rank: core.constrained_effective_rank(run.k)?,
        };
        Ok((id, GradientReading { norm: core.gradient_norm(), effective_rank: effective_rank(&spectrum)?, seen, null }))
    });
    readings.collect()
}

/// Stops a run whose alpha gradient is rounding noise: under Adam its trajectory would mean nothing.
fn refuse_noise(world: &World, run: &Run, frames: &BTreeMap<MatrixId, Frame>) -> Result<(), LabError> {
    // Only frames made from the gradient can miss it so completely; Haar and W's own frames cannot.
    if !matches!(run.optimizer, Optimizer::Adam { .. })
        || !matches!(run.frame, question::Frame::RotatedGradient | question::Frame::Mixture(_))
    {
        return Ok(());
    }
    let (mut alpha, mut full) = (0.0, 0.0);
    for (id, gradient) in world.first_gradients(run.head)? {
        let frame = frames.get(id).ok_or_else(|| LabError::missing(*id, "frame"))?;
        let core = Core::of(gradient.as_ref(), frame)?;
        alpha += core.diagonal().iter().map(|x| x * x).sum::<f64>();
        full += core.gradient_norm().powi(2);
    }
    let share = (alpha / full).sqrt();
    if share < LEAST_ALPHA_GRADIENT {
        return Err(LabError::Noise { frame: run.frame, k: run.k, share });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_what_an_earlier_one_read_besides() {
        let reading = |asked: Asked| Reading { asked, ..Reading::default() };
        let after = Asked { after: true, ..Asked::default() };
        let both = Asked { before: true, after: true, ..Asked::default() };
        let earlier = Record { readings: BTreeMap::from([(1, reading(both)), (40, reading(after))]) };
        let mut record = Record { readings: BTreeMap::from([(1, reading(after)), (2, reading(after))]) };
        record.absorb(earlier);
        assert_eq!(record.probes(), Probes::from([(1, both), (2, after), (40, after)]));
    }
}
