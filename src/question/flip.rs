//! The table of flips: what one may change about an experiment, one thing at a time, and which values are flaws.
//!
//! A flaw is a way in which a measurement can mislead; any other change is a sensitivity. Nothing else in the crate knows
//! which is which (design.md, "The one idea").

use serde::Serialize;
use serde_json::Value as Json;

use super::{Optimizer, Question, Schedule};

/// Whether a claim that stands on a value stands on a flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    Flaw,
    Sensitivity,
}

/// Values that mislead. A value of dropout is its reading, whatever the rate.
const FLAWS: [(&str, &str); 7] = [
    // Not the head that the protocol ties: it carries no adapter, and its loss starts above ln V.
    ("head", "random"),
    // One batch at every step: consistency between steps is then that of the batch.
    ("batch", "fixed"),
    // A loss that does not see the update that it is printed for.
    ("side", "before"),
    // What was trained on says nothing of other text.
    ("text", "training"),
    // Alpha is set to zero for good: the reading destroys what was learnt.
    ("dropout", "zeroed"),
    // Without the factor 1 / (1 - rate) a read-out sees an alpha of another size than training did.
    ("dropout", "masked"),
    // A mean over all matrices can hide a type that goes the other way.
    ("over", "all"),
];

/// Whether a field's value, as conditions write it, is a flaw.
pub fn nature(field: &str, value: &str) -> Nature {
    let is = |(of, flaw): &(&str, &str)| {
        *of == field && value.strip_prefix(flaw).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    if FLAWS.iter().any(is) { Nature::Flaw } else { Nature::Sensitivity }
}

/// One change of all questions of a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flip {
    /// The condition's field, `lr` or `budget`.
    pub field: &'static str,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    /// The field takes this value.
    To(&'static str),
    /// Dropout in this reading, at the rate that the condition has: without dropout there is nothing to read.
    Dropout(&'static str),
    /// Adam for SGD at the same learning rate, and the reverse.
    OtherOptimizer,
    /// The learning rate times a factor.
    Rate { label: &'static str, times: f64 },
    /// The learning rate times 32 / K: the size of the whole step does then not grow with K.
    RatePerK,
    /// The rate of [`RATES`] that gives each question's own run its lowest training loss.
    RateTuned,
    /// Every step count times a factor.
    Steps { label: &'static str, times: usize },
    /// Equal K x steps where steps were equal, equal steps where K x steps were.
    Budget,
}

/// The K at which a rate proportional to 1/K is the condition's own: the series' usual K.
const USUAL_K: f64 = 32.0;

/// Times the condition's own rate: the choices of a tuned one.
pub const RATES: [f64; 3] = [0.25, 1.0, 4.0];

const fn to(field: &'static str, value: &'static str) -> Flip {
    Flip { field, change: Change::To(value) }
}

const fn of(field: &'static str, change: Change) -> Flip {
    Flip { field, change }
}

/// Every flip, flaws first.
pub const FLIPS: [Flip; 41] = [
    to("head", "tied"),
    to("head", "random"),
    to("batch", "fixed"),
    to("batch", "fresh"),
    to("side", "before"),
    to("side", "after"),
    to("text", "training"),
    to("text", "held-out"),
    of("dropout", Change::Dropout("none")),
    of("dropout", Change::Dropout("masked")),
    of("dropout", Change::Dropout("rescaled")),
    of("dropout", Change::Dropout("zeroed")),
    to("readout", "whole"),
    to("readout", "masked"),
    to("over", "all"),
    to("over", "blocks"),
    to("over", "tok_emb"),
    to("over", "qkv"),
    to("over", "proj"),
    to("over", "up"),
    to("over", "down"),
    to("over", "median"),
    to("adapter", "diag"),
    to("adapter", "core"),
    to("frame", "svd"),
    to("frame", "haar"),
    to("frame", "bottom"),
    of("optimizer", Change::OtherOptimizer),
    of("lr", Change::Rate { label: "x4", times: 4.0 }),
    of("lr", Change::Rate { label: "x1/4", times: 0.25 }),
    of("lr", Change::RatePerK),
    of("lr", Change::RateTuned),
    of("budget", Change::Steps { label: "x4", times: 4 }),
    of("budget", Change::Budget),
    to("base", "crystallized"),
    to("base", "trained"),
    to("base", "crystallized-doubled"),
    to("base", "crystallized-halved"),
    to("sequences", "4"),
    to("heads", "8"),
    to("spectrum", "sigma-squared"),
];

/// The questions of a claim after a flip.
#[derive(Debug, Clone, PartialEq)]
pub struct Flipped {
    /// The value that the claim's own questions have, and the one that the flip gives them.
    pub own: String,
    pub to: String,
    /// For every question of the claim, in order, its candidates: one, or one per rate of a tuned one.
    pub candidates: Vec<Vec<Question>>,
}

impl Flip {
    /// True where `verdict`'s field can be one that flips change.
    pub fn knows(field: &str) -> bool {
        FLIPS.iter().any(|flip| flip.field == field)
    }

    /// The questions of one claim, flipped. `None` where the flip has no meaning for them: they have this value already,
    /// differ in the field (the claim compares its values), cannot be asked this way, or have the same answer either way.
    pub fn apply(&self, questions: &[Question]) -> Option<Flipped> {
        let own = self.own(questions)?;
        let (to, candidates): (String, Vec<Vec<Question>>) = match self.change {
            Change::To(value) => (value.to_owned(), each(questions, |q| with(q, self.field, value))?),
            Change::Dropout(reading) => {
                let rate = questions.first()?.condition.dropout.rate()?;
                let value = if reading == "none" { reading.to_owned() } else { format!("{reading}-{rate}") };
                let flipped = each(questions, |q| with(q, self.field, &value))?;
                (value, flipped)
            }
            Change::OtherOptimizer => {
                let other = |optimizer| match optimizer {
                    Optimizer::Adam { lr, .. } => Optimizer::Sgd { lr },
                    Optimizer::Sgd { lr } => Optimizer::adam(lr),
                };
                let to = name_of(other(questions.first()?.condition.optimizer));
                (to.to_owned(), each(questions, |q| Some(at_optimizer(q, other(q.condition.optimizer))))?)
            }
            Change::Rate { label, times } => (label.to_owned(), each(questions, |q| Some(at_rate(q, times)))?),
            Change::RatePerK => {
                let alike = questions.windows(2).all(|pair| pair[0].condition.k == pair[1].condition.k);
                if alike {
                    return None;
                }
                ("x32/K".to_owned(), each(questions, |q| Some(at_rate(q, USUAL_K / q.condition.k as f64)))?)
            }
            Change::RateTuned => {
                let rates = |q: &Question| RATES.map(|times| at_rate(q, times)).to_vec();
                ("tuned".to_owned(), questions.iter().map(rates).collect())
            }
            Change::Steps { label, times } => {
                (label.to_owned(), each(questions, |q| stepped(q, q.condition.step.checked_mul(times)?))?)
            }
            Change::Budget => other_budget(questions)?,
        };
        let askable = |question: &Question| question.check().is_ok();
        let pairs = || questions.iter().zip(&candidates);
        let unchanged = own == to || pairs().all(|(own, among)| among.iter().all(|one| one.normal() == own.normal()));
        (!unchanged && candidates.iter().flatten().all(askable)).then_some(Flipped { own, to, candidates })
    }

    /// The value that all questions share, as verdicts write it.
    fn own(&self, questions: &[Question]) -> Option<String> {
        let values = questions.iter().map(|question| self.value(question)).collect::<Option<Vec<_>>>()?;
        let first = values.first()?.clone();
        values.iter().all(|value| *value == first).then_some(first)
    }

    fn value(&self, question: &Question) -> Option<String> {
        let condition = &question.condition;
        match self.change {
            Change::Steps { .. } => Some("own".to_owned()),
            Change::Budget => Some(String::new()),
            Change::OtherOptimizer => Some(name_of(condition.optimizer).to_owned()),
            Change::Rate { .. } | Change::RatePerK | Change::RateTuned => Some(condition.optimizer.lr().to_string()),
            Change::To(_) | Change::Dropout(_) => match serde_json::to_value(condition).ok()?.get(self.field)? {
                Json::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            },
        }
    }
}

fn each(questions: &[Question], change: impl Fn(&Question) -> Option<Question>) -> Option<Vec<Vec<Question>>> {
    questions.iter().map(|question| Some(vec![change(question)?])).collect()
}

fn with(question: &Question, field: &str, value: &str) -> Option<Question> {
    let number = || Some(Json::from(value.parse::<u64>().ok()?));
    let text = question.condition.with(field, &Json::from(value)).ok();
    let condition = text.or_else(|| question.condition.with(field, &number()?).ok())?;
    Some(Question { quantity: question.quantity, condition })
}

fn stepped(question: &Question, step: usize) -> Option<Question> {
    let condition = question.condition.with("step", &Json::from(step)).ok()?;
    Some(Question { quantity: question.quantity, condition })
}

fn at_optimizer(question: &Question, optimizer: Optimizer) -> Question {
    let mut question = question.clone();
    question.condition.optimizer = optimizer;
    question
}

fn at_rate(question: &Question, times: f64) -> Question {
    let optimizer = match question.condition.optimizer {
        Optimizer::Adam { lr, beta1, beta2, eps } => Optimizer::Adam { lr: lr * times, beta1, beta2, eps },
        Optimizer::Sgd { lr } => Optimizer::Sgd { lr: lr * times },
    };
    at_optimizer(question, optimizer)
}

const fn name_of(optimizer: Optimizer) -> &'static str {
    match optimizer {
        Optimizer::Adam { .. } => "adam",
        Optimizer::Sgd { .. } => "sgd",
    }
}

/// How far K x steps may differ and still be called equal: a step count is a whole number.
const EQUAL_BUDGET: f64 = 0.05;

/// The other meaning of a budget, for questions over several K.
fn other_budget(questions: &[Question]) -> Option<(String, Vec<Vec<Question>>)> {
    let points: Vec<(f64, f64)> = questions.iter().map(|q| (q.condition.k as f64, q.condition.step as f64)).collect();
    let constant = questions.iter().all(|question| question.condition.schedule == Schedule::Constant);
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (least_k, most_k) = ends(&mut points.iter().map(|point| point.0));
    let (fewest, most) = ends(&mut points.iter().map(|point| point.1));
    let (least, largest) = ends(&mut points.iter().map(|point| point.0 * point.1));
    if !constant || least_k >= most_k {
        return None;
    }
    if fewest >= most {
        // The middle K keeps its steps.
        let budget = fewest * (least_k * most_k).sqrt();
        let steps = |q: &Question| stepped(q, (budget / q.condition.k as f64).round().max(1.0) as usize);
        return Some(("equal K x steps".to_owned(), each(questions, steps)?));
    }
    if largest <= least * (1.0 + EQUAL_BUDGET) {
        let steps = (fewest * most).sqrt().round() as usize;
        return Some(("equal steps".to_owned(), each(questions, |q| stepped(q, steps))?));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::{Condition, Quantity};
    use serde_json::json;

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
                &[("head", json!("random")), ("batch", json!("fresh")), ("side", json!("before"))],
            )],
            vec![ask(
                Quantity::Loss,
                &[("text", json!("held-out")), ("adapter", json!("core")), ("frame", json!("haar"))],
            )],
            vec![ask(Quantity::Loss, &[("dropout", json!("zeroed-0.3")), ("readout", json!("masked"))])],
            vec![ask(Quantity::Loss, &[("dropout", json!("masked-0.3")), ("base", json!("trained"))])],
            vec![ask(Quantity::Loss, &[("dropout", json!("rescaled-0.3"))])],
            vec![ask(Quantity::CoreCoverage, &[("over", json!("max"))])],
            vec![ask(Quantity::GradientEffectiveRank, &[])],
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
                    let (own, other) =
                        [&own.condition, &other.condition].map(|c| serde_json::to_value(c).unwrap()).into();
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
        let of =
            |questions: &[Question]| FLIPS.iter().find(|flip| flip.change == Change::Budget).unwrap().apply(questions);
        // 20 steps at K = 4, 16, 64: the middle one keeps 20, so that K x steps = 320.
        let product = of(&losses(&[(4, 20), (16, 20), (64, 20)])).unwrap();
        assert_eq!((product.to.as_str(), steps(&product)), ("equal K x steps", vec![80, 20, 5]));
        let back = of(&losses(&[(4, 80), (16, 20), (64, 5)])).unwrap();
        assert_eq!((back.to.as_str(), steps(&back)), ("equal steps", vec![20, 20, 20]));
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
        for (field, value) in
            [("head", "random"), ("dropout", "masked-0.1"), ("dropout", "zeroed-0.25"), ("over", "all")]
        {
            assert_eq!(nature(field, value), Nature::Flaw, "{field}: {value}");
        }
        for (field, value) in [("head", "tied"), ("dropout", "rescaled-0.1"), ("readout", "masked"), ("over", "blocks")]
        {
            assert_eq!(nature(field, value), Nature::Sensitivity, "{field}: {value}");
        }
    }
}
