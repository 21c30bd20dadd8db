//! What an answer depends on: two questions with one normal form have one answer, whatever else their conditions say.

use super::{Batch, Condition, Dropout, Quantity, Question, Readout, Side, Trains};

impl Question {
    /// The same question with every field that its answer does not depend on at the protocol's default.
    #[must_use]
    pub fn normal(&self) -> Self {
        let quantity = self.quantity;
        let own = self.condition.clone();
        let usual = Condition::default();
        if quantity == Quantity::WeightEffectiveRank {
            let condition = Condition { base: own.base, over: own.over, spectrum: own.spectrum, ..usual };
            return Self { quantity, condition };
        }
        let mut c = own;
        if !quantity.is_loss() {
            (c.side, c.text, c.readout, c.kept) = (usual.side, usual.text, usual.readout, usual.kept);
        }
        if !quantity.is_seen_through_frames() {
            c.lens = usual.lens;
        }
        if !quantity.is_of_alpha_gradients() {
            (c.dims, c.noise) = (usual.dims, usual.noise);
        }
        if !matches!(quantity, Quantity::GradientEffectiveRank | Quantity::ConstrainedEffectiveRank) {
            c.spectrum = usual.spectrum;
        }
        if !quantity.is_per_matrix() {
            c.over = usual.over;
        }
        if c.trains == Trains::All {
            // There is no adapter.
            (c.adapter, c.frame, c.k) = (usual.adapter, usual.frame, usual.k);
        }
        // Before the first update nothing has moved: alpha is 0, and every run sees the first batch.
        let first =
            c.step == 1 && (!quantity.is_loss() || c.side == Side::Before) && quantity != Quantity::MonotoneShare;
        if first {
            (c.optimizer, c.batch) = (usual.optimizer, Batch::Fixed);
        }
        if first && !quantity.is_of_alpha_gradients() {
            // Full gradients and losses at alpha = 0: no mask, no adapter changes them.
            (c.dropout, c.adapter) = (Dropout::None, usual.adapter);
            if !quantity.is_seen_through_frames() && quantity != Quantity::LossGainPerParameter {
                (c.frame, c.k) = (usual.frame, usual.k);
                (c.schedule, c.allocation) = (usual.schedule, usual.allocation);
            }
        }
        if c.dropout == Dropout::None {
            // There is no mask to read with.
            c.readout = Readout::Whole;
        }
        Self { quantity, condition: c }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The fields, of those that flips change, whose value makes no difference to this question.
    fn idle(quantity: Quantity, step: usize, side: Side) -> Vec<&'static str> {
        idle_under(Condition { side, step, ..Condition::default() }, quantity)
    }

    fn idle_under(condition: Condition, quantity: Quantity) -> Vec<&'static str> {
        let side = condition.side;
        let question = Question { quantity, condition };
        let other_side = if side == Side::Before { "after" } else { "before" };
        let others = [
            ("head", json!("random")),
            ("batch", json!("fresh")),
            ("side", json!(other_side)),
            ("text", json!("held-out")),
            ("dropout", json!("rescaled-0.1")),
            ("readout", json!("masked")),
            ("over", json!("blocks")),
            ("adapter", json!("core")),
            ("frame", json!("haar")),
            ("k", json!(8)),
            ("optimizer", json!({ "sgd": { "lr": 0.1 } })),
            ("base", json!("trained")),
            ("sequences", json!(4)),
            ("heads", json!("8")),
            ("spectrum", json!("sigma-squared")),
        ];
        let same = |(field, value): &(&str, serde_json::Value)| {
            let condition = question.condition.with(field, value).unwrap();
            Question { quantity, condition }.normal() == question.normal()
        };
        others.iter().filter(|other| same(other)).map(|(field, _)| *field).collect()
    }

    #[test]
    fn a_trained_loss_depends_on_all_that_trains() {
        assert_eq!(idle(Quantity::Loss, 40, Side::After), ["readout", "over", "spectrum"]);
        assert_eq!(idle(Quantity::Loss, 1, Side::After), ["readout", "over", "spectrum"]);
    }

    #[test]
    fn a_mask_is_read_only_where_there_is_one() {
        let dropped =
            |step, side| Condition { dropout: "masked-0.1".parse().unwrap(), step, side, ..Condition::default() };
        assert_eq!(idle_under(dropped(40, Side::After), Quantity::Loss), ["over", "spectrum"]);
        // Alpha is 0: no mask changes it.
        assert!(idle_under(dropped(1, Side::Before), Quantity::Loss).contains(&"readout"));
    }

    #[test]
    fn without_an_adapter_nothing_of_it_counts() {
        let full = Condition { trains: Trains::All, step: 40, ..Condition::default() };
        assert_eq!(idle_under(full, Quantity::Loss), ["readout", "over", "adapter", "frame", "k", "spectrum"]);
    }

    #[test]
    fn before_the_first_update_only_the_start_counts() {
        let of_loss = idle(Quantity::Loss, 1, Side::Before);
        assert_eq!(of_loss, ["batch", "dropout", "readout", "over", "adapter", "frame", "k", "optimizer", "spectrum"]);
        let of_coverage = idle(Quantity::CoreCoverage, 1, Side::After);
        assert_eq!(of_coverage, ["batch", "side", "text", "dropout", "readout", "adapter", "optimizer", "spectrum"]);
        let of_coverage = idle(Quantity::CoreCoverage, 2, Side::After);
        assert_eq!(of_coverage, ["side", "text", "readout", "spectrum"]);
    }

    #[test]
    fn weights_know_no_training() {
        let idle = idle(Quantity::WeightEffectiveRank, 1, Side::After);
        let all_but = [
            "head",
            "batch",
            "side",
            "text",
            "dropout",
            "readout",
            "adapter",
            "frame",
            "k",
            "optimizer",
            "sequences",
            "heads",
        ];
        assert_eq!(idle, all_but);
    }
}
