//! Detectors of one run: its batches, losses, gradients, updates.

mod batches;
mod gradient;
mod leak;
mod loss;
mod replay;
mod state;

use super::{Detector, Look, Severity};

pub use leak::shortest_leak;
pub(super) use replay::implied_rate;

const fn error(code: &'static str, says: &'static str, look: Look) -> Detector {
    Detector { code, severity: Severity::Error, says, look }
}

const fn warning(code: &'static str, says: &'static str, look: Look) -> Detector {
    Detector { code, severity: Severity::Warning, says, look }
}

pub const DETECTORS: [Detector; 20] = [
    error(
        "identical-batch",
        "every step trains on one batch: the run memorises it, and nothing it shows is about the text",
        Look::Course(batches::identical),
    ),
    error("batches-repeat", "batches come back more often than fresh draws do", Look::Course(batches::repeated)),
    error(
        "held-out-in-training",
        "the held-out text shares a passage with the training text that is too long for chance",
        Look::Course(leak::shared),
    ),
    error(
        "loss-on-wrong-side",
        "the loss reported for a step was read on the other side of its update",
        Look::Course(loss::wrong_side),
    ),
    error(
        "loss-of-neither-side",
        "the loss reported for a step is that of its batch neither before nor after the update",
        Look::Course(loss::neither_side),
    ),
    error(
        "gradient-of-another-batch",
        "the gradient that a step used is not that of its batch",
        Look::Course(gradient::stale),
    ),
    error(
        "gradient-not-projected",
        "the gradient of alpha is not that of the weight, seen through the frames",
        Look::Course(gradient::unprojected),
    ),
    error("no-gradient", "a trained parameter gets no gradient at any step", Look::Course(gradient::absent)),
    warning(
        "gradient-below-eps",
        "most gradients are below the optimiser's eps: its steps shrink with the gradient instead of following its sign",
        Look::Course(gradient::below_eps),
    ),
    warning(
        "gradient-is-rounding",
        "the gradient of alpha is no larger than the rounding of what it is computed from: the run follows noise",
        Look::Course(gradient::rounding),
    ),
    warning(
        "rank-limited-by-batch",
        "the batch has fewer tokens than the gradient has dimensions: its rank is the batch's, not the model's",
        Look::Course(gradient::limited),
    ),
    error(
        "dropout-destroys-state",
        "entries that were trained are set to zero for good: what was learned is lost, not masked",
        Look::Course(state::destroyed),
    ),
    error("trace-breaks", "a step does not start where the one before it ended", Look::Course(state::broken)),
    error(
        "parameter-still",
        "a parameter with a gradient does not move",
        Look::Course(|course| replay::only(course, replay::Cause::Still)),
    ),
    error(
        "learning-rate-differs",
        "every update is the said one times a factor",
        Look::Course(|course| replay::only(course, replay::Cause::Rate)),
    ),
    error(
        "optimizer-state-lost",
        "the optimiser starts anew at a step where nothing says so",
        Look::Course(|course| replay::only(course, replay::Cause::Lost)),
    ),
    error(
        "optimizer-state-kept",
        "the optimiser carries its state over a change that is said to reset it",
        Look::Course(|course| replay::only(course, replay::Cause::Kept)),
    ),
    error(
        "bias-correction-missing",
        "the updates are Adam's without its correction for the first steps",
        Look::Course(|course| replay::only(course, replay::Cause::Uncorrected)),
    ),
    error(
        "hidden-decay",
        "beside the said update the parameters shrink by a constant share",
        Look::Course(|course| replay::only(course, replay::Cause::Decay)),
    ),
    error(
        "update-differs",
        "the updates are not those of the said optimiser on the said gradients, nor of a known variant",
        Look::Course(|course| replay::only(course, replay::Cause::Other)),
    ),
];
