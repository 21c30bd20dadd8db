//! Learning rates that are chosen: of those tried, the one at which a run learns best.

use crate::claim::compact;
use crate::lab::{Answers, LabError};
use crate::question::{Flipped, Question};

/// The questions of a flip, each run's rate chosen where several are tried.
pub(super) struct Chosen {
    pub questions: Vec<Question>,
    /// The rates that were chosen, where there was a choice.
    pub rates: Option<String>,
    /// Some run learns best at the least or the largest of the rates tried.
    pub at_edge: bool,
}

/// Of each run's rates the one whose training loss is lowest, over the seeds' mean.
///
/// # Errors
/// The inner error says why there is none: at every rate the run was refused.
pub(super) fn chosen(flipped: &Flipped, seeds: &[u64], answers: &Answers) -> Result<Result<Chosen, String>, LabError> {
    let mut questions: Vec<Option<Question>> = flipped.candidates.iter().map(|among| among.first().cloned()).collect();
    let trials = flipped.trials();
    let (mut rates, mut edges) = (Vec::new(), 0);
    for trial in &trials {
        let mut best: Option<(f64, usize)> = None;
        for (at, loss) in trial.losses.iter().enumerate() {
            let mut sum = 0.0;
            for &seed in seeds {
                sum += match answers.get(loss, seed) {
                    Ok(answer) => answer.value,
                    // A rate at which a run diverges is not the best one.
                    Err(LabError::Refused(_)) => f64::INFINITY,
                    Err(error) => return Err(error),
                };
            }
            if sum.is_finite() && best.is_none_or(|(least, _)| sum < least) {
                best = Some((sum, at));
            }
        }
        let Some((_, best)) = best else { return Ok(Err("no rate gives a finite loss".to_owned())) };
        edges += usize::from(best == 0 || best + 1 == trial.losses.len());
        rates.extend(trial.losses.get(best).map(|loss| loss.condition.optimizer.lr()));
        for &place in &trial.places {
            questions[place] = flipped.candidates[place].get(best).cloned();
        }
    }
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let rates = rates.into_iter().map(compact).collect::<Vec<_>>().join(", ");
    let edge = if edges == 0 {
        String::new()
    } else {
        format!(", for {edges} of {} runs at the edge of those tried", trials.len())
    };
    let rates = (!trials.is_empty()).then(|| format!("learns best at a rate of {rates}{edge}"));
    let questions = questions.into_iter().collect::<Option<Vec<_>>>();
    Ok(questions.map(|questions| Chosen { questions, rates, at_edge: edges > 0 }).ok_or_else(|| "no rate".to_owned()))
}
