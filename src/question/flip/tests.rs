use super::budget::{PRODUCT, STEPS};
use super::*;
use crate::question::{Condition, Quantity, Question};
use serde_json::{Value as Json, json};

fn ask(quantity: Quantity, fields: &[(&str, Json)]) -> Question {
    let set = |condition: Condition, (field, value): &(&str, Json)| condition.with(field, value).unwrap();
    Question { quantity, condition: fields.iter().fold(Condition::default(), set) }
}

fn losses(points: &[(usize, usize)]) -> Vec<Question> {
    points.iter().map(|&(k, step)| ask(Quantity::Loss, &[("k", json!(k)), ("step", json!(step))])).collect()
}

fn flipped(questions: &[Question]) -> Vec<(&'static str, Flipped)> {
    FLIPS.iter().filter_map(|flip| Some((flip.field, flip.apply(questions)?))).collect()
}

fn steps(flipped: &Flipped) -> Vec<usize> {
    flipped.candidates.iter().map(|one| one[0].condition.step).collect()
}

#[test]
fn every_flip_has_a_claim_that_it_changes_and_one_that_it_does_not() {
    let claims = [
        losses(&[(8, 10), (32, 10)]),
        vec![ask(
            Quantity::Loss,
            &[("head", json!("random")), ("batch", json!("fresh")), ("side", json!("before")), ("step", json!(10))],
        )],
        vec![ask(Quantity::Loss, &[("text", json!("held-out")), ("adapter", json!("core")), ("frame", json!("haar"))])],
        vec![ask(Quantity::Loss, &[("dropout", json!("zeroed-0.3")), ("readout", json!("masked"))])],
        vec![ask(Quantity::Loss, &[("dropout", json!("masked-0.3")), ("base", json!("trained"))])],
        vec![ask(Quantity::Loss, &[("dropout", json!("rescaled-0.3"))])],
        vec![ask(Quantity::CoreCoverage, &[("over", json!("max"))])],
        vec![ask(Quantity::GradientEffectiveRank, &[])],
        vec![ask(Quantity::WeightEffectiveRank, &[])],
        vec![ask(Quantity::Loss, &[]), ask(Quantity::Loss, &[("base", json!("trained"))])],
    ];
    for flip in FLIPS {
        assert!(claims.iter().any(|claim| flip.apply(claim).is_some()), "{flip:?}");
        assert!(claims.iter().any(|claim| flip.apply(claim).is_none()), "{flip:?}");
    }
}

#[test]
fn a_flip_changes_one_thing() {
    let questions = losses(&[(8, 10), (32, 10)]);
    for (field, flipped) in flipped(&questions) {
        assert_ne!(flipped.own, flipped.to, "{field}");
        for (own, other) in questions.iter().zip(&flipped.candidates) {
            for other in other {
                let (own, other) = [&own.condition, &other.condition].map(|c| serde_json::to_value(c).unwrap()).into();
                let fields = own.as_object().unwrap().iter().filter(|(name, value)| other[name] != **value);
                assert!(fields.count() <= 1, "{field}: {own} {other}");
            }
        }
    }
}

#[test]
fn what_a_claim_compares_is_not_flipped() {
    let both = [ask(Quantity::Loss, &[]), ask(Quantity::Loss, &[("head", json!("random"))])];
    assert!(flipped(&both).iter().all(|(field, _)| *field != "head"));
    assert!(flipped(&both[..1]).iter().any(|(field, flipped)| *field == "head" && flipped.own == "tied"));
}

#[test]
fn budgets_mean_the_other_thing() {
    let of = |questions: &[Question]| FLIPS.iter().find(|flip| flip.change == Change::Budget).unwrap().apply(questions);
    // 20 steps at K = 4, 16, 64: the middle one keeps 20, so that K x steps = 320.
    let product = of(&losses(&[(4, 20), (16, 20), (64, 20)])).unwrap();
    assert_eq!((product.own.as_str(), product.to.as_str(), steps(&product)), (STEPS, PRODUCT, vec![80, 20, 5]));
    let back = of(&losses(&[(4, 80), (16, 20), (64, 5)])).unwrap();
    assert_eq!((back.own.as_str(), back.to.as_str(), steps(&back)), (PRODUCT, STEPS, vec![20, 20, 20]));
    assert_eq!(of(&losses(&[(4, 80), (16, 80), (64, 5)])), None, "neither is equal");
    assert_eq!(of(&losses(&[(4, 80), (4, 20)])), None, "one K");
}

#[test]
fn rates_follow_k_or_are_tuned() {
    let rates = |change: Change, points: &[(usize, usize)]| {
        let flipped = FLIPS.iter().find(|flip| flip.change == change).unwrap().apply(&losses(points));
        let of = |question: &Question| question.condition.optimizer.lr();
        flipped.map(|flipped| flipped.candidates.iter().flatten().map(of).collect::<Vec<_>>())
    };
    assert_eq!(rates(Change::RatePerK, &[(8, 1), (64, 1)]), Some(vec![0.02, 0.0025]));
    assert_eq!(rates(Change::RatePerK, &[(8, 1), (8, 2)]), None, "one K: a rate x4 is another flip");
    assert_eq!(rates(Change::RateTuned, &[(8, 1)]), Some(vec![0.00125, 0.005, 0.02]));
}

#[test]
fn flaws_are_told_from_sensitivities() {
    for (field, value) in [("head", "random"), ("dropout", "masked-0.1"), ("dropout", "zeroed-0.25"), ("over", "all")] {
        assert_eq!(nature(field, value), Nature::Flaw, "{field}: {value}");
    }
    for (field, value) in [("head", "tied"), ("dropout", "rescaled-0.1"), ("readout", "masked"), ("over", "blocks")] {
        assert_eq!(nature(field, value), Nature::Sensitivity, "{field}: {value}");
    }
}
