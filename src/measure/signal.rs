//! Signal and noise of gradients over a run (Paper 85, A).
//!
//! The gradients come as `g[step][entry]`, every step with the same entries. Paper 85 defines the ratio as
//! mean(|grad|) / std(grad) "across all matrices and steps" and leaves open what the deviation is of: [`Deviation`] has
//! each reading. Variances have the divisor n - 1.

use super::MeasureError;
use crate::stats::{mean, standard_deviation};

/// What the noise of a gradient is the deviation of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviation {
    /// Of g, over all entries and steps.
    Signed,
    /// Of |g|, over all entries and steps.
    Magnitude,
    /// Of g over the steps, entry by entry.
    Steps,
}

/// Mean |g| over all entries and steps.
///
/// # Errors
/// There is no number, or one is not finite.
pub fn mean_magnitude(g: &[Vec<f64>]) -> Result<f64, MeasureError> {
    Ok(mean(&magnitudes(g))?)
}

/// The variance of g, in the unit of g squared: of all numbers at once, or the mean of the entries' own.
///
/// # Errors
/// Fewer than two numbers (for [`Deviation::Steps`]: steps), one that is not finite, steps of unequal length.
pub fn variance(g: &[Vec<f64>], of: Deviation) -> Result<f64, MeasureError> {
    let pooled = |values: &[f64]| Ok(standard_deviation(values)?.powi(2));
    match of {
        Deviation::Signed => pooled(&g.concat()),
        Deviation::Magnitude => pooled(&magnitudes(g)),
        Deviation::Steps => {
            let own: Result<Vec<f64>, MeasureError> = by_entry(g)?.iter().map(|entry| pooled(entry)).collect();
            Ok(mean(&own?)?)
        }
    }
}

/// mean |g| / deviation, without unit: of all numbers at once, or the mean of the entries' own ratios.
///
/// # Errors
/// As [`variance`], or a deviation of zero.
pub fn signal_to_noise(g: &[Vec<f64>], of: Deviation) -> Result<f64, MeasureError> {
    let ratio = |signal: f64, noise: f64| match noise > 0.0 {
        true => Ok(signal / noise),
        false => Err(MeasureError::Zero { what: "the deviation of the gradient" }),
    };
    match of {
        Deviation::Signed | Deviation::Magnitude => ratio(mean_magnitude(g)?, variance(g, of)?.sqrt()),
        Deviation::Steps => {
            let own = |entry: &Vec<f64>| {
                let signal = mean(&entry.iter().map(|x| x.abs()).collect::<Vec<_>>())?;
                ratio(signal, standard_deviation(entry)?)
            };
            let own: Result<Vec<f64>, MeasureError> = by_entry(g)?.iter().map(own).collect();
            Ok(mean(&own?)?)
        }
    }
}

fn magnitudes(g: &[Vec<f64>]) -> Vec<f64> {
    g.iter().flatten().map(|x| x.abs()).collect()
}

/// `[entry][step]`
fn by_entry(g: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, MeasureError> {
    let entries = g.first().map_or(0, Vec::len);
    if g.iter().any(|step| step.len() != entries) {
        return Err(MeasureError::Unequal);
    }
    Ok((0..entries).map(|entry| g.iter().map(|step| step[entry]).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::stream;
    use approx::assert_relative_eq;
    use rand::Rng;
    use rand_distr::{Distribution, Exp1, StandardNormal};
    use std::f64::consts::PI;

    const ALL: [Deviation; 3] = [Deviation::Signed, Deviation::Magnitude, Deviation::Steps];

    #[test]
    fn by_hand() {
        // Entry 0: 1, 3; entry 1: -2, -2.5. Signed mean -1/8, |g| mean 17/8.
        let g = [vec![1.0, -2.0], vec![3.0, -2.5]];
        assert_relative_eq!(mean_magnitude(&g).unwrap(), 17.0 / 8.0, max_relative = 1e-14);
        let squares = 1.0 + 4.0 + 9.0 + 6.25;
        let signed = (squares - 4.0 / 64.0) / 3.0;
        let magnitude = (squares - 4.0 * (17.0_f64 / 8.0).powi(2)) / 3.0;
        // Variances of the two entries over two steps: (3 - 1)^2 / 2 and 0.5^2 / 2.
        let steps = (2.0 + 0.125) / 2.0;
        for (of, expected) in ALL.into_iter().zip([signed, magnitude, steps]) {
            assert_relative_eq!(variance(&g, of).unwrap(), expected, max_relative = 1e-13);
        }
        let own = (2.0 / 2.0_f64.sqrt() + 2.25 / 0.125_f64.sqrt()) / 2.0;
        let expected = [17.0 / 8.0 / signed.sqrt(), 17.0 / 8.0 / magnitude.sqrt(), own];
        for (of, expected) in ALL.into_iter().zip(expected) {
            assert_relative_eq!(signal_to_noise(&g, of).unwrap(), expected, max_relative = 1e-13);
        }
    }

    /// Mean over deviation of known laws of |g|: normal sqrt(2/pi) / sqrt(1 - 2/pi), exponential 1, uniform sqrt 3; and for
    /// the signed deviation of a symmetric normal sqrt(2/pi).
    #[test]
    fn known_laws() {
        let mut rng = stream(1, "signal");
        let steps = |mut draw: Box<dyn FnMut() -> f64>| -> Vec<Vec<f64>> {
            (0..100).map(|_| (0..2000).map(|_| draw()).collect()).collect()
        };
        let mut second = stream(2, "signal");
        let mut third = stream(3, "signal");
        let normal = steps(Box::new(move || StandardNormal.sample(&mut rng)));
        let exponential = steps(Box::new(move || Exp1.sample(&mut second)));
        let uniform = steps(Box::new(move || third.random_range(0.0..1.0)));
        // Standard error of mean / deviation (delta method): sqrt((1 + r^2 (kurtosis - 1) / 4 - r skewness) / n), largest for
        // the uniform law: sqrt(1.6 / 200,000) = 0.0028. Five of them.
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 0.0142, "{value} {expected}");
        near(signal_to_noise(&normal, Deviation::Magnitude).unwrap(), (2.0 / PI).sqrt() / (1.0 - 2.0 / PI).sqrt());
        near(signal_to_noise(&normal, Deviation::Signed).unwrap(), (2.0 / PI).sqrt());
        for of in [Deviation::Signed, Deviation::Magnitude] {
            near(signal_to_noise(&exponential, of).unwrap(), 1.0);
            near(signal_to_noise(&uniform, of).unwrap(), 3.0_f64.sqrt());
        }
    }

    #[test]
    fn what_has_no_ratio_is_an_error() {
        let constant = [vec![2.0, 2.0], vec![2.0, 2.0]];
        assert_eq!(variance(&constant, Deviation::Signed), Ok(0.0));
        for of in ALL {
            assert!(matches!(signal_to_noise(&constant, of), Err(MeasureError::Zero { .. })));
            assert!(signal_to_noise(&[], of).is_err());
            assert!(signal_to_noise(&[vec![1.0], vec![f64::NAN]], of).is_err());
        }
        let one_step = [vec![1.0, 2.0]];
        assert!(signal_to_noise(&one_step, Deviation::Signed).is_ok());
        assert!(matches!(signal_to_noise(&one_step, Deviation::Steps), Err(MeasureError::Stats(_))));
        assert_eq!(variance(&[vec![1.0], vec![1.0, 2.0]], Deviation::Steps), Err(MeasureError::Unequal));
    }
}
