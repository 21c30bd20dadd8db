//! What a budget means: so many steps each, or so many steps times dimensions.

use serde_json::Value as Json;

use super::apply::each;
use crate::question::{Question, Schedule};

pub(super) fn stepped(question: &Question, step: usize) -> Option<Question> {
    let condition = question.condition.with("step", &Json::from(step)).ok()?;
    Some(Question { quantity: question.quantity, condition })
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
        return Some(Budgets { own: STEPS, to: PRODUCT, candidates: each(questions, steps)? });
    }
    if largest <= least * (1.0 + EQUAL_BUDGET) {
        let steps = (fewest * most).sqrt().round() as usize;
        return Some(Budgets { own: PRODUCT, to: STEPS, candidates: each(questions, |q| stepped(q, steps))? });
    }
    None
}
