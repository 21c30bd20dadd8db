//! The thread count changes no bit: not of losses, gradients, alphas or trained weights.

use ctlora::engine::Trainer;
use ctlora::question::{Adapter, Head, Optimizer};

use crate::fixture::{SMALL, Small};

/// Wide enough that the products are large enough to be split among threads.
const WIDE: Small = Small { vocab: 1009, heads: 4, head_size: 16, layers: 2, tokens: 63, k: 16, seed: 1 };

#[test]
fn one_thread_and_two_give_the_same_bits() {
    for (small, sequences) in [(SMALL, 1), (WIDE, 1), (WIDE, 3)] {
        for adapter in [Adapter::Diag, Adapter::Core] {
            let batch = small.batch(sequences);
            let run = |threads| -> (Vec<f64>, Trainer) {
                let mut trainer = small.trainer(Head::Tied, adapter, Optimizer::adam(5e-3), threads);
                ((0..3).map(|_| trainer.step(&batch).unwrap()).collect(), trainer)
            };
            let ((losses, one), (others, two)) = (run(1), run(2));
            assert_eq!(losses, others);
            assert_eq!(one.alpha().unwrap(), two.alpha().unwrap());
            assert_eq!(one.full_gradients(&batch).unwrap(), two.full_gradients(&batch).unwrap());
        }
    }
}

#[test]
fn a_batch_is_the_mean_of_its_sequences() {
    let batch = WIDE.batch(3);
    let model = WIDE.model(Head::Tied, 2);
    let mean = batch.iter().map(|sequence| model.loss(&vec![sequence.clone()]).unwrap()).sum::<f64>() / 3.0;
    // Sums of f64 in another order.
    assert!((model.loss(&batch).unwrap() - mean).abs() < 1e-12);
}
