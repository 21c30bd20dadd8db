//! The exponent of a power law y = c x^p.

use super::{Coefficient, Design, StatsError, least_squares, quadratic_term};

/// ln y on ln x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    /// p, with its standard error and t interval.
    pub exponent: Coefficient,
    /// ln c.
    pub log_factor: Coefficient,
    /// Coefficient of (ln x)^2 in the parabola of ln y: 0 for a power law. `None` with fewer than three distinct x.
    pub curvature: Option<f64>,
    pub r_squared: f64,
}

/// The least squares line of ln `y` on ln `x`; at least three rows, all values positive.
pub fn power_law(x: &[f64], y: &[f64]) -> Result<PowerLaw, StatsError> {
    let logarithms = |values: &[f64]| match values.iter().position(|value| *value <= 0.0) {
        Some(index) => Err(StatsError::NotPositive { index }),
        None => Ok(values.iter().map(|value| value.ln()).collect::<Vec<_>>()),
    };
    let (x, y) = (logarithms(x)?, logarithms(y)?);
    let fit = least_squares(Design::linear(&[&x], true)?, &y)?.fit;
    let curvature = quadratic_term(&x, &y).ok();
    let r_squared = fit.r_squared();
    Ok(PowerLaw { exponent: fit.coefficients[1], log_factor: fit.coefficients[0], curvature, r_squared })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{X, Y};
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn exponents_are_statsmodels() {
        let law = power_law(&X, &Y).unwrap();
        // m = sm.OLS(np.log(y), sm.add_constant(np.log(x))).fit(): m.params, m.bse, m.conf_int()
        assert_relative_eq!(law.exponent.estimate, 0.6950327902340339, max_relative = 1e-12);
        assert_relative_eq!(law.exponent.standard_error, 0.08620939235685299, max_relative = 1e-12);
        assert_relative_eq!(law.exponent.interval(0.95).unwrap().low, 0.4962335749656924, max_relative = 1e-11);
        assert_relative_eq!(law.log_factor.estimate, 0.5662302694689898, max_relative = 1e-12);
    }

    #[test]
    fn a_power_is_found_exactly_and_needs_positive_values() {
        let law = power_law(&[1.0, 2.0, 4.0, 8.0], &[3.0, 12.0, 48.0, 192.0]).unwrap();
        // y = 3 x^2, up to the rounding of logarithms.
        assert_relative_eq!(law.exponent.estimate, 2.0, max_relative = 1e-14);
        assert_relative_eq!(law.log_factor.estimate, 3f64.ln(), max_relative = 1e-14);
        assert!(law.curvature.unwrap().abs() < 1e-14);
        assert_eq!(power_law(&[1.0, 2.0, 0.0], &[1.0, 2.0, 3.0]), Err(StatsError::NotPositive { index: 2 }));
    }
}
