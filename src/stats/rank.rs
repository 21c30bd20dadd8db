//! Ranks and Spearman's correlation.

use super::correlation::{Correlation, fisher_error, fisher_interval, pearson};
use super::error::usable_pair;
use super::{Interval, StatsError};

/// Ranks from 1; equal values share the mean of their ranks. Values are finite.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    // 0 and -0 are one value, which total_cmp tells apart but keeps side by side.
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for &at in tied {
            ranks[at] = shared;
        }
        before += tied.len();
    }
    ranks
}

/// Spearman's rho.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spearman(Correlation);

impl Spearman {
    /// Pearson's r of the ranks of two columns with at least three rows. A constant column is an error.
    pub fn of(x: &[f64], y: &[f64]) -> Result<Self, StatsError> {
        usable_pair(x, y, 3)?;
        Self::of_ranks(&ranks(x), &ranks(y))
    }

    /// The same of columns that are ranks already.
    pub fn of_ranks(x: &[f64], y: &[f64]) -> Result<Self, StatsError> {
        Ok(Self(Correlation::new(pearson(x, y)?, x.len(), 0)))
    }

    /// In [-1, 1].
    pub const fn rho(&self) -> f64 {
        self.0.r
    }

    /// Two-sided p-value against "no association" by the t approximation with n - 2 degrees of freedom.
    pub fn p_value(&self) -> Result<f64, StatsError> {
        self.0.p_value()
    }

    /// Of rho itself; `None` where [`Spearman::interval`] is.
    pub fn standard_error(&self) -> Option<f64> {
        self.error_of_atanh().map(|error| fisher_error(self.0.r, error))
    }

    /// Interval by Fisher's z. `None` for three rows, and at 1 and -1: ranks in perfect order are no certainty.
    pub fn interval(&self, level: f64) -> Result<Option<Interval>, StatsError> {
        self.error_of_atanh().map(|error| fisher_interval(self.0.r, error, level)).transpose()
    }

    /// Root of the variance (1 + rho^2 / 2) / (n - 3) of atanh rho (Bonett & Wright 2000, Psychometrika 65).
    fn error_of_atanh(&self) -> Option<f64> {
        let free = self.0.rows.checked_sub(3).filter(|free| *free > 0 && self.0.r.abs() < 1.0)?;
        Some(((1.0 + self.0.r * self.0.r / 2.0) / free as f64).sqrt())
    }
}

/// A column by the ranks of its distinct values: what resamples of its rows are ranked from without sorting.
#[derive(Debug, Clone)]
pub struct RankCodes {
    /// `[rows]`, each below `distinct`.
    codes: Vec<usize>,
    distinct: usize,
}

impl RankCodes {
    /// Of finite values.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted: Vec<f64> = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let codes = values.iter().map(|value| sorted.partition_point(|other| other < value)).collect();
        Self { codes, distinct: sorted.len() }
    }

    /// Where the value of `row` stands among the different values.
    pub(super) fn code(&self, row: usize) -> u32 {
        self.codes[row] as u32
    }

    /// The [`ranks`] of the values of these rows.
    pub fn ranks(&self, rows: &[usize]) -> Vec<f64> {
        let mut counts = vec![0_u32; self.distinct];
        for &row in rows {
            counts[self.codes[row]] += 1;
        }
        let mut before = 0.0;
        let shared: Vec<f64> = counts
            .into_iter()
            .map(|count| {
                let rank = before + (f64::from(count) + 1.0) / 2.0;
                before += f64::from(count);
                rank
            })
            .collect();
        rows.iter().map(|&row| shared[self.codes[row]]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{X, XT, Y, YT};
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn ties_share_their_rank() {
        // stats.rankdata([3, 1, 2, 2, -0.0, 0])
        assert_eq!(ranks(&[3.0, 1.0, 2.0, 2.0, -0.0, 0.0]), [6.0, 3.0, 4.5, 4.5, 1.5, 1.5]);
    }

    #[test]
    fn resamples_are_ranked_as_their_values() {
        let values = [3.0, 1.0, 2.0, 2.0, -0.0, 0.0, 7.0];
        for rows in [vec![0, 1, 2, 3, 4, 5, 6], vec![6, 6, 4, 5, 2, 0, 0], vec![1; 7]] {
            let chosen: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
            assert_eq!(RankCodes::of(&values).ranks(&rows), ranks(&chosen));
        }
    }

    #[test]
    fn rho_is_scipys_with_and_without_ties() {
        // stats.spearmanr(x, y), stats.spearmanr(xt, yt): statistic, pvalue
        for (x, y, rho, p) in
            [(X, Y, 0.9515151515151514, 2.279854920641689e-05), (XT, YT, 0.9410119405311614, 4.931237682523315e-05)]
        {
            let spearman = Spearman::of(&x, &y).unwrap();
            assert_relative_eq!(spearman.rho(), rho, max_relative = 1e-14);
            assert_relative_eq!(spearman.p_value().unwrap(), p, max_relative = 1e-11);
        }
        // np.tanh(np.arctanh(0.9515151515151514) + [-1, 1] * stats.norm.ppf(.975) * np.sqrt((1 + 0.9515151515151514**2 / 2) / 7))
        let interval = Spearman::of(&X, &Y).unwrap().interval(0.95).unwrap().unwrap();
        assert_relative_eq!(interval.low, 0.7418991174729055, max_relative = 1e-12);
        assert_relative_eq!(interval.high, 0.9917029005425031, max_relative = 1e-12);
        // (1 - 0.9515151515151514**2) * np.sqrt((1 + 0.9515151515151514**2 / 2) / 7)
        let error = Spearman::of(&X, &Y).unwrap().standard_error().unwrap();
        assert_relative_eq!(error, 0.043103794618311236, max_relative = 1e-12);
    }

    #[test]
    fn too_little_is_an_error() {
        assert!(Spearman::of(&X[..2], &Y[..2]).is_err() && Spearman::of(&X, &[1.0; 10]).is_err());
        let three = Spearman::of(&X[..3], &Y[..3]).unwrap();
        assert_eq!((three.interval(0.95), three.standard_error()), (Ok(None), None));
        assert_eq!(Spearman::of(&X, &X.map(f64::exp)).unwrap().interval(0.95), Ok(None));
    }
}
