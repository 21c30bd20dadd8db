//! Detectors of answers: numbers over K, seeds, types and layers that do not carry their conclusion.

mod correlation;
mod coverage;
mod pattern;
mod sweep;
mod types;

use super::{Detector, LEVEL, Look, Severity};
use crate::stats::{Interval, SampleMean, StatsError};

pub use correlation::Points;
pub use coverage::{Coverage, Covered};
pub use pattern::Pattern;
pub use sweep::{Expectation, Sweep};
pub use types::ByType;

const fn warning(code: &'static str, says: &'static str, look: Look) -> Detector {
    Detector { code, severity: Severity::Warning, says, look }
}

pub const DETECTORS: [Detector; 11] = [
    warning(
        "instrument-limited",
        "every value is what the same instrument gives through random frames on the same gradients",
        Look::Sweep(sweep::instrument),
    ),
    warning(
        "capacity-limited",
        "the value grows as the most that the instrument can show: it measures the instrument's size",
        Look::Sweep(sweep::capacity),
    ),
    warning(
        "order-within-spread",
        "an order is drawn from differences that the spread over seeds does not tell from nothing",
        Look::Sweep(sweep::order),
    ),
    warning(
        "true-by-theorem",
        "each value is the one before it and something that cannot be negative: no data could contradict the order",
        Look::Sweep(sweep::theorem),
    ),
    warning(
        "first-order-step-size",
        "the fall of the loss is what the length of the updates gives at first order, at every K alike",
        Look::Sweep(sweep::step_size),
    ),
    warning(
        "correlation-of-trends",
        "both columns are monotone in K: any two such columns correlate",
        Look::Points(correlation::trends),
    ),
    warning(
        "correlation-of-few",
        "there are too few points to tell the correlation from none",
        Look::Points(correlation::few),
    ),
    warning(
        "correlation-within-index",
        "at fixed K hardly anything of the correlation is left",
        Look::Points(correlation::partial),
    ),
    warning(
        "average-hides-type",
        "a type of matrix has the opposite effect, or one several times as large as the average",
        Look::ByType(types::hidden),
    ),
    warning(
        "pattern-not-repeating",
        "the pattern over the index does not repeat over seeds",
        Look::Pattern(pattern::unrepeated),
    ),
    warning(
        "true-by-base",
        "the base's own frames cover what random ones do: what compares them says how the base was made",
        Look::Coverage(coverage::by_base),
    ),
];

/// The t interval that errs on each side with probability [`LEVEL`] over `looks` looks together.
fn strict(values: &[f64], looks: usize) -> Result<Interval, StatsError> {
    SampleMean::of(values)?.interval(1.0 - 2.0 * LEVEL / looks.max(1) as f64)
}

/// The same for standard normal numbers: its quantile at 1 - [`LEVEL`].
const NORMAL_QUANTILE: f64 = 4.264_890_793_922_825;
