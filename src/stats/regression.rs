//! Least squares fits of one column on another.

use faer::Mat;
use faer::linalg::solvers::SolveLstsq;

use super::StatsError;
use super::correlation::deviations;
use super::error::usable_pair;

/// Slope of the least squares line of `y` on `x`; at least two rows, `x` not constant.
pub fn slope(x: &[f64], y: &[f64]) -> Result<f64, StatsError> {
    usable_pair(x, y, 2)?;
    let (x, y) = (deviations(x)?, deviations(y)?);
    let spread: f64 = x.iter().map(|x| x * x).sum();
    if spread == 0.0 {
        return Err(StatsError::Constant { what: "x" });
    }
    Ok(x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / spread)
}

/// Coefficient of `x^2` in the least squares parabola of `y` on `x`; at least three distinct `x`.
///
/// Solved by QR. The columns are those of centred `x` in units of its largest deviation: the same coefficient up to a
/// known factor, from a well-conditioned matrix.
pub fn quadratic_term(x: &[f64], y: &[f64]) -> Result<f64, StatsError> {
    usable_pair(x, y, 3)?;
    let mut distinct = x.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() < 3 {
        return Err(StatsError::TooFew { needed: 3, got: distinct.len() });
    }
    let (x, y) = (deviations(x)?, deviations(y)?);
    let unit = x.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let design = Mat::from_fn(x.len(), 3, |row, power| (x[row] / unit).powi(power as i32));
    let right = Mat::from_fn(y.len(), 1, |row, _| y[row]);
    Ok(design.qr().solve_lstsq(&right)[(2, 0)] / (unit * unit))
}
