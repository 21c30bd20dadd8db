//! Dropout on alpha and its ablation: what a mask changes, and what it leaves alone.

use std::collections::BTreeMap;

use ctlora::engine::{Mask, Trainer};
use ctlora::question::{Adapter, Head, Kept, MatrixId, Optimizer, Rate};
use faer::Mat;

use crate::fixture::SMALL;

const ADAM: Optimizer = Optimizer::Adam { lr: 5e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/// A trainer with three steps behind it: every alpha has moved.
fn trained(adapter: Adapter) -> Trainer {
    let mut trainer = SMALL.trainer(Head::Tied, adapter, ADAM, 1);
    for _ in 0..3 {
        trainer.step(&SMALL.batch(1)).unwrap();
    }
    trainer
}

/// A mask that drops nothing.
fn ones(trainer: &Trainer) -> Mask {
    Mask::kept(&trainer.alpha_shapes(), Kept::All)
}

fn half(trainer: &Trainer, step: usize) -> Mask {
    Mask::dropout(&trainer.alpha_shapes(), Rate::new(50).unwrap(), 1, step)
}

/// Whether each entry is zero, matrix by matrix.
fn zeros(all: &BTreeMap<MatrixId, Mat<f64>>) -> Vec<bool> {
    all.values().flat_map(|m| (0..m.nrows()).flat_map(move |i| (0..m.ncols()).map(move |j| m[(i, j)] == 0.0))).collect()
}

#[test]
fn a_mask_that_drops_nothing_is_no_mask() {
    for adapter in [Adapter::Diag, Adapter::Core] {
        let (mut plain, mut masked) = (trained(adapter), trained(adapter));
        let batch = SMALL.batch(1);
        assert_eq!(masked.masked_loss(&batch, &ones(&masked)).unwrap(), plain.loss(&batch).unwrap());
        let mask = ones(&masked);
        assert_eq!(masked.masked_step(&batch, &mask).unwrap(), plain.step(&batch).unwrap());
        assert_eq!(masked.alpha().unwrap(), plain.alpha().unwrap());
        masked.multiply_alpha(&mask).unwrap();
        assert_eq!(masked.alpha().unwrap(), plain.alpha().unwrap());
    }
}

#[test]
fn a_masked_loss_is_that_of_the_masked_alpha_and_leaves_alpha_alone() {
    let trainer = trained(Adapter::Diag);
    let (batch, mask) = (SMALL.batch(1), half(&trainer, 1));
    let mut zeroed = trained(Adapter::Diag);
    zeroed.multiply_alpha(&mask).unwrap();
    assert_eq!(trainer.masked_loss(&batch, &mask).unwrap(), zeroed.loss(&batch).unwrap());
    assert_ne!(trainer.masked_loss(&batch, &mask).unwrap(), trainer.loss(&batch).unwrap());
    assert_eq!(trainer.alpha().unwrap(), trained(Adapter::Diag).alpha().unwrap());
}

#[test]
fn a_dropped_alpha_gets_no_gradient_and_the_others_that_of_the_masked_model() {
    let mut trainer = trained(Adapter::Diag);
    let (batch, mask) = (SMALL.batch(1), half(&trainer, 1));
    let mut zeroed = trained(Adapter::Diag);
    zeroed.multiply_alpha(&mask).unwrap();
    let dropped = zeros(&zeroed.alpha().unwrap());
    let of_model = zeroed.alpha_gradient_at(&batch).unwrap();
    trainer.masked_step(&batch, &mask).unwrap();
    let got = trainer.alpha_gradient();
    assert_eq!(zeros(&got), dropped, "exactly the dropped ones");
    for (id, gradient) in &got {
        for i in 0..gradient.nrows() {
            assert!(gradient[(i, 0)] == 0.0 || gradient[(i, 0)] == of_model[id][(i, 0)], "{id}");
        }
    }
    assert!(dropped.contains(&true) && dropped.contains(&false));
}

#[test]
fn a_rescaled_mask_scales_the_gradient_by_the_chain_rule() {
    // d L(c m alpha) / d alpha = c m L'(c m alpha), c = 1 / (1 - 1/2) = 2, exact in f32.
    let rate = Rate::new(50).unwrap();
    let mut trainer = trained(Adapter::Diag);
    let (batch, mask) = (SMALL.batch(1), half(&trainer, 1).rescaled(rate));
    let mut scaled = trained(Adapter::Diag);
    scaled.multiply_alpha(&mask).unwrap();
    let of_model = scaled.alpha_gradient_at(&batch).unwrap();
    trainer.masked_step(&batch, &mask).unwrap();
    for (id, gradient) in trainer.alpha_gradient() {
        for i in 0..gradient.nrows() {
            assert!(gradient[(i, 0)] == 0.0 || gradient[(i, 0)] == 2.0 * of_model[&id][(i, 0)], "{id}");
        }
    }
}

#[test]
fn zeroing_in_place_keeps_the_optimiser_s_state() {
    // Adam's first step is -lr g / (|g| + eps); with running means behind it, it is not.
    let mut trainer = trained(Adapter::Diag);
    let mask = half(&trainer, 1);
    trainer.multiply_alpha(&mask).unwrap();
    let before = trainer.alpha().unwrap();
    let mut fresh = trainer.continued(&SMALL.frames()).unwrap();
    assert_eq!(fresh.alpha().unwrap(), before, "the same alpha, a new optimiser");
    let steps_as_the_first = |trainer: &mut Trainer| -> Vec<bool> {
        trainer.step(&SMALL.batch(1)).unwrap();
        let (after, gradients) = (trainer.alpha().unwrap(), trainer.alpha_gradient());
        let entries = after.iter().flat_map(|(&id, alpha)| (0..alpha.nrows()).map(move |i| (id, i)));
        let as_the_first = |(id, i): (MatrixId, usize)| {
            let (step, g) = (after[&id][(i, 0)] - before[&id][(i, 0)], gradients[&id][(i, 0)]);
            // Alphas stay below 4 steps of 0.05; differences of such f32 numbers are exact to 1e-7.
            (step + 5e-2 * g / (g.abs() + 1e-8)).abs() < 2e-7
        };
        entries.map(as_the_first).collect()
    };
    assert!(steps_as_the_first(&mut fresh).iter().all(|&first| first));
    assert!(steps_as_the_first(&mut trainer).contains(&false));
}

#[test]
fn a_mask_of_other_shapes_is_refused() {
    let trainer = trained(Adapter::Diag);
    let foreign = ones(&trained(Adapter::Core));
    let error = trainer.masked_loss(&SMALL.batch(1), &foreign).unwrap_err();
    assert!(error.is_input() && error.to_string().contains("mask"), "{error}");
}
