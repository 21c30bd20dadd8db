//! How well a share is known from counted cases.

use statrs::distribution::{Beta, ContinuousCDF};

use super::{Interval, StatsError};

/// Clopper and Pearson's interval (1934, Biometrika 26) of a probability from `hits` in `draws`: it covers at least
/// `level`, whatever the probability is. Needs one draw.
pub fn binomial_interval(hits: u64, draws: u64, level: f64) -> Result<Interval, StatsError> {
    if draws == 0 {
        return Err(StatsError::TooFew { needed: 1, got: 0 });
    }
    if hits > draws {
        return Err(StatsError::OutOfRange { what: "hits", value: hits as f64, range: "0..=draws" });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(StatsError::OutOfRange { what: "level", value: level, range: "(0, 1)" });
    }
    let tail = (1.0 - level) / 2.0;
    let (hits, misses) = (hits as f64, (draws - hits) as f64);
    let quantile = |a: f64, b: f64, probability: f64| {
        let beta =
            Beta::new(a, b).map_err(|_| StatsError::OutOfRange { what: "hits", value: a, range: "0..=draws" })?;
        Ok::<f64, StatsError>(beta.inverse_cdf(probability))
    };
    Ok(Interval {
        low: if hits == 0.0 { 0.0 } else { quantile(hits, misses + 1.0, tail)? },
        high: if misses == 0.0 { 1.0 } else { quantile(hits + 1.0, misses, 1.0 - tail)? },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn intervals_are_scipys() {
        // stats.binomtest(k, 50).proportion_ci(.95, 'exact') for k = 7, 0, 50
        for (hits, low, high) in [
            (7, 0.05819170033997344, 0.26739600249700846),
            (0, 0.0, 0.07112173646420458),
            (50, 0.9288782635357954, 1.0),
        ] {
            let interval = binomial_interval(hits, 50, 0.95).unwrap();
            // statrs finds beta quantiles by bisection, to about 1e-10.
            assert_relative_eq!(interval.low, low, max_relative = 1e-8);
            assert_relative_eq!(interval.high, high, max_relative = 1e-8);
        }
        assert!(binomial_interval(0, 0, 0.95).is_err() && binomial_interval(2, 1, 0.95).is_err());
        assert!(binomial_interval(1, 2, 1.0).is_err());
    }
}
