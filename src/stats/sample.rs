//! The mean of a small sample with its t intervals and one-sided p-values.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::StatsError;
use super::error::{usable, usable_pair};

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

/// `left[i] - right[i]`: the contrast within each seed.
pub fn paired(left: &[f64], right: &[f64]) -> Result<Vec<f64>, StatsError> {
    usable_pair(left, right, 1)?;
    Ok(left.iter().zip(right).map(|(left, right)| left - right).collect())
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

    /// Two-sided t interval at `level` in (0, 1). Its ends are the one-sided bounds at `(1 + level) / 2`.
    pub fn interval(&self, level: f64) -> Result<Interval, StatsError> {
        let half = t_quantile(0.5 + level / 2.0, (self.count - 1) as f64)? * self.standard_error();
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

    fn p_beyond(&self, distance: f64) -> Result<f64, StatsError> {
        let error = self.standard_error();
        if error == 0.0 || distance.is_infinite() {
            return Ok(if distance > 0.0 { 0.0 } else { 1.0 });
        }
        Ok(student((self.count - 1) as f64)?.sf(distance / error))
    }
}

/// Quantile of Student's t with `degrees` of freedom, `probability` in (0, 1).
pub(super) fn t_quantile(probability: f64, degrees: f64) -> Result<f64, StatsError> {
    if !(probability > 0.0 && probability < 1.0) {
        return Err(StatsError::OutOfRange { what: "probability", value: probability, range: "(0, 1)" });
    }
    Ok(student(degrees)?.inverse_cdf(probability))
}

fn student(degrees: f64) -> Result<StudentsT, StatsError> {
    StudentsT::new(0.0, 1.0, degrees).map_err(|_| StatsError::OutOfRange {
        what: "degrees of freedom",
        value: degrees,
        range: "(0, infinity)",
    })
}
