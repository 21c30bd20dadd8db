//! Learners that differ from the engine's in one thing each. Some are sound, some are somebody's mistake.

use std::collections::BTreeMap;

use faer::Mat;

use crate::detect::Learner;
use crate::engine::{Batch, EngineError, HostHead, HostMatrix, HostModel, Mask, Model, Trainer};
use crate::linalg::Frame;
use crate::question::{Head, MatrixId, Rate};

/// The engine's model of stored weights, its head their own.
pub fn plain(weights: &HostModel) -> Result<Model, EngineError> {
    Model::new(weights, Head::Tied, 0, &candle_core::Device::Cpu, 1)
}

/// The two methods that every learner has.
macro_rules! around {
    () => {
        fn trainer(&self) -> &Trainer {
            &self.0
        }

        fn trainer_mut(&mut self) -> &mut Trainer {
            &mut self.0
        }
    };
}

/// Reports each step's loss after its update.
pub struct ReadAfter(pub Trainer);

impl Learner for ReadAfter {
    around!();

    fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
        self.0.step(batch)?;
        self.0.loss(batch)
    }
}

/// Reports a running mean of the losses.
pub struct Smoothed(pub Trainer, pub Option<f64>);

impl Learner for Smoothed {
    around!();

    fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
        let loss = self.0.step(batch)?;
        let mean = self.1.map_or(loss, |mean| 0.9 * mean + 0.1 * loss);
        self.1 = Some(mean);
        Ok(mean)
    }
}

/// Steps on the batch of the step before: a data loader that runs behind.
pub struct Behind(pub Trainer, pub Option<Batch>);

impl Learner for Behind {
    around!();

    fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
        let loss = self.0.loss(batch)?;
        let last = self.1.replace(batch.clone());
        self.0.step(last.as_ref().unwrap_or(batch))?;
        Ok(loss)
    }
}

/// Goes on with the optimiser's state where it should start anew.
pub struct Unreset(pub Trainer);

impl Learner for Unreset {
    around!();

    fn restart(&mut self, _: &BTreeMap<MatrixId, Frame>) -> Result<(), EngineError> {
        Ok(())
    }
}

/// Divides the gradient of alpha by K: a mean where the adapter has a sum.
pub struct Averaged(pub Trainer);

fn averaged(mut gradients: BTreeMap<MatrixId, Mat<f64>>) -> BTreeMap<MatrixId, Mat<f64>> {
    for gradient in gradients.values_mut() {
        *gradient *= faer::Scale(1.0 / gradient.nrows() as f64);
    }
    gradients
}

impl Learner for Averaged {
    around!();

    fn alpha_gradient(&self) -> BTreeMap<MatrixId, Mat<f64>> {
        averaged(self.0.alpha_gradient())
    }

    fn alpha_gradient_at(&self, batch: &Batch) -> Result<BTreeMap<MatrixId, Mat<f64>>, EngineError> {
        Ok(averaged(self.0.alpha_gradient_at(batch)?))
    }
}

/// Merges the adapter into weights that already hold it.
pub struct MergedTwice(pub Trainer, pub HostModel);

impl Learner for MergedTwice {
    around!();

    fn merged(&self) -> Result<HostModel, EngineError> {
        let mut merged = self.0.merged()?;
        for (id, matrix) in &mut merged.matrices {
            if let Some(base) = self.1.matrices.get(id) {
                matrix.data.iter_mut().zip(&base.data).for_each(|(x, base)| *x += *x - base);
            }
        }
        Ok(merged)
    }
}

/// What dropout does with the entries that it drops.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Drop {
    /// Masks them for one pass.
    Masks,
    /// Sets them to zero for good.
    Destroys,
}

/// Drops entries of alpha at each step.
pub struct Dropping {
    pub trainer: Trainer,
    pub rate: Rate,
    pub drop: Drop,
    pub steps: usize,
}

impl Learner for Dropping {
    fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    fn trainer_mut(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
        self.steps += 1;
        let mask = Mask::dropout(&self.trainer.alpha_shapes(), self.rate, 1, self.steps);
        let loss = self.trainer.masked_step(batch, &mask)?;
        if self.drop == Drop::Destroys {
            self.trainer.multiply_alpha(&mask)?;
        }
        Ok(loss)
    }
}

/// A learner whose model is another than its trainer's: what it answers comes from `weights`.
pub struct Through<W> {
    pub trainer: Trainer,
    pub steps: usize,
    /// The model after so many steps, from the trainer's merged one.
    pub weights: W,
}

impl<W: Fn(HostModel, usize) -> HostModel> Learner for Through<W> {
    fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    fn trainer_mut(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
        let loss = self.loss(batch)?;
        self.trainer.step(batch)?;
        self.steps += 1;
        Ok(loss)
    }

    fn loss(&self, batch: &Batch) -> Result<f64, EngineError> {
        plain(&self.merged()?)?.loss(batch)
    }

    fn logits(&self, tokens: &[u32]) -> Result<Mat<f64>, EngineError> {
        plain(&self.merged()?)?.logits(tokens)
    }

    fn merged(&self) -> Result<HostModel, EngineError> {
        Ok((self.weights)(self.trainer.merged()?, self.steps))
    }
}

/// From the first step on the head is a copy of `embedding`, which training no longer moves.
pub fn stale_head(mut model: HostModel, steps: usize, embedding: &HostMatrix) -> HostModel {
    if steps > 0 && model.head == HostHead::Tied {
        model.head = HostHead::Untied(embedding.clone());
    }
    model
}

/// A norm that is said to be frozen grows at each step.
pub fn drifting_norm(mut model: HostModel, steps: usize) -> HostModel {
    model.final_norm.weight.iter_mut().for_each(|gain| *gain *= 1.0 + 0.01 * steps as f32);
    model
}

/// The embedding less the mean of its rows: somebody's normalisation of the table, done anew at every look-up.
pub fn centred(mut model: HostModel, _: usize) -> HostModel {
    if let Some(embedding) = model.matrices.get_mut(&MatrixId::TokEmb) {
        let (rows, cols) = (embedding.rows, embedding.cols);
        let mean = |col: usize| embedding.data.iter().skip(col).step_by(cols).sum::<f32>() / rows as f32;
        let means: Vec<f32> = (0..cols).map(mean).collect();
        embedding.data.iter_mut().zip(means.iter().cycle()).for_each(|(x, mean)| *x -= mean);
    }
    model
}

/// A learner whose loss is a function of its own logits `[T, V]` and a sequence of T + 1 tokens.
pub struct Scored<L, S> {
    pub trainer: Trainer,
    pub logits: L,
    pub score: S,
}

impl<L, S> Learner for Scored<L, S>
where
    L: Fn(Mat<f64>, &[u32]) -> Mat<f64>,
    S: Fn(&Mat<f64>, &[u32]) -> f64,
{
    fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    fn trainer_mut(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
        let loss = self.loss(batch)?;
        self.trainer.step(batch)?;
        Ok(loss)
    }

    fn loss(&self, batch: &Batch) -> Result<f64, EngineError> {
        let mut total = 0.0;
        for sequence in batch {
            let inputs = &sequence[..sequence.len().saturating_sub(1)];
            total += (self.score)(&self.logits(inputs)?, sequence);
        }
        Ok(total / batch.len() as f64)
    }

    fn logits(&self, tokens: &[u32]) -> Result<Mat<f64>, EngineError> {
        Ok((self.logits)(self.trainer.logits(tokens)?, tokens))
    }
}

/// Mean of -ln softmax(logits)[target], nats.
pub fn cross_entropy(logits: &Mat<f64>, targets: &[u32]) -> f64 {
    let of_row = |(row, &target): (usize, &u32)| {
        let sum: f64 = logits.row(row).iter().map(|x| x.exp()).sum();
        sum.ln() - logits[(row, target as usize)]
    };
    let rows = logits.nrows().min(targets.len());
    targets[..rows].iter().enumerate().map(of_row).sum::<f64>() / rows as f64
}
