//! Pearson correlation, the scale on which it is close to normal, and what its size proves.

use super::error::usable_pair;
use super::sample::mean;
use super::tail::{normal_quantile, t_two_sided};
use super::{Interval, StatsError};

/// A (partial) correlation with what its inference needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// In [-1, 1].
    pub r: f64,
    pub rows: usize,
    /// Columns that are held fixed: 0 for Pearson's r.
    pub held: usize,
}

impl Correlation {
    pub(super) fn new(r: f64, rows: usize, held: usize) -> Self {
        // As near to 1 as rounding leaves a perfect correlation.
        let perfect = 1.0 - r.abs() <= 8.0 * f64::EPSILON;
        Self { r: if perfect { r.signum() } else { r }, rows, held }
    }

    /// Two-sided p-value against "no correlation": t = r sqrt(d / (1 - r^2)) with d = n - 2 - held degrees of freedom,
    /// exact for normal columns.
    pub fn p_value(&self) -> Result<f64, StatsError> {
        let needed = 3 + self.held;
        let Some(degrees) = self.rows.checked_sub(2 + self.held).filter(|degrees| *degrees > 0) else {
            return Err(StatsError::TooFew { needed, got: self.rows });
        };
        let degrees = degrees as f64;
        // (1 - r)(1 + r) keeps digits near 1 that 1 - r^2 loses.
        t_two_sided(self.r * (degrees / ((1.0 - self.r) * (1.0 + self.r))).sqrt(), degrees)
    }

    /// The standard error that [`Correlation::interval`] rests on, taken from atanh r to r: (1 - r^2) / sqrt(n - 3 - held).
    /// `None` without a variance.
    pub fn standard_error(&self) -> Option<f64> {
        let free = self.rows.checked_sub(3 + self.held).filter(|free| *free > 0)?;
        Some(fisher_error(self.r, 1.0 / (free as f64).sqrt()))
    }

    /// Fisher's interval at `level`: atanh r is close to normal with variance 1 / (n - 3 - held). `None` without a
    /// variance; of width zero at r = 1 and -1.
    pub fn interval(&self, level: f64) -> Result<Option<Interval>, StatsError> {
        let Some(free) = self.rows.checked_sub(3 + self.held).filter(|free| *free > 0) else { return Ok(None) };
        fisher_interval(self.r, 1.0 / (free as f64).sqrt(), level).map(Some)
    }
}

/// A semi-partial correlation with what its inference needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SemiPartial {
    /// In [-1, 1].
    pub r: f64,
    pub rows: usize,
    pub held: usize,
    /// The share of y's variance that the held columns leave, in [0, 1].
    pub left_by_held: f64,
    /// The share that x and the held columns leave.
    pub left_by_all: f64,
}

impl SemiPartial {
    /// Root of (u^2 + w (1 - w)) / (n - 3 - held), u the share of y's variance that all columns leave and w what the held ones
    /// leave: the large-sample variance of Aloe & Becker 2012 (J. Educ. Behav. Stat. 37) for normal columns, over the rows
    /// that Fisher's z is given, so that with no column held it is Pearson's. `None` without a variance.
    pub fn standard_error(&self) -> Option<f64> {
        let free = self.rows.checked_sub(3 + self.held).filter(|free| *free > 0)?;
        let (u, w) = (self.left_by_all, self.left_by_held);
        Some(((u * u + w * (1.0 - w)) / free as f64).sqrt())
    }

    /// The interval at `level`, symmetric on the scale of atanh r. `None` without a variance.
    pub fn interval(&self, level: f64) -> Result<Option<Interval>, StatsError> {
        let Some(error) = self.standard_error() else { return Ok(None) };
        fisher_interval(self.r, error / ((1.0 - self.r) * (1.0 + self.r)), level).map(Some)
    }
}

/// The standard error of a correlation whose atanh has this one: d tanh z / dz = 1 - r^2.
pub(super) fn fisher_error(r: f64, of_atanh: f64) -> f64 {
    (1.0 - r) * (1.0 + r) * of_atanh
}

/// The interval of a correlation whose atanh has this standard error.
pub(super) fn fisher_interval(r: f64, standard_error: f64, level: f64) -> Result<Interval, StatsError> {
    if r.abs() == 1.0 {
        return Ok(Interval { low: r, high: r });
    }
    let half = normal_quantile(0.5 + level / 2.0)? * standard_error;
    Ok(Interval { low: (r.atanh() - half).tanh(), high: (r.atanh() + half).tanh() })
}

/// Pearson's r of two columns with at least three rows, in [-1, 1]. A constant column is an error.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<f64, StatsError> {
    usable_pair(x, y, 3)?;
    let (x, y) = (deviations(x)?, deviations(y)?);
    let norm = |column: &[f64]| column.iter().map(|value| value * value).sum::<f64>().sqrt();
    let (x_norm, y_norm) = (norm(&x), norm(&y));
    if x_norm == 0.0 {
        return Err(StatsError::Constant { what: "x" });
    }
    if y_norm == 0.0 {
        return Err(StatsError::Constant { what: "y" });
    }
    let r: f64 = x.iter().zip(&y).map(|(x, y)| (x / x_norm) * (y / y_norm)).sum();
    Ok(r.clamp(-1.0, 1.0))
}

/// Fisher's z = atanh r. At |r| = 1 it is infinite; it is held at the z of the largest |r| below 1 that 64 bits tell
/// apart from it (about 18.7), so that a perfect correlation in every seed still has a mean.
pub fn fisher_z(r: f64) -> f64 {
    let largest = 1.0 - f64::EPSILON / 2.0;
    // The library's atanh loses digits near -1 that it keeps near 1; z is odd, so the sign is put back afterwards.
    r.abs().min(largest).atanh().copysign(r)
}

/// Differences from the mean.
pub(super) fn deviations(values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let centre = mean(values)?;
    Ok(values.iter().map(|value| value - centre).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn a_line_correlates_perfectly_and_a_constant_not_at_all() {
        assert_relative_eq!(pearson(&[1.0, 2.0, 4.0], &[3.0, 1.0, -3.0]).unwrap(), -1.0, epsilon = 1e-15);
        assert_eq!(pearson(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), Err(StatsError::Constant { what: "x" }));
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[0.1, 0.1, 0.1]), Err(StatsError::Constant { what: "y" }));
    }

    #[test]
    fn fisher_z_stays_finite_at_one() {
        // atanh(0.5) = ln(3) / 2.
        assert_relative_eq!(fisher_z(0.5), 3f64.ln() / 2.0, max_relative = 1e-15);
        assert!(fisher_z(1.0).is_finite() && fisher_z(1.0) > fisher_z(1.0 - 1e-15));
        assert_eq!(fisher_z(-1.0), -fisher_z(1.0));
    }
}
