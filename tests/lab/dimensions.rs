//! Schedules of K and K per layer, through whole runs.

use ctlora::question::{Quantity, Question};
use serde_json::{Value, json};

use crate::fixture::{ask, outcomes, values};

fn loss(fields: &[(&str, Value)]) -> Question {
    ask(Quantity::Loss, fields)
}

/// After the update of `step`, and before the next one.
fn around(step: usize, fields: &[(&str, Value)]) -> [Question; 2] {
    [(step, "after"), (step + 1, "before")]
        .map(|(step, side)| loss(&[fields, &[("step", json!(step)), ("side", json!(side))]].concat()))
}

#[test]
fn before_its_change_a_schedule_is_its_first_k() {
    let schedule = [("schedule", json!("2@1,8@4")), ("step", json!(3))];
    let values = values(&[loss(&schedule), loss(&[("k", json!(2)), ("step", json!(3))])]);
    // Frames of 2 of 8 dimensions are the first two of the same SVD: the same bits.
    assert_eq!(values[0], values[1]);
}

#[test]
fn a_rising_k_changes_no_loss_and_a_falling_one_does() {
    let rising = values(&around(3, &[("schedule", json!("2@1,8@4"))]));
    // New alphas are zero: sums of another length, a few roundings of a loss near 5.
    assert!((rising[0] - rising[1]).abs() <= 16.0 * f64::from(f32::EPSILON) * 5.0, "{rising:?}");
    let falling = values(&around(3, &[("schedule", json!("8@1,2@4")), ("k", json!(2))]));
    assert!(falling[1] > falling[0], "six trained dimensions are gone: {falling:?}");
}

#[test]
fn a_change_of_k_to_itself_only_resets_the_optimiser() {
    let same = loss(&[("schedule", json!("8@1,8@4"))]);
    let at_change = loss(&[("schedule", json!("8@1,8@4")), ("step", json!(3))]);
    let values = values(&[same, loss(&[]), at_change, loss(&[("step", json!(3))])]);
    assert_eq!(values[2], values[3]);
    assert_ne!(values[0], values[1]);
}

#[test]
fn a_gain_is_divided_by_the_parameters_in_force() {
    let gain = |fields: &[(&str, Value)]| ask(Quantity::LossGainPerParameter, fields);
    let fall = |fields: &[(&str, Value)]| ask(Quantity::LossFall, fields);
    let allocation = [("allocation", json!("3,5"))];
    let early = [("schedule", json!("2@1,8@4")), ("step", json!(3))];
    let late = [("schedule", json!("2@1,8@4"))];
    let values = values(&[
        gain(&[]),
        fall(&[]),
        gain(&allocation),
        fall(&allocation),
        gain(&early),
        fall(&early),
        gain(&late),
        fall(&late),
    ]);
    // Rows and columns: tok_emb 211 + 16; a layer (48 + 16) + (16 + 16) + (64 + 16) + (16 + 64) = 256.
    let counts = [8 * (227 + 512), 8 * 227 + (3 + 5) * 256, 2 * (227 + 512), 8 * (227 + 512)];
    for (pair, count) in values.chunks(2).zip(counts) {
        approx::assert_relative_eq!(pair[0], pair[1] * 1e4 / f64::from(count), max_relative = 1e-13);
    }
}

#[test]
fn an_even_allocation_is_the_uniform_k() {
    let values = values(&[loss(&[("allocation", json!("8,8"))]), loss(&[]), loss(&[("allocation", json!("8,2"))])]);
    assert_eq!(values[0], values[1]);
    assert_ne!(values[1], values[2]);
}

#[test]
fn a_layer_is_seen_through_its_own_k() {
    let coverage = |over: &str, fields: &[(&str, Value)]| {
        ask(Quantity::CoreCoverage, &[fields, &[("over", json!(over)), ("step", json!(1))]].concat())
    };
    let allocation = [("allocation", json!("3,5"))];
    let values = values(&[
        coverage("layer-0", &allocation),
        coverage("layer-0", &[("k", json!(3))]),
        coverage("layer-1", &allocation),
        coverage("layer-1", &[("k", json!(5))]),
        coverage("tok_emb", &allocation),
        coverage("tok_emb", &[]),
    ]);
    assert_eq!((values[0], values[2], values[4]), (values[1], values[3], values[5]));
}

#[test]
fn a_schedule_s_gradient_is_seen_through_the_k_in_force() {
    let ranks =
        |step: usize| ask(Quantity::ConstrainedEffectiveRank, &[("schedule", json!("2@1,8@4")), ("step", json!(step))]);
    let found = outcomes(&[ranks(1), ranks(3), ranks(4)]);
    let of = |i: usize| *found[i].as_ref().unwrap();
    // At most the K in force, and 8 random numbers spread over more than 2.
    assert!(of(0) <= 2.0 && of(1) <= 2.0 && of(2) > 2.0, "{found:?}");
}
