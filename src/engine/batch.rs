//! Batches, and the loss and gradients over one: sequence by sequence, reduced in order.

use std::collections::BTreeMap;

use candle_core::Var;
use candle_core::backprop::GradStore;
use rayon::prelude::*;

use super::config::ModelConfig;
use super::error::EngineError;
use super::network::Network;
use super::ops::Trained;
use crate::question::MatrixId;

/// Sequences of T + 1 tokens, all of one length.
pub type Batch = Vec<Vec<u32>>;

/// d loss / d parameter, row-major, for each matrix asked for.
pub(super) type Gradients = BTreeMap<MatrixId, Vec<f32>>;

/// Refuses a batch that the model cannot read.
pub(super) fn check(batch: &Batch, config: &ModelConfig) -> Result<(), EngineError> {
    let refuse = |message: String, hint: &str| Err(EngineError::Request { message, hint: hint.to_owned() });
    let Some(length) = batch.first().map(Vec::len) else {
        return refuse("the batch is empty".to_owned(), "give at least one sequence");
    };
    if length < 2 || batch.iter().any(|sequence| sequence.len() != length) {
        return refuse(
            "a batch needs sequences of one length, two tokens or more".to_owned(),
            "cut them to one length",
        );
    }
    if length - 1 > config.positions {
        let message = format!("the model has {} positions, the sequences need {}", config.positions, length - 1);
        return refuse(message, "use shorter sequences, or a model with more positions");
    }
    match batch.iter().flatten().find(|&&token| token as usize >= config.vocab) {
        Some(token) => {
            refuse(format!("token {token} in a vocabulary of {}", config.vocab), "use the corpus of this model")
        }
        None => Ok(()),
    }
}

/// The loss over a batch in nats, mean over tokens.
pub(super) fn loss(network: &Network, batch: &Batch) -> Result<f64, EngineError> {
    let mut total = 0.0;
    for sequence in batch {
        total += f64::from(network.loss(sequence)?.to_scalar::<f32>()?);
    }
    finite_loss(total / batch.len() as f64)
}

/// Where the gradient of one matrix arrives.
#[derive(Debug, Clone)]
pub(super) enum Leaf {
    Variable(Var),
    Trained(Trained),
}

impl Leaf {
    fn gradient(&self, store: &mut GradStore) -> candle_core::Result<Option<Vec<f32>>> {
        match self {
            Self::Variable(variable) => {
                store.remove(variable).map(|gradient| gradient.flatten_all()?.to_vec1()).transpose()
            }
            Self::Trained(trained) => Ok(trained.take_gradient()),
        }
    }
}

/// A network and the leaves to differentiate it by.
pub(super) type Differentiable = (Network, BTreeMap<MatrixId, Leaf>);

/// The loss over a batch and its gradient by each leaf.
///
/// Each sequence is differentiated on its own, in a network made by `fresh`. With `threads > 1` and several sequences,
/// that many run at a time, each on one thread; the sums are taken in the order of the batch, so the bits do not depend
/// on the thread count.
pub(super) fn gradients(
    fresh: &(dyn Fn() -> Result<Differentiable, EngineError> + Sync),
    batch: &Batch,
    threads: usize,
) -> Result<(f64, Gradients), EngineError> {
    let (mut loss, mut sums) = (0.0, Gradients::new());
    let mut accumulate = |(shard_loss, shard): (f64, Gradients)| {
        loss += shard_loss;
        if sums.is_empty() {
            sums = shard;
        } else {
            for (sum, shard) in sums.values_mut().zip(shard.values()) {
                sum.iter_mut().zip(shard).for_each(|(sum, x)| *sum += x);
            }
        }
    };
    if threads > 1 && batch.len() > 1 {
        for group in batch.chunks(threads) {
            let serial = |sequence: &Vec<u32>| {
                let (network, leaves) = fresh()?;
                differentiate(&Network { ops: network.ops.sequential(), ..network }, &leaves, sequence)
            };
            for shard in group.par_iter().map(serial).collect::<Vec<_>>() {
                accumulate(shard?);
            }
        }
    } else {
        for sequence in batch {
            let (network, leaves) = fresh()?;
            accumulate(differentiate(&network, &leaves, sequence)?);
        }
    }
    if batch.len() > 1 {
        let share = 1.0 / batch.len() as f32;
        sums.values_mut().for_each(|sum| sum.iter_mut().for_each(|x| *x *= share));
    }
    Ok((finite_loss(loss / batch.len() as f64)?, sums))
}

/// Loss and gradients of one sequence.
fn differentiate(
    network: &Network,
    leaves: &BTreeMap<MatrixId, Leaf>,
    sequence: &[u32],
) -> Result<(f64, Gradients), EngineError> {
    let loss = network.loss(sequence)?;
    let mut store = loss.backward()?;
    let mut gradients = Gradients::new();
    for (&id, leaf) in leaves {
        // Candle leaves out what it found no path to, without a word.
        let missing = || candle_core::Error::Msg(format!("no gradient reached {id}"));
        gradients.insert(id, leaf.gradient(&mut store)?.ok_or_else(missing)?);
    }
    Ok((f64::from(loss.to_scalar::<f32>()?), gradients))
}

fn finite_loss(loss: f64) -> Result<f64, EngineError> {
    if loss.is_finite() { Ok(loss) } else { Err(EngineError::NonFinite { what: "the loss".to_owned() }) }
}
