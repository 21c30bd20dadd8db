//! Permutation p-values and bootstrap intervals of a sample's statistics.

use rand_chacha::ChaCha8Rng;

use super::analysis::{Drawn, Omitted, Resampled};
use crate::seed::stream;
use crate::stats::{LEVEL, Permuted, StatsError, bootstrap};

/// Orders that are drawn where all are too many: a p-value near 0.05 is then known to about 0.003.
pub(super) const DRAWS: u64 = 4999;
/// Resamples of a bootstrap: its ends are then known to some percent of its width (Efron & Tibshirani 1993, chapter 14, ask
/// for a thousand).
const RESAMPLES: usize = 1999;

/// Everything drawn for one statistic of one column, or the reason why it is left out.
pub(super) struct Draws<'a> {
    pub seed: u64,
    /// The column that the statistic is about.
    pub of: &'a str,
    pub omitted: &'a mut Vec<Omitted>,
}

impl Draws<'_> {
    /// A permutation test. `exact`: where all orders are tried, p is exact.
    pub fn permuted(
        &mut self,
        what: &'static str,
        exact: bool,
        test: impl FnOnce(&mut ChaCha8Rng) -> Result<Permuted, StatsError>,
    ) -> Option<Drawn> {
        match test(&mut stream(self.seed, &format!("{what} of {}", self.of))) {
            Ok(Permuted { p_value, tried, error }) => Some(Drawn {
                p_value,
                exact: exact && error.is_none(),
                tried,
                standard_error: error.map(|of| of.standard_error),
                low: error.map(|of| of.interval.low),
                high: error.map(|of| of.interval.high),
            }),
            Err(error) => {
                self.leave_out(what, error.to_string());
                None
            }
        }
    }

    /// A BCa interval of `statistic`, which gets the rows of a resample.
    pub fn resampled(
        &mut self,
        what: &'static str,
        rows: usize,
        statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Resampled> {
        let mut random = stream(self.seed, &format!("{what} of {}", self.of));
        match bootstrap(rows, RESAMPLES, LEVEL, &mut random, statistic) {
            Ok(of) => Some(Resampled {
                low: of.interval.low,
                high: of.interval.high,
                standard_error: of.standard_error,
                resamples: of.resamples,
            }),
            Err(error) => {
                let why = match error {
                    StatsError::TooFew { .. } => "too few different rows: resamples leave it undefined".to_owned(),
                    error => error.to_string(),
                };
                self.leave_out(what, why);
                None
            }
        }
    }

    pub fn leave_out(&mut self, what: &'static str, why: String) {
        self.omitted.push(Omitted { what, of: Some(self.of.to_owned()), why });
    }
}
