//! Statistics over slices of `f64`: pure functions, no knowledge of what is measured. What is drawn at random is drawn
//! from the generator that the caller hands in.
//!
//! The unit of evidence is a seed. A claim computes one number within each seed; [`SampleMean`] summarises these
//! numbers and gives every interval and p-value that a decision rule needs. Tables of many rows are for [`RowStream`]
//! (one pass, to a [`Triangle`]) and [`least_squares`] (to the last digit).

mod agreement;
mod binomial;
mod bootstrap;
mod correlation;
mod design;
mod equivalence;
mod error;
mod freedman_lane;
mod influence;
mod inversions;
mod kendall;
mod least_squares;
mod multiple;
mod paired;
mod permutation;
mod power_law;
mod random_matrix;
mod rank;
mod refine;
mod regression;
mod resample;
mod sample;
pub mod sequential;
mod settle;
mod slope_resampler;
mod stream;
mod tail;
mod tau_resampler;
#[cfg(test)]
mod testing;
mod theil_sen;
mod triangle;

pub use agreement::{Agreement, consistency};
pub use binomial::binomial_interval;
pub use bootstrap::{Bootstrap, bootstrap};
pub use correlation::{Correlation, SemiPartial, fisher_z, pearson};
pub use design::Design;
pub use equivalence::{Equivalence, equivalence, intersection_union};
pub use error::StatsError;
pub use freedman_lane::partial_permutation_test;
pub use influence::{LeftOut, autocorrelation, durbin_watson, leave_one_out};
pub use kendall::{Kendall, kendall_permutation_test};
pub use least_squares::{Coefficient, Fit, Regression, least_squares};
pub use multiple::{benjamini_hochberg, holm};
pub use paired::{Paired, paired};
pub use permutation::{EXACT_ROWS, EXACT_SIGNS, MonteCarlo, Permuted, permutation_test, sign_flip_test};
pub use power_law::{PowerLaw, power_law};
pub use random_matrix::gaussian_effective_rank;
pub use rank::{RankCodes, Spearman, ranks};
pub use regression::{quadratic_term, slope};
pub use resample::Resampler;
pub use sample::{Interval, SampleMean, mean, standard_deviation};
pub use settle::{MOST_SEEDS, seeds_to_settle};
pub use slope_resampler::SlopeResampler;
pub use stream::RowStream;
pub use tau_resampler::TauResampler;
pub use theil_sen::{TheilSen, theil_sen};
pub use triangle::Triangle;

/// The level of an interval that decides a claim.
pub const LEVEL: f64 = 0.95;
/// The level of the interval that decides an equivalence: two one-sided tests at 5 % each (Schuirmann 1987).
pub const EQUIVALENCE_LEVEL: f64 = 0.90;
