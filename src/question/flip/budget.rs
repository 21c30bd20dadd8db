//! What a budget means: so many steps each, or so many steps times dimensions; and more of it.

use serde_json::Value as Json;

use super::apply::each;
use super::rate::k_in_force;
use crate::question::{Question, Schedule, Stage, Stages};

pub(super) fn stepped(question: &Question, step: usize) -> Option<Question> {
    let condition = question.condition.with("step", &Json::from(step)).ok()?;
    Some(Question { quantity: question.quantity, condition })
}

/// The question after `times` as many steps. A stage that had s - 1 steps before it has as many times more.
pub(super) fn longer(question: &Question, times: usize) -> Option<Question> {
    let mut longer = stepped(question, question.condition.step.checked_mul(times)?)?;
    if let Schedule::Staged(stages) = &question.condition.schedule {
        let later =
            |stage: &Stage| Some(Stage { from: (stage.from - 1).checked_mul(times)?.checked_add(1)?, ..*stage });
        let stages = stages.as_slice().iter().map(later).collect::<Option<_>>()?;
        longer.condition.schedule = Schedule::Staged(Stages::new(stages).ok()?);
    }
    Some(longer)
}

/// How far K x steps may differ and still be called equal: a step count is a whole number.
const EQUAL_BUDGET: f64 = 0.05;

pub(super) const STEPS: &str = "equal steps";
pub(super) const PRODUCT: &str = "equal K x steps";

/// The two meanings of a budget, and the questions with the other one.
pub(super) struct Budgets {
    pub own: &'static str,
    pub to: &'static str,
    pub candidates: Vec<Vec<Question>>,
}

/// The other meaning of a budget, for questions over several K.
pub(super) fn other_budget(questions: &[Question]) -> Option<Budgets> {
    let k = |question: &Question| Some(k_in_force(&question.condition)? as f64);
    let ks: Vec<f64> = questions.iter().map(k).collect::<Option<_>>()?;
    let steps: Vec<f64> = questions.iter().map(|question| question.condition.step as f64).collect();
    let (least_k, most_k) = ends(ks.iter().copied());
    let (fewest, most) = ends(steps.iter().copied());
    if least_k >= most_k {
        return None;
    }
    if fewest >= most {
        // The middle K keeps its steps, as near as whole steps of the largest one allow.
        let least_steps = (fewest * (least_k * most_k).sqrt() / most_k).round();
        let of_k = |k: f64| (least_steps * most_k / k).round();
        let spent = ks.iter().map(|&k| k * of_k(k));
        let asked = |question: &Question| stepped(question, of_k(k(question)?) as usize);
        return equal(spent).then_some(Budgets { own: STEPS, to: PRODUCT, candidates: each(questions, asked)? });
    }
    let steps_each = (fewest * most).sqrt().round() as usize;
    let asked = |question: &Question| stepped(question, steps_each);
    equal(ks.iter().zip(&steps).map(|(k, steps)| k * steps)).then_some(Budgets {
        own: PRODUCT,
        to: STEPS,
        candidates: each(questions, asked)?,
    })
}

fn equal(budgets: impl Iterator<Item = f64>) -> bool {
    let (least, largest) = ends(budgets);
    least > 0.0 && largest <= least * (1.0 + EQUAL_BUDGET)
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
}
