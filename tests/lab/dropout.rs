//! Dropout in each reading, and what is kept at read-out.

use ctlora::question::{Quantity, Question};
use serde_json::{Value, json};

use crate::fixture::{ask, values};

fn loss(fields: &[(&str, Value)]) -> Question {
    ask(Quantity::Loss, fields)
}

#[test]
fn the_three_readings_of_dropout_are_three_runs() {
    let of = |dropout: &str| loss(&[("dropout", json!(dropout))]);
    let values = values(&["none", "masked-0.5", "rescaled-0.5", "zeroed-0.5"].map(of));
    for (i, a) in values.iter().enumerate() {
        assert!(values[..i].iter().all(|b| a != b), "{values:?}");
    }
}

#[test]
fn without_dropout_there_is_no_mask_to_read_with() {
    let values = values(&[loss(&[]), loss(&[("readout", json!("masked"))])]);
    assert_eq!(values[0], values[1]);
}

#[test]
fn a_mask_changes_the_read_out_of_every_reading() {
    for dropout in ["masked-0.5", "rescaled-0.5", "zeroed-0.5"] {
        let read = |side: &str, readout: &str| {
            loss(&[("dropout", json!(dropout)), ("side", json!(side)), ("readout", json!(readout))])
        };
        let values = values(&[
            read("after", "whole"),
            read("after", "masked"),
            read("before", "whole"),
            read("before", "masked"),
        ]);
        assert_ne!(values[0], values[1], "{dropout}");
        assert_ne!(values[2], values[3], "{dropout}");
    }
}

#[test]
fn zeroing_in_place_is_what_the_next_step_starts_from() {
    let read = |step: usize, side: &str, readout: &str| {
        loss(&[
            ("dropout", json!("zeroed-0.5")),
            ("step", json!(step)),
            ("side", json!(side)),
            ("readout", json!(readout)),
        ])
    };
    let values = values(&[read(4, "after", "masked"), read(5, "before", "whole"), read(4, "after", "whole")]);
    assert_eq!(values[0], values[1], "the same batch, the same alpha");
    assert_ne!(values[2], values[1]);
}

#[test]
fn a_dropped_forward_pass_leaves_alpha_whole_for_the_next_step() {
    let read = |step: usize, side: &str| {
        loss(&[("dropout", json!("masked-0.5")), ("step", json!(step)), ("side", json!(side))])
    };
    let values = values(&[read(4, "after"), read(5, "before")]);
    assert_eq!(values[0], values[1]);
}

#[test]
fn what_is_kept_lies_between_all_and_nothing() {
    let fields = [("kept", json!("first-4")), ("kept", json!("last-4")), ("kept", json!("first-8"))];
    let mut questions = vec![loss(&[]), ask(Quantity::LossFall, &[])];
    questions.extend(fields.into_iter().map(|field| loss(&[field])));
    questions.push(loss(&[("k", json!(4))]));
    let values = values(&questions);
    let (all, base) = (values[0], values[0] + values[1]);
    assert_eq!(values[4], all, "the first K of K are all");
    for half in &values[2..4] {
        assert!(*half > all && *half < base, "{half} between {all} and {base}");
    }
    assert_ne!(values[2], values[5], "what 8 dimensions trained together is not what 4 train alone");
}
