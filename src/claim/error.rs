use crate::stats::StatsError;

/// A claim that cannot be decided from what it was given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClaimError {
    /// The rule itself makes no sense.
    #[error("{kind}: {problem}")]
    Parameter { kind: &'static str, problem: String },
    #[error("needs {needed} seeds, has {got}")]
    TooFewSeeds { needed: usize, got: usize },
    #[error("seed {seed} gives {got} values, {kind} needs {needed}")]
    Width { kind: &'static str, seed: usize, needed: usize, got: usize },
    #[error("{name} is {value} in seed {seed}")]
    NonFinite { seed: usize, name: String, value: f64 },
    /// The rule takes a logarithm.
    #[error("{name} is {value} in seed {seed}, but the rule takes its logarithm")]
    NotPositive { seed: usize, name: String, value: f64 },
    #[error("{what}: {source}")]
    Undefined { what: String, source: StatsError },
}

impl ClaimError {
    /// Names the statistic that `source` leaves undefined.
    pub(super) fn undefined(what: impl Into<String>) -> impl FnOnce(StatsError) -> Self {
        move |source| Self::Undefined { what: what.into(), source }
    }
}
