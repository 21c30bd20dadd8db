//! What a claim's questions gave, seed by seed, ready for its rule.

use crate::claim::Rule;
use crate::lab::{Answer, Answers, LabError};
use crate::question::{Condition, Question, Side};

/// The values that a rule decides over.
pub(super) struct Readings {
    /// The claim's rule; a mechanism's without the interventions that no run could give.
    pub rule: Rule,
    /// `[seed][value]`, in the rule's order.
    pub values: Vec<Vec<f64>>,
    /// `[seed][draw][value]`: the same through Haar frames; no draws where some value has no null.
    pub null: Vec<Vec<Vec<f64>>>,
    /// The interventions that had to be left out, and why.
    pub left_out: Vec<String>,
}

/// Reads every question for every seed. The inner error is the reason why the claim cannot be judged: a run behind it
/// was refused, and its rule has no sense without.
///
/// # Errors
/// Answers that the plan should hold are missing.
pub(super) fn read(
    rule: &Rule,
    questions: &[Question],
    seeds: &[u64],
    answers: &Answers,
) -> Result<Result<Readings, String>, LabError> {
    let mut by_seed: Vec<Vec<Option<Answer>>> = Vec::new();
    let mut refused: Vec<(usize, String)> = Vec::new();
    for &seed in seeds {
        let mut of_seed = Vec::new();
        for (index, question) in questions.iter().enumerate() {
            of_seed.push(match answers.get(question, seed) {
                Ok(answer) => Some(answer),
                Err(LabError::Refused(reason)) => {
                    refused.push((index, reason));
                    None
                }
                Err(error) => return Err(error),
            });
        }
        by_seed.push(of_seed);
    }
    let without: Vec<usize> = refused.iter().map(|(index, _)| *index).collect();
    let Some((rule, kept)) = rule.without(&without) else {
        let reason = refused.into_iter().next().map_or_else(|| "no run".to_owned(), |(_, reason)| reason);
        return Ok(Err(reason));
    };
    let mut left_out: Vec<String> = refused.into_iter().map(|(_, reason)| reason).collect();
    left_out.sort();
    left_out.dedup();
    let mut readings = Readings { rule, values: Vec::new(), null: Vec::new(), left_out };
    for of_seed in by_seed {
        let of_seed: Vec<&Answer> = kept.iter().filter_map(|&index| of_seed[index].as_ref()).collect();
        let draws = of_seed.iter().map(|answer| answer.null.len()).min().unwrap_or(0);
        let draw = |d: usize| of_seed.iter().map(|answer| answer.null[d]).collect();
        readings.null.push((0..draws).map(draw).collect());
        readings.values.push(of_seed.iter().map(|answer| answer.value).collect());
    }
    Ok(Ok(readings))
}

/// The same questions with every loss read on the other side of the update. `None` where no loss is asked, or where the
/// claim itself compares the two sides.
pub(super) fn on_other_side(questions: &[Question]) -> Option<Vec<Question>> {
    let is_loss = |question: &&Question| question.quantity.is_loss();
    let mut sides = questions.iter().filter(is_loss).map(|question| question.condition.side);
    let side = sides.next()?;
    if sides.any(|other| other != side) {
        return None;
    }
    let other = match side {
        Side::Before => Side::After,
        Side::After => Side::Before,
    };
    let turned = |question: &Question| match is_loss(&question) {
        true => {
            let condition = Condition { side: other, ..question.condition.clone() };
            Question { condition, ..question.clone() }
        }
        false => question.clone(),
    };
    Some(questions.iter().map(turned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::Quantity;

    fn ask(quantity: Quantity, side: Side) -> Question {
        Question { quantity, condition: Condition { side, ..Condition::default() } }
    }

    #[test]
    fn only_losses_have_another_side() {
        let asked = [ask(Quantity::CoreCoverage, Side::After), ask(Quantity::Loss, Side::After)];
        let turned = on_other_side(&asked).unwrap();
        assert_eq!(turned[0], asked[0]);
        assert_eq!(turned[1], ask(Quantity::Loss, Side::Before));
        assert_eq!(on_other_side(&turned).unwrap(), asked);
        assert_eq!(on_other_side(&asked[..1]), None);
        assert_eq!(on_other_side(&[ask(Quantity::Loss, Side::After), ask(Quantity::Loss, Side::Before)]), None);
    }
}
