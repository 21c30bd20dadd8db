//! CT-LoRA training: only alpha moves, between the frozen frames of every adapted matrix.

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};
use faer::{Mat, MatRef};

use super::batch::{self, Batch, Gradients, Leaf};
use super::error::EngineError;
use super::host::HostModel;
use super::model::{Model, network_logits, to_mat};
use super::network::Network;
use super::ops::{Adapted, Weight};
use super::optimizer::Updater;
use crate::linalg::Frame;
use crate::question::{Adapter, MatrixId, Optimizer};

/// A model with an adapter on every matrix, and the optimiser's state.
#[derive(Debug)]
pub struct Trainer {
    model: Model,
    network: Network,
    adapted: BTreeMap<MatrixId, Adapted>,
    alphas: BTreeMap<MatrixId, Var>,
    updaters: BTreeMap<MatrixId, Updater>,
    last_gradient: Gradients,
}

impl Trainer {
    /// An adapter on every matrix of `model`, alpha = 0: the base model.
    ///
    /// # Errors
    /// `frames` lacks a matrix, or has one of another shape.
    pub fn new(
        model: &Model,
        frames: &BTreeMap<MatrixId, Frame>,
        adapter: Adapter,
        optimizer: Optimizer,
    ) -> Result<Self, EngineError> {
        let (mut adapted, mut alphas, mut updaters) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for id in model.ids() {
            let frame = frames.get(&id).ok_or_else(|| mismatch(format!("{id} has no frame")))?;
            let weight = model.matrix(id)?;
            let (u, v) = (frame.u(), frame.v());
            if (u.nrows(), v.nrows()) != weight.dims2()? || u.ncols() != v.ncols() {
                return Err(mismatch(format!("the frame of {id} is not that of a {:?} matrix", weight.dims())));
            }
            let k = u.ncols();
            let (u, v) = (to_tensor(u, model)?, to_tensor(v, model)?);
            let alpha = match adapter {
                Adapter::Diag => Tensor::zeros(k, candle_core::DType::F32, model.device())?,
                Adapter::Core => Tensor::zeros((k, k), candle_core::DType::F32, model.device())?,
            };
            let alpha = Var::from_tensor(&alpha)?;
            updaters.insert(id, Updater::new(optimizer, alpha.elem_count()));
            let stacked = Tensor::cat(&[weight, &u], 1)?.contiguous()?;
            adapted.insert(id, Adapted { stacked, v, alpha: alpha.as_tensor().clone(), adapter });
            alphas.insert(id, alpha);
        }
        let network = model.network(|id| match adapted.get(&id) {
            Some(adapted) => Ok(Weight::Adapted(adapted.clone())),
            None => Err(mismatch(format!("{id} has no frame"))),
        })?;
        Ok(Self { model: model.clone(), network, adapted, alphas, updaters, last_gradient: Gradients::new() })
    }

    /// The loss with the present alpha, without an update: nats, mean over tokens.
    ///
    /// # Errors
    /// A batch that the model cannot read; a loss that is not finite.
    pub fn loss(&self, batch: &Batch) -> Result<f64, EngineError> {
        batch::check(batch, self.model.config())?;
        batch::loss(&self.network, batch)
    }

    /// Logits of the word after each of `tokens [T]` with the present alpha: `[T, V]`.
    ///
    /// # Errors
    /// As [`Self::loss`].
    pub fn logits(&self, tokens: &[u32]) -> Result<Mat<f64>, EngineError> {
        network_logits(&self.network, self.model.config(), tokens)
    }

    /// One update of alpha. Returns the loss before it.
    ///
    /// # Errors
    /// As [`Self::loss`], or an alpha that no gradient reached, or one that is not finite.
    pub fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
        let (loss, gradients) = self.gradients(batch)?;
        for (id, alpha) in &self.alphas {
            let (Some(updater), Some(gradient)) = (self.updaters.get_mut(id), gradients.get(id)) else { continue };
            let mut values = alpha.flatten_all()?.to_vec1::<f32>()?;
            updater.update(&mut values, gradient);
            alpha.set(&Tensor::from_vec(values, alpha.shape(), alpha.device())?)?;
        }
        self.last_gradient = gradients;
        Ok(loss)
    }

    /// The present alpha: `[K, 1]` for diag, `[K, K]` for core.
    ///
    /// # Errors
    /// The device cannot be read.
    pub fn alpha(&self) -> Result<BTreeMap<MatrixId, Mat<f64>>, EngineError> {
        let values = |(&id, alpha): (&MatrixId, &Var)| -> Result<_, EngineError> {
            Ok((id, to_mat(&alpha.flatten_all()?.to_vec1::<f32>()?, self.alpha_shape(alpha))))
        };
        self.alphas.iter().map(values).collect()
    }

    /// d loss / d alpha at the last step, before its update, in the shapes of [`Self::alpha`]; empty before any step.
    pub fn alpha_gradient(&self) -> BTreeMap<MatrixId, Mat<f64>> {
        self.shaped(&self.last_gradient)
    }

    /// d loss / d alpha on `batch`, without an update.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn alpha_gradient_at(&self, batch: &Batch) -> Result<BTreeMap<MatrixId, Mat<f64>>, EngineError> {
        Ok(self.shaped(&self.gradients(batch)?.1))
    }

    /// dL/dW' `[out, in]` at the merged weights.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn full_gradients(&self, batch: &Batch) -> Result<BTreeMap<MatrixId, Mat<f64>>, EngineError> {
        self.model.full_gradients_at(batch, &self.merged_matrices()?)
    }

    /// The model with the adapter merged into its weights.
    ///
    /// # Errors
    /// The device cannot be read.
    pub fn merged(&self) -> Result<HostModel, EngineError> {
        self.model.to_host(&self.merged_matrices()?)
    }

    /// Every W' `[out, in]`.
    fn merged_matrices(&self) -> Result<BTreeMap<MatrixId, Tensor>, EngineError> {
        let ops = self.model.ops();
        let merged = |(&id, adapted): (&MatrixId, &Adapted)| -> Result<_, EngineError> {
            Ok((id, ops.adapted_rows(&adapted.stacked, adapted)?.detach()))
        };
        self.adapted.iter().map(merged).collect()
    }

    fn gradients(&self, batch: &Batch) -> Result<(f64, Gradients), EngineError> {
        batch::check(batch, self.model.config())?;
        let fresh = || {
            let leaves = self.alphas.iter().map(|(&id, alpha)| (id, Leaf::Variable(alpha.clone()))).collect();
            Ok((self.network.clone(), leaves))
        };
        let (loss, gradients) = batch::gradients(&fresh, batch, self.model.threads())?;
        match gradients.iter().find(|(_, gradient)| gradient.iter().any(|x| !x.is_finite())) {
            Some((id, _)) => Err(EngineError::NonFinite { what: format!("the alpha gradient of {id}") }),
            None => Ok((loss, gradients)),
        }
    }

    fn alpha_shape(&self, alpha: &Var) -> (usize, usize) {
        match *alpha.dims() {
            [rows, cols] => (rows, cols),
            _ => (alpha.elem_count(), 1),
        }
    }

    fn shaped(&self, gradients: &Gradients) -> BTreeMap<MatrixId, Mat<f64>> {
        let shape = |id| self.alphas.get(&id).map(|alpha| self.alpha_shape(alpha));
        gradients.iter().filter_map(|(&id, gradient)| Some((id, to_mat(gradient, shape(id)?)))).collect()
    }
}

/// An f64 frame side as an f32 tensor on the model's device.
fn to_tensor(side: MatRef<'_, f64>, model: &Model) -> Result<Tensor, EngineError> {
    let (rows, cols) = side.shape();
    let values: Vec<f32> = (0..rows).flat_map(|i| (0..cols).map(move |j| side[(i, j)] as f32)).collect();
    Ok(Tensor::from_vec(values, (rows, cols), model.device())?)
}

fn mismatch(message: String) -> EngineError {
    EngineError::Request { message, hint: "every adapted matrix needs a frame U [out, K], V [in, K]".to_owned() }
}
