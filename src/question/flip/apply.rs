//! A flip applied to the questions of a claim.

use serde_json::Value as Json;

use super::budget::{other_budget, stepped};
use super::{Change, FLIPS, Flip, RATES, USUAL_K};
use crate::question::{Optimizer, Question};

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
        let mut own = self.own(questions)?;
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
            Change::Budget => {
                let budgets = other_budget(questions)?;
                own = budgets.own.to_owned();
                (budgets.to.to_owned(), budgets.candidates)
            }
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
            Change::Steps { .. } => Some("x1".to_owned()),
            // The questions have it together, none by itself.
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

pub(super) fn each(
    questions: &[Question],
    change: impl Fn(&Question) -> Option<Question>,
) -> Option<Vec<Vec<Question>>> {
    questions.iter().map(|question| Some(vec![change(question)?])).collect()
}

fn with(question: &Question, field: &str, value: &str) -> Option<Question> {
    let number = || Some(Json::from(value.parse::<u64>().ok()?));
    let text = question.condition.with(field, &Json::from(value)).ok();
    let condition = text.or_else(|| question.condition.with(field, &number()?).ok())?;
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
