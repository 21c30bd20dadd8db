//! Full training of a base: every matrix, Adam, fresh batches, until it has learned more than word frequencies.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::batch::{self, Batch, Gradients};
use super::config::BaseTraining;
use super::error::EngineError;
use super::host::HostModel;
use super::model::Model;
use super::optimizer::Updater;
use crate::question::{Head, MatrixId, Optimizer};

/// Steps between two looks at the held-out loss once the first `training.steps` are done.
const LOOK_EVERY: usize = 10;

/// Trains every adapted matrix of `host` until the loss on `held_out` (nats) is below `target_loss`.
///
/// `batches(step)` gives the batch of each step, from 1; `progress(step)` is called after it. The held-out loss is
/// looked at after `training.steps` steps, then at every tenth. Biases, norms, positions and an untied head stay as
/// they are. Each sequence of a batch is differentiated on one thread and the gradients are summed in order, so that
/// the result does not depend on `threads`.
///
/// # Errors
/// The loss is still above the target after `training.most_steps`, or is not finite; `batches` fails.
#[expect(clippy::too_many_arguments, reason = "data, recipe, target, place: each is one thing")]
pub fn train_base(
    host: &HostModel,
    batches: &mut dyn FnMut(usize) -> Result<Batch, EngineError>,
    training: &BaseTraining,
    held_out: &Batch,
    target_loss: f64,
    device: &Device,
    threads: usize,
    progress: &dyn Fn(usize),
) -> Result<HostModel, EngineError> {
    // The seed draws a random head only; this head is the model's own.
    let model = Model::new(host, Head::Tied, 0, device, threads)?;
    batch::check(held_out, model.config())?;
    let mut matrices = model.matrices().clone();
    let optimizer = Optimizer::adam(training.lr);
    let mut updaters: BTreeMap<_, _> =
        matrices.iter().map(|(&id, matrix)| (id, Updater::new(optimizer, matrix.elem_count()))).collect();
    // A pool of its own: the caller's may be busy with other runs.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build().map_err(|error| {
        let message = format!("cannot start {threads} threads: {error}");
        EngineError::Request { message, hint: "ask for fewer".to_owned() }
    })?;
    for step in 1..=training.most_steps {
        let batch = batches(step)?;
        batch::check(&batch, model.config())?;
        pool.install(|| {
            let (_, gradients) = batch::gradients(&|| model.trainable(&matrices), &batch, threads)?;
            matrices = update(&matrices, &mut updaters, &gradients)?;
            Ok::<_, EngineError>(())
        })?;
        progress(step);
        let look = step >= training.steps && (step - training.steps).is_multiple_of(LOOK_EVERY);
        if look && pool.install(|| batch::loss(&model.trainable(&matrices)?.0, held_out))? < target_loss {
            return model.to_host(&matrices);
        }
    }
    Err(EngineError::NotTrained { steps: training.most_steps, target: target_loss })
}

/// Every matrix after one Adam step.
fn update(
    matrices: &BTreeMap<MatrixId, Tensor>,
    updaters: &mut BTreeMap<MatrixId, Updater>,
    gradients: &Gradients,
) -> Result<BTreeMap<MatrixId, Tensor>, EngineError> {
    let updated = |(id, updater): (&MatrixId, &mut Updater)| {
        let (Some(matrix), Some(gradient)) = (matrices.get(id), gradients.get(id)) else { return Ok(None) };
        let mut values = matrix.flatten_all()?.to_vec1::<f32>()?;
        updater.update(&mut values, gradient);
        Ok(Some((*id, Tensor::from_vec(values, matrix.shape(), matrix.device())?)))
    };
    updaters.par_iter_mut().map(updated).filter_map(Result::transpose).collect()
}
