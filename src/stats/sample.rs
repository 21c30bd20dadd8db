//! The mean of a small sample with its t intervals and one-sided p-values.

use statrs::distribution::ContinuousCDF;

use super::StatsError;
use super::error::usable;
use super::tail::{student, t_quantile, t_two_sided};

/// A closed interval `[low, high]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Arithmetic mean. Errors on an empty or non-finite sample.
pub fn mean(values: &[f64]) -> Result<f64, StatsError> {
    usable(values, 1)?;
    // Shifting by the first value keeps a constant sample exact: its spread is then 0, not a rounding error.
    let first = values[0];
    Ok(first + values.iter().map(|value| value - first).sum::<f64>() / values.len() as f64)
}

/// Sample standard deviation, divisor n-1. Needs two values.
pub fn standard_deviation(values: &[f64]) -> Result<f64, StatsError> {
    usable(values, 2)?;
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    Ok((squares / (values.len() - 1) as f64).sqrt())
}

/// The mean of n independent values, with the spread that its Student t distribution follows from (n-1 degrees of
/// freedom). A sample without spread has intervals of width zero: nothing was left to chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleMean {
    pub mean: f64,
    pub standard_deviation: f64,
    pub count: usize,
}

impl SampleMean {
    /// Needs two finite values.
    pub fn of(values: &[f64]) -> Result<Self, StatsError> {
        let standard_deviation = standard_deviation(values)?;
        Ok(Self { mean: mean(values)?, standard_deviation, count: values.len() })
    }

    pub fn standard_error(&self) -> f64 {
        self.standard_deviation / (self.count as f64).sqrt()
    }

    /// Degrees of freedom of the t distribution.
    pub(super) fn degrees(&self) -> f64 {
        self.count.saturating_sub(1) as f64
    }

    /// Two-sided t interval at `level` in (0, 1). Its ends are the one-sided bounds at `(1 + level) / 2`.
    pub fn interval(&self, level: f64) -> Result<Interval, StatsError> {
        let half = t_quantile(0.5 + level / 2.0, self.degrees())? * self.standard_error();
        Ok(Interval { low: self.mean - half, high: self.mean + half })
    }

    /// One-sided p-value against "the true mean is at most `bound`". Zero or one for a sample without spread.
    pub fn p_above(&self, bound: f64) -> Result<f64, StatsError> {
        self.p_beyond(self.mean - bound)
    }

    /// One-sided p-value against "the true mean is at least `bound`".
    pub fn p_below(&self, bound: f64) -> Result<f64, StatsError> {
        self.p_beyond(bound - self.mean)
    }

    /// Two-sided p-value against "the true mean is `value`". One or zero for a sample without spread.
    pub fn p_different(&self, value: f64) -> Result<f64, StatsError> {
        let (error, distance) = (self.standard_error(), self.mean - value);
        if error == 0.0 {
            return Ok(if distance == 0.0 { 1.0 } else { 0.0 });
        }
        t_two_sided(distance / error, self.degrees())
    }

    fn p_beyond(&self, distance: f64) -> Result<f64, StatsError> {
        let error = self.standard_error();
        if error == 0.0 || distance.is_infinite() {
            return Ok(if distance > 0.0 { 0.0 } else { 1.0 });
        }
        Ok(student(self.degrees())?.sf(distance / error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Relative distance allowed from SciPy: its and statrs' incomplete beta functions agree to about 1e-12.
    const SCIPY: f64 = 1e-10;
    const X: [f64; 5] = [4.1, 3.9, 4.4, 4.0, 4.6];

    #[test]
    fn t_intervals_are_scipys() {
        let sample = SampleMean::of(&X).unwrap();
        // np.std(x, ddof=1) = 0.291547594742265
        assert_relative_eq!(sample.standard_deviation, 0.291547594742265, max_relative = SCIPY);
        // stats.t.interval(0.95, 4, loc=np.mean(x), scale=stats.sem(x)) = (3.8379958478456286, 4.562004152154372)
        let interval = sample.interval(0.95).unwrap();
        assert_relative_eq!(interval.low, 3.8379958478456286, max_relative = SCIPY);
        assert_relative_eq!(interval.high, 4.562004152154372, max_relative = SCIPY);
        // The same at 0.90 = (3.9220411860611155, 4.477958813938884)
        assert_relative_eq!(sample.interval(0.90).unwrap().low, 3.9220411860611155, max_relative = SCIPY);
    }

    #[test]
    fn t_quantiles_are_scipys() {
        // stats.t.ppf(p, degrees)
        let cases = [
            (0.975, 2.0, 4.302652729749462),
            (0.995, 2.0, 9.924843200918287),
            (1.0 - 0.025 / 6.0, 2.0, 10.885866619163108),
            (0.95, 5.0, 2.0150483733330233),
            (0.975, 999.0, 1.9623414611334493),
        ];
        for (probability, degrees, expected) in cases {
            assert_relative_eq!(t_quantile(probability, degrees).unwrap(), expected, max_relative = SCIPY);
        }
        assert!(t_quantile(1.0, 2.0).is_err() && t_quantile(f64::NAN, 2.0).is_err() && t_quantile(0.5, 0.0).is_err());
    }

    #[test]
    fn p_values_are_scipys_down_to_the_far_tail() {
        let sample = SampleMean::of(&X).unwrap();
        // stats.ttest_1samp(x, 4.0, alternative='greater').pvalue, then 'less'
        assert_relative_eq!(sample.p_above(4.0).unwrap(), 0.09991459276886, max_relative = SCIPY);
        assert_relative_eq!(sample.p_below(4.0).unwrap(), 0.90008540723114, max_relative = SCIPY);
        // stats.ttest_1samp(far, 0.0, alternative='greater').pvalue: a tail that 1 - cdf would lose
        let far = [1.0, 1.001, 0.999, 1.0005, 1.0002, 0.9998, 1.0001, 0.9997, 1.0003, 1.0];
        let far = SampleMean::of(&far).unwrap();
        assert_relative_eq!(far.p_above(0.0).unwrap(), 2.4529955010323274e-31, max_relative = 1e-8);
    }

    #[test]
    fn a_sample_without_spread_is_certain() {
        let sample = SampleMean::of(&[0.1; 7]).unwrap();
        assert_eq!(sample.interval(0.95), Ok(Interval { low: 0.1, high: 0.1 }));
        assert_eq!((sample.p_above(0.0), sample.p_above(0.1), sample.p_below(0.1)), (Ok(0.0), Ok(1.0), Ok(1.0)));
        assert_eq!((sample.p_above(f64::NEG_INFINITY), sample.p_below(f64::INFINITY)), (Ok(0.0), Ok(0.0)));
    }

    #[test]
    fn unusable_samples_are_errors() {
        assert_eq!(SampleMean::of(&[1.0]), Err(StatsError::TooFew { needed: 2, got: 1 }));
        assert_eq!(SampleMean::of(&[1.0, f64::NAN]), Err(StatsError::NonFinite { index: 1 }));
        assert_eq!(mean(&[]), Err(StatsError::TooFew { needed: 1, got: 0 }));
        let alone = SampleMean { mean: 1.0, standard_deviation: 1.0, count: 0 };
        assert!(alone.interval(0.95).is_err() && alone.p_above(0.0).is_err());
    }
}
