//! Full fine-tuning: every adapted matrix moves, and its gradient is read where the weights are.

use ctlora::question::Quantity;
use serde_json::json;

use crate::fixture::{ask, values};

#[test]
fn full_training_and_the_adapter_start_at_one_model_and_part() {
    let all = ("trains", json!("all"));
    let at = |trains: &[(&str, serde_json::Value)], quantity, step: usize, side: &str| {
        let fields = [&[("step", json!(step)), ("side", json!(side))], trains].concat();
        ask(quantity, &fields)
    };
    let full = std::slice::from_ref(&all);
    let values = values(&[
        at(&[], Quantity::Loss, 1, "before"),
        at(full, Quantity::Loss, 1, "before"),
        at(&[], Quantity::GradientEffectiveRank, 1, "before"),
        at(full, Quantity::GradientEffectiveRank, 1, "before"),
        at(&[], Quantity::Loss, 5, "after"),
        at(full, Quantity::Loss, 5, "after"),
        at(&[], Quantity::GradientEffectiveRank, 5, "before"),
        at(full, Quantity::GradientEffectiveRank, 5, "before"),
    ]);
    // An adapter at zero adds exact zeros to sums of another length: a few roundings of a loss near 5.
    assert!((values[0] - values[1]).abs() <= 16.0 * f64::from(f32::EPSILON) * 5.0, "{} {}", values[0], values[1]);
    assert_eq!(values[2], values[3], "one gradient at step 1");
    assert!(values[5] < values[4], "more parameters, the same Adam steps: {} {}", values[5], values[4]);
    assert_ne!(values[6], values[7]);
}

#[test]
fn the_largest_rank_is_one_of_the_matrices() {
    let over = |over: &str| ask(Quantity::GradientEffectiveRank, &[("trains", json!("all")), ("over", json!(over))]);
    let values = values(&["max", "all", "tok_emb", "qkv", "proj", "up", "down"].map(over));
    assert!(values[0] > values[1], "the largest lies above the mean");
    assert!(values[2..].iter().all(|mean| *mean <= values[0]), "and above the mean of every type");
}

#[test]
fn energies_concentrate_more_than_values() {
    for quantity in [Quantity::GradientEffectiveRank, Quantity::ConstrainedEffectiveRank, Quantity::WeightEffectiveRank]
    {
        let of = |spectrum: &str| ask(quantity, &[("spectrum", json!(spectrum))]);
        let values = values(&["sigma", "sigma-squared"].map(of));
        assert!(values[1] < values[0], "{quantity}");
    }
}
