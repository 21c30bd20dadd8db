//! Questions: which quantity, under which condition. Pure data, shared by papers (who ask) and the lab (who answers).

mod average;
mod base;
mod condition;
mod dimensions;
mod dropout;
mod flip;
mod frame;
mod heads;
mod matrix;
mod normal;
mod optimizer;
mod quantity;
mod schedule;
mod text_form;

pub use average::Average;
pub use base::Base;
pub use condition::{
    Adapter, Batch, Condition, ConditionError, Head, Lens, MOST_STEPS, Noise, Readout, Side, Spectrum, Text, Trains,
};
pub use dimensions::{Dims, Kept};
pub use dropout::{Dropout, Rate};
pub use flip::{FLIPS, Flip, Flipped, Nature, nature};
pub use frame::Frame;
pub use heads::Heads;
pub use matrix::{MatrixId, MatrixKind};
pub use optimizer::Optimizer;
pub use quantity::Quantity;
pub use schedule::{Allocation, LayerDimensions, Schedule, Stage, Stages};

use serde::{Deserialize, Serialize};

/// One number that can be measured: a quantity under a full condition. A seed makes it an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    pub quantity: Quantity,
    pub condition: Condition,
}

impl Question {
    /// Refuses what no measurement could answer.
    ///
    /// # Errors
    /// Says what does not fit together.
    pub fn check(&self) -> Result<(), String> {
        self.check_what_is_read()?;
        self.check_steps()?;
        self.check_dimensions()?;
        self.check_what_trains()
    }

    /// Fields that choose a part of what is read have a meaning for the quantity.
    fn check_what_is_read(&self) -> Result<(), String> {
        let Condition { lens, over, kept, dims, text, .. } = &self.condition;
        let quantity = self.quantity;
        if *lens == Lens::Haar && !quantity.is_seen_through_frames() {
            return Err(format!("{quantity} is not seen through frames: `lens` has no meaning for it"));
        }
        let coverage = matches!(quantity, Quantity::CoreCoverage | Quantity::DiagonalCoverage);
        if *over == Average::Pooled && !coverage {
            return Err(format!("`pooled` averages coverages by gradient norm; {quantity} is none"));
        }
        if *over != Average::All && !quantity.is_per_matrix() {
            return Err(format!("{quantity} is one number for the whole model: `over` has no meaning for it"));
        }
        if *kept != Kept::All && !quantity.is_loss() {
            return Err(format!("{quantity} is no loss: `kept` has no meaning for it"));
        }
        if *dims != Dims::All && !quantity.is_of_alpha_gradients() {
            return Err(format!("{quantity} is no statistic of alpha's gradients: `dims` has no meaning for it"));
        }
        if quantity == Quantity::MonotoneShare && *text != Text::Training {
            return Err(format!("{quantity} is about the loss of each step's own batch: `text` has no meaning for it"));
        }
        Ok(())
    }

    /// What compares steps needs two.
    fn check_steps(&self) -> Result<(), String> {
        let compares = match self.quantity {
            Quantity::GradientCosine | Quantity::MonotoneShare => true,
            Quantity::Snr | Quantity::GradientVariance => self.condition.noise == Noise::Steps,
            _ => false,
        };
        if compares && self.condition.step < 2 {
            return Err(format!("{} compares steps: it has no value at step 1", self.quantity));
        }
        Ok(())
    }

    /// The numbers of dimensions agree.
    fn check_dimensions(&self) -> Result<(), String> {
        let Condition { k, kept, dims, schedule, allocation, .. } = &self.condition;
        if let Some(n) = kept.count().filter(|n| n > k) {
            return Err(format!("`kept` names {n} dimensions of {k}"));
        }
        match dims {
            Dims::First(n) if n > k => return Err(format!("`dims` names {n} dimensions of {k}")),
            Dims::Beyond(n) if n >= k => return Err(format!("there is no dimension beyond {n} of {k}")),
            _ => {}
        }
        let Schedule::Staged(stages) = schedule else { return Ok(()) };
        if stages.last_k() != *k {
            return Err(format!("the schedule {schedule} ends with K = {}: `k` must say the same", stages.last_k()));
        }
        if *allocation != Allocation::Uniform {
            return Err("a schedule and an allocation cannot both say what K is".to_owned());
        }
        if self.quantity.is_of_alpha_gradients() {
            return Err(format!("{} compares the same dimensions over steps: a schedule changes them", self.quantity));
        }
        Ok(())
    }

    /// Without an adapter there is nothing that belongs to one.
    fn check_what_trains(&self) -> Result<(), String> {
        let Condition { trains, kept, dropout, schedule, allocation, .. } = &self.condition;
        if *trains == Trains::Adapter {
            return Ok(());
        }
        let quantity = self.quantity;
        if quantity.is_seen_through_frames() || quantity.is_of_alpha_gradients() {
            return Err(format!("{quantity} belongs to an adapter: with trains = \"all\" there is none"));
        }
        if quantity == Quantity::LossGainPerParameter {
            return Err(format!("{quantity} counts K (out + in): with trains = \"all\" there is no K"));
        }
        if quantity == Quantity::WeightEffectiveRank {
            return Err(format!("{quantity} is that of the frozen weights: with trains = \"all\" they are not frozen"));
        }
        let idle = [
            ("kept", *kept == Kept::All),
            ("dropout", *dropout == Dropout::None),
            ("schedule", *schedule == Schedule::Constant),
            ("allocation", *allocation == Allocation::Uniform),
        ];
        match idle.into_iter().find(|(_, idle)| !idle) {
            Some((field, _)) => Err(format!("`{field}` belongs to an adapter: with trains = \"all\" there is none")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The question with these fields set, one by one.
    fn ask(quantity: Quantity, fields: &[(&str, serde_json::Value)]) -> Question {
        let set =
            |condition: Condition, (field, value): &(&str, serde_json::Value)| condition.with(field, value).unwrap();
        Question { quantity, condition: fields.iter().fold(Condition::default(), set) }
    }

    #[test]
    fn questions_of_the_series_are_accepted() {
        for question in [
            ask(Quantity::Loss, &[("kept", json!("first-32")), ("k", json!(64)), ("step", json!(40))]),
            ask(Quantity::Loss, &[("dropout", json!("masked-0.5")), ("readout", json!("masked"))]),
            ask(Quantity::Loss, &[("schedule", json!("2@1,8@21")), ("k", json!(8))]),
            ask(Quantity::LossGainPerParameter, &[("allocation", json!("32,33,28,36,33,34,33,31"))]),
            ask(Quantity::Snr, &[("dims", json!("beyond-20")), ("noise", json!("magnitude"))]),
            ask(Quantity::GradientMean, &[]),
            ask(Quantity::GradientCosine, &[("batch", json!("fresh")), ("step", json!(60))]),
            ask(Quantity::MonotoneShare, &[("trains", json!("all")), ("step", json!(2))]),
            ask(Quantity::GradientEffectiveRank, &[("trains", json!("all")), ("over", json!("max"))]),
            ask(Quantity::DirectionDiversity, &[]),
        ] {
            assert_eq!(question.check(), Ok(()), "{question:?}");
        }
    }

    #[test]
    fn questions_without_an_answer_are_refused() {
        let all = ("trains", json!("all"));
        let under_all = |quantity| ask(quantity, std::slice::from_ref(&all));
        for (question, says) in [
            (ask(Quantity::Snr, &[("kept", json!("first-2"))]), "`kept` has no meaning"),
            (ask(Quantity::Loss, &[("dims", json!("first-2"))]), "`dims` has no meaning"),
            (ask(Quantity::Snr, &[("over", json!("qkv"))]), "`over` has no meaning"),
            (ask(Quantity::GradientCosine, &[]), "no value at step 1"),
            (ask(Quantity::MonotoneShare, &[]), "no value at step 1"),
            (ask(Quantity::MonotoneShare, &[("text", json!("held-out")), ("step", json!(2))]), "`text` has no meaning"),
            (ask(Quantity::Snr, &[("noise", json!("steps"))]), "no value at step 1"),
            (ask(Quantity::Loss, &[("kept", json!("first-33"))]), "33 dimensions of 32"),
            (ask(Quantity::Snr, &[("dims", json!("beyond-32"))]), "beyond 32 of 32"),
            (ask(Quantity::Loss, &[("schedule", json!("2@1,8@21"))]), "ends with K = 8"),
            (ask(Quantity::Loss, &[("schedule", json!("2@1,32@21")), ("allocation", json!("3,4"))]), "cannot both say"),
            (ask(Quantity::Snr, &[("schedule", json!("2@1,32@21"))]), "a schedule changes them"),
            (under_all(Quantity::CoreCoverage), "belongs to an adapter"),
            (under_all(Quantity::GradientMean), "belongs to an adapter"),
            (under_all(Quantity::LossGainPerParameter), "no K"),
            (under_all(Quantity::WeightEffectiveRank), "not frozen"),
            (ask(Quantity::Loss, &[all.clone(), ("dropout", json!("zeroed-0.1"))]), "`dropout` belongs"),
            (ask(Quantity::Loss, &[all.clone(), ("kept", json!("last-2"))]), "`kept` belongs"),
        ] {
            let refusal = question.check().unwrap_err();
            assert!(refusal.contains(says), "{refusal}");
        }
    }
}
