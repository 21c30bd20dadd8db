//! Samples whose mean, deviation and correlation are exact: what a test statistic then is, is known and not drawn.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::stats::{SampleMean, StatsError};

/// `n` normal numbers, moved and scaled to this mean and deviation (divisor n - 1).
pub fn exact(mean: f64, deviation: f64, n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    orthogonal(n, &[], rng).into_iter().map(|x| mean + deviation * x * ((n - 1) as f64).sqrt()).collect()
}

/// `n` numbers of mean 0 and length 1, uncorrelated with each of `others` (of mean 0 and length 1, uncorrelated too).
pub fn orthogonal(n: usize, others: &[&[f64]], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut x: Vec<f64> = (0..n).map(|_| StandardNormal.sample(rng)).collect();
    // Twice: what one pass leaves is rounding, which the second removes.
    for _ in 0..2 {
        let mean = x.iter().sum::<f64>() / n as f64;
        x.iter_mut().for_each(|x| *x -= mean);
        for other in others {
            let along: f64 = x.iter().zip(*other).map(|(x, y)| x * y).sum();
            x.iter_mut().zip(*other).for_each(|(x, y)| *x -= along * y);
        }
        let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.iter_mut().for_each(|x| *x /= length);
    }
    x
}

/// Values of mean 0 and length 1.
pub fn standardised(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let length = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>().sqrt();
    values.iter().map(|x| (x - mean) / length).collect()
}

/// Half the width of the t interval at `level` of `n` values with deviation 1.
///
/// # Errors
/// Fewer than two values.
pub fn half_width(n: usize, level: f64) -> Result<f64, StatsError> {
    Ok(SampleMean { mean: 0.0, standard_deviation: 1.0, count: n }.interval(level)?.high)
}
