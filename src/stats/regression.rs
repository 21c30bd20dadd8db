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

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const K: [f64; 6] = [2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
    const Y: [f64; 6] = [0.003, 0.008, 0.019, 0.044, 0.071, 0.131];

    /// NumPy solves the same least squares by SVD: both are exact to a few units in the last place times the design's
    /// condition number (about 10 here, 100 for its uncentred parabola).
    const NUMPY: f64 = 1e-12;

    #[test]
    fn slope_and_quadratic_term_are_numpys() {
        let (x, y): (Vec<f64>, Vec<f64>) = K.iter().zip(&Y).map(|(k, y)| (k.ln(), y.ln())).unzip();
        // np.polyfit(np.log(k), np.log(y), 1)[0], then (.., 2)[0]
        assert_relative_eq!(slope(&x, &y).unwrap(), 1.0829442276511203, max_relative = NUMPY);
        assert_relative_eq!(quadratic_term(&x, &y).unwrap(), -0.12590750342381254, max_relative = NUMPY);
        // stats.linregress(k, y).slope
        assert_relative_eq!(slope(&K, &Y).unwrap(), 0.0020447761194029848, max_relative = NUMPY);
    }

    #[test]
    fn a_parabola_far_from_zero_keeps_its_quadratic_term() {
        // y = 3 x^2 around x = 1000: the raw design has a condition number near 1e12, the centred one near 3. What is
        // left is the rounding of y itself, 3e6 * 2^-53, over the squared half width 4.
        let x: Vec<f64> = (0..5).map(|i| 998.0 + f64::from(i)).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 * x * x).collect();
        assert_relative_eq!(quadratic_term(&x, &y).unwrap(), 3.0, max_relative = 1e-9);
    }

    #[test]
    fn degenerate_columns_are_errors() {
        assert_eq!(slope(&[1.0, 1.0], &[1.0, 2.0]), Err(StatsError::Constant { what: "x" }));
        let two = quadratic_term(&[1.0, 2.0, 1.0, 2.0], &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(two, Err(StatsError::TooFew { needed: 3, got: 2 }));
    }
}
