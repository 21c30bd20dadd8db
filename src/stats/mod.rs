//! Statistics over slices of `f64`: pure functions, no randomness, no knowledge of what is measured.
//!
//! The unit of evidence is a seed. A claim computes one number within each seed; [`SampleMean`] summarises these
//! numbers and gives every interval and p-value that a decision rule needs.

mod agreement;
mod binomial;
mod correlation;
mod error;
mod multiple;
mod random_matrix;
mod regression;
mod sample;
mod settle;

pub use agreement::{Agreement, consistency};
pub use binomial::binomial_interval;
pub use correlation::{fisher_z, pearson};
pub use error::StatsError;
pub use multiple::{benjamini_hochberg, holm};
pub use random_matrix::gaussian_effective_rank;
pub use regression::{quadratic_term, slope};
pub use sample::{Interval, SampleMean, mean, standard_deviation};
pub use settle::{MOST_SEEDS, seeds_to_settle};

/// The level of an interval that decides a claim.
pub const LEVEL: f64 = 0.95;
/// The level of the interval that decides an equivalence: two one-sided tests at 5 % each (Schuirmann 1987).
pub const EQUIVALENCE_LEVEL: f64 = 0.90;
