//! How many seeds would decide what these seeds leave open.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::sample::t_quantile;
use super::{SampleMean, StatsError};

/// Beyond this nobody runs more seeds.
pub const MOST_SEEDS: usize = 1000;

/// The level at which the sd's own uncertainty is carried into the range.
const SPREAD_LEVEL: f64 = 0.80;

/// The number of seeds, as a range, at which the t interval at `level` around today's mean would leave `bound` outside.
///
/// A few seeds know their own spread badly, so the range runs over the 80 % chi-squared interval of the standard
/// deviation; its upper end stops at [`MOST_SEEDS`]. `None` where even its lower end lies beyond, and where mean and
/// bound coincide.
pub fn seeds_to_settle(sample: &SampleMean, bound: f64, level: f64) -> Result<Option<(usize, usize)>, StatsError> {
    let degrees = (sample.count - 1) as f64;
    let chi_squared = ChiSquared::new(degrees).map_err(|_| StatsError::TooFew { needed: 2, got: sample.count })?;
    let spread = |probability: f64| sample.standard_deviation * (degrees / chi_squared.inverse_cdf(probability)).sqrt();
    let distance = (sample.mean - bound).abs();
    let Some(fewest) = seeds_for(distance, spread(0.5 + SPREAD_LEVEL / 2.0), level)? else { return Ok(None) };
    let most = seeds_for(distance, spread(0.5 - SPREAD_LEVEL / 2.0), level)?.unwrap_or(MOST_SEEDS);
    // What is open today needs at least one seed more.
    let fewest = fewest.max(sample.count + 1);
    Ok(Some((fewest, most.max(fewest))))
}

/// The smallest n in `2..=MOST_SEEDS` with `t(n-1) sd / sqrt(n) < distance`. The left side falls with n: bisection.
fn seeds_for(distance: f64, sd: f64, level: f64) -> Result<Option<usize>, StatsError> {
    let settles = |n: usize| -> Result<bool, StatsError> {
        Ok(t_quantile(0.5 + level / 2.0, (n - 1) as f64)? * sd / (n as f64).sqrt() < distance)
    };
    if !settles(MOST_SEEDS)? {
        return Ok(None);
    }
    let (mut low, mut high) = (1, MOST_SEEDS);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if settles(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(Some(high))
}
