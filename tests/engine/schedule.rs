//! A change of K (Paper 81's protocol): shared alphas are kept, new ones start at 0, the optimiser is reset.

use std::collections::BTreeMap;

use ctlora::engine::Trainer;
use ctlora::linalg::Frame;
use ctlora::question::{Adapter, Head, MatrixId, Optimizer};

use crate::fixture::{SMALL, Small};

const WIDE: Small = Small { k: 6, ..SMALL };

fn first(k: usize) -> BTreeMap<MatrixId, Frame> {
    WIDE.frames().into_iter().map(|(id, frame)| (id, frame.truncated(k).unwrap())).collect()
}

fn trained(k: usize, adapter: Adapter) -> Trainer {
    let mut trainer = Trainer::new(&WIDE.model(Head::Tied, 1), &first(k), adapter, Optimizer::adam(5e-2)).unwrap();
    for _ in 0..3 {
        trainer.step(&WIDE.batch(1)).unwrap();
    }
    trainer
}

#[test]
fn a_larger_k_is_the_same_model_with_new_alphas_at_zero() {
    for adapter in [Adapter::Diag, Adapter::Core] {
        let small = trained(2, adapter);
        let large = small.continued(&first(6)).unwrap();
        for (id, old) in small.alpha().unwrap() {
            let new = &large.alpha().unwrap()[&id];
            for i in 0..new.nrows() {
                for j in 0..new.ncols() {
                    let kept = if i < old.nrows() && j < old.ncols() { old[(i, j)] } else { 0.0 };
                    assert_eq!(new[(i, j)], kept, "{id} {i} {j}");
                }
            }
        }
        // U 0 V^T adds exact zeros; sums of another length round a loss of order 10 in a few places.
        let (a, b) = (small.loss(&WIDE.batch(1)).unwrap(), large.loss(&WIDE.batch(1)).unwrap());
        assert!((a - b).abs() <= 16.0 * f64::from(f32::EPSILON) * 10.0, "{a} {b}");
    }
}

#[test]
fn a_smaller_k_keeps_the_first_alphas_and_drops_the_others() {
    for adapter in [Adapter::Diag, Adapter::Core] {
        let large = trained(6, adapter);
        let small = large.continued(&first(2)).unwrap();
        for (id, new) in small.alpha().unwrap() {
            let old = &large.alpha().unwrap()[&id];
            assert_eq!(new, old.submatrix(0, 0, new.nrows(), new.ncols()).to_owned(), "{id}");
        }
    }
}

#[test]
fn the_optimiser_starts_anew() {
    // Adam's first step is -lr g / (|g| + eps), whatever came before. Alphas below 0.4 in f32 differ exactly to 1e-7.
    let old = trained(6, Adapter::Diag);
    let mut reset = old.continued(&first(6)).unwrap();
    let before = reset.alpha().unwrap();
    assert_eq!(before, old.alpha().unwrap());
    reset.step(&WIDE.batch(1)).unwrap();
    let gradients = reset.alpha_gradient();
    for (id, after) in reset.alpha().unwrap() {
        for i in 0..6 {
            let (step, g) = (after[(i, 0)] - before[&id][(i, 0)], gradients[&id][(i, 0)]);
            assert!((step + 5e-2 * g / (g.abs() + 1e-8)).abs() < 2e-7, "{id} {i}: {step}");
        }
    }
}
