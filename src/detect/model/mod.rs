//! Detectors of a model that can be asked.

mod adapter;
mod head;
mod loss;
mod weights;

use super::{Detector, Look, Severity};

const fn error(code: &'static str, says: &'static str, look: Look) -> Detector {
    Detector { code, severity: Severity::Error, says, look }
}

pub const DETECTORS: [Detector; 14] = [
    error(
        "head-not-tied",
        "the head is said to be tied and does not follow the embedding: moving a row that the input does not hold changes \
         no logit",
        Look::Model(head::not_tied),
    ),
    error(
        "tying-lost-in-training",
        "the head followed the embedding before training and does not after it",
        Look::Model(head::lost_in_training),
    ),
    error(
        "tying-lost-on-disk",
        "the head followed the embedding before the model was saved and does not after it was loaded",
        Look::Model(head::lost_on_disk),
    ),
    error(
        "rows-mixed",
        "the answer depends on embedding rows of words that the input does not hold",
        Look::Model(head::mixed),
    ),
    error(
        "uninformed-start",
        "a tied model that starts above ln V knows less of the text than one that guesses evenly",
        Look::Model(loss::uninformed),
    ),
    error(
        "future-visible",
        "logits change with words that come after them: the model reads its targets",
        Look::Model(loss::future),
    ),
    error("targets-not-shifted", "the loss is that of predicting each word from itself", Look::Model(loss::unshifted)),
    error(
        "loss-not-from-logits",
        "the loss is not the mean cross-entropy, in nats, of the model's own logits",
        Look::Model(loss::foreign),
    ),
    error(
        "adapter-not-zero",
        "the adapter does not start at zero: training starts elsewhere",
        Look::Model(adapter::start),
    ),
    error(
        "parameter-count",
        "the adapter has another number of parameters than K and the model's shape give",
        Look::Model(adapter::count),
    ),
    error(
        "merge-changes-model",
        "the merged weights are another function than the model with its adapter",
        Look::Model(adapter::merge),
    ),
    error("frozen-moved", "weights that are said to be frozen moved in training", Look::Model(weights::frozen)),
    error(
        "save-changes-weights",
        "the weights that are read back are not those that were saved",
        Look::Model(weights::saved),
    ),
    error("weight-not-finite", "a weight is not finite, even if no loss has met it yet", Look::Model(weights::finite)),
];
