//! From questions to runs: what differs only in the step asked, or only in what is read, shares a trajectory.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run::{Asked, Probes, Run};
use super::scale::Scale;
use super::world::Needs;
use super::{LabError, Store};
use crate::engine::ModelConfig;
use crate::question::{Average, Base, Frame, Quantity, Question, Side, Text};

/// The runs that answer a set of questions, for one seed. Every seed has the same.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    runs: BTreeMap<String, (Run, Probes)>,
    pub questions: usize,
}

impl Plan {
    /// # Errors
    /// A K that no matrix of the model holds.
    pub fn new<'a>(
        questions: impl IntoIterator<Item = &'a Question>,
        scale: &Scale,
        model: &ModelConfig,
    ) -> Result<Self, LabError> {
        let mut plan = Self::default();
        for question in questions {
            plan.questions += 1;
            let run = run_of(question, scale);
            check_k(&run, model)?;
            if let Average::Layer(printed) = question.condition.over
                && scale.layer(printed) >= model.layers
            {
                return Err(LabError::NothingToAverage { over: question.condition.over });
            }
            let (_, probes) = plan.runs.entry(name(&run)?).or_insert_with(|| (run, Probes::new()));
            let asked = probes.entry(question.condition.step).or_default();
            *asked = asked.and(asked_of(question));
        }
        Ok(plan)
    }

    /// Training steps of one seed; a step counts once per trajectory.
    pub fn training_steps(&self) -> usize {
        self.runs.values().map(|(_, probes)| last(probes)).sum()
    }

    pub fn trajectories(&self) -> usize {
        self.runs.len()
    }

    /// The runs on one base, longest first, so that no thread is left with a long one at the end.
    pub fn on(&self, base: Base) -> Vec<(&str, &Run, &Probes)> {
        let on_base = self.runs.iter().filter(|(_, (run, _))| run.base == base);
        let mut runs: Vec<_> = on_base.map(|(name, (run, probes))| (name.as_str(), run, probes)).collect();
        runs.sort_by_key(|(_, run, probes)| std::cmp::Reverse((last(probes), run.k)));
        runs
    }

    pub fn bases(&self) -> Vec<Base> {
        let mut bases: Vec<_> = self.runs.values().map(|(run, _)| run.base).collect();
        bases.sort();
        bases.dedup();
        bases
    }
}

/// What a world must prepare for these runs.
pub fn needs<'a>(runs: impl IntoIterator<Item = (&'a Run, &'a Probes)>) -> Needs {
    let mut needs = Needs::default();
    for (run, probes) in runs {
        let of_weights = matches!(run.frame, Frame::Svd | Frame::Bottom);
        needs.weights |= of_weights || probes.values().any(|asked| asked.weights);
        let of_gradient = matches!(run.frame, Frame::Gradient | Frame::RotatedGradient | Frame::Mixture(_));
        let measured_first = probes.get(&1).is_some_and(|asked| asked.gradient);
        needs.first_gradient[run.head as usize] |= of_gradient || measured_first;
        if measured_first {
            needs.ks.push(run.k);
        }
    }
    needs.ks.sort_unstable();
    needs.ks.dedup();
    needs
}

/// Refuses a K that some matrix of the model has no room for; a mixture needs room for two frames.
///
/// # Errors
/// [`LabError::KTooLarge`].
pub fn check_k(run: &Run, model: &ModelConfig) -> Result<(), LabError> {
    let side = model.width.min(model.vocab);
    let most = if matches!(run.frame, Frame::Mixture(_)) { side / 2 } else { side };
    if run.k > most { Err(LabError::KTooLarge { k: run.k, most }) } else { Ok(()) }
}

fn last(probes: &Probes) -> usize {
    probes.keys().next_back().copied().unwrap_or(0)
}

/// The name of a run within a plan: its content address.
pub fn name(run: &impl Serialize) -> Result<String, LabError> {
    Store::key(run)
}

/// The trajectory that a question is asked of.
pub fn run_of(question: &Question, scale: &Scale) -> Run {
    let c = &question.condition;
    Run {
        base: c.base,
        head: c.head,
        adapter: c.adapter,
        frame: c.frame,
        batch: c.batch,
        optimizer: c.optimizer,
        k: scale.k(c.k),
    }
}

fn asked_of(question: &Question) -> Asked {
    let c = &question.condition;
    let mut asked = Asked::default();
    match question.quantity {
        Quantity::Loss | Quantity::LossFall => {
            match (c.text, c.side) {
                (Text::Training, Side::Before) => asked.before = true,
                // The step itself gives the loss before it.
                (Text::Training, Side::After) => (asked.before, asked.after) = (true, true),
                (Text::HeldOut, Side::Before) => asked.held_out_before = true,
                (Text::HeldOut, Side::After) => asked.held_out_after = true,
            }
            asked.base = question.quantity == Quantity::LossFall;
        }
        Quantity::WeightEffectiveRank => asked.weights = true,
        _ => asked.gradient = true,
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::ScaleName;
    use crate::question::Condition;

    fn ask(quantity: Quantity, k: usize, step: usize) -> Question {
        Question { quantity, condition: Condition { k, step, ..Condition::default() } }
    }

    #[test]
    fn questions_share_a_trajectory_whenever_training_is_the_same() {
        let scale = ScaleName::Paper.scale();
        let questions = [
            ask(Quantity::Loss, 64, 20),
            ask(Quantity::Loss, 64, 60),
            ask(Quantity::CoreCoverage, 64, 1),
            ask(Quantity::DiagonalCoverage, 64, 1),
            ask(Quantity::Loss, 32, 40),
        ];
        let plan = Plan::new(&questions, &scale, &scale.model).unwrap();
        assert_eq!((plan.trajectories(), plan.training_steps()), (2, 60 + 40));
        let (_, run, probes) = plan.on(Base::Crystallized)[0];
        assert_eq!((run.k, probes.len()), (64, 3));
        let needs = needs(plan.on(Base::Crystallized).into_iter().map(|(_, run, probes)| (run, probes)));
        assert_eq!(needs, Needs { weights: true, first_gradient: [true, false], ks: vec![64] });
    }

    #[test]
    fn a_k_beyond_the_matrices_is_refused() {
        let scale = ScaleName::Paper.scale();
        assert!(Plan::new(&[ask(Quantity::Loss, 256, 1)], &scale, &scale.model).is_ok());
        assert!(matches!(
            Plan::new(&[ask(Quantity::Loss, 257, 1)], &scale, &scale.model),
            Err(LabError::KTooLarge { .. })
        ));
    }
}
