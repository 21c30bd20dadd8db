//! Ranks and Spearman's correlation.

use super::correlation::{Correlation, fisher_interval, pearson};
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
        Ok(Self(Correlation::new(pearson(&ranks(x), &ranks(y))?, x.len(), 0)))
    }

    /// In [-1, 1].
    pub const fn rho(&self) -> f64 {
        self.0.r
    }

    /// Two-sided p-value against "no association" by the t approximation with n - 2 degrees of freedom.
    pub fn p_value(&self) -> Result<f64, StatsError> {
        self.0.p_value()
    }

    /// Interval by Fisher's z with variance (1 + rho^2 / 2) / (n - 3) (Bonett & Wright 2000, Psychometrika 65). `None`
    /// for three rows.
    pub fn interval(&self, level: f64) -> Result<Option<Interval>, StatsError> {
        if self.0.rows <= 3 {
            return Ok(None);
        }
        let variance = (1.0 + self.0.r * self.0.r / 2.0) / (self.0.rows - 3) as f64;
        fisher_interval(self.0.r, variance.sqrt(), level).map(Some)
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
    }

    #[test]
    fn too_little_is_an_error() {
        assert!(Spearman::of(&X[..2], &Y[..2]).is_err() && Spearman::of(&X, &[1.0; 10]).is_err());
        assert_eq!(Spearman::of(&X[..3], &Y[..3]).unwrap().interval(0.95), Ok(None));
    }
}
