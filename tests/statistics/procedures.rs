//! What adjusts, repeats or goes beyond single rules, on data whose truth is known: looks, many claims at once, tests for
//! "no difference", the estimators of tables.

use ctlora::stats::{
    Correlation, Design, Interval, LEVEL, SampleMean, SlopeResampler, TauResampler, Triangle, benjamini_hochberg,
    bootstrap, equivalence, holm, intersection_union, least_squares, mean, partial_permutation_test, permutation_test,
    sequential, sign_flip_test, theil_sen,
};
use rand_chacha::ChaCha8Rng;

use super::rates::Promise::{AtLeast, AtMost, Exactly};
use super::rates::{normal, rate, rate_of};

/// "No more than the null" (instrument-limited) is shown by equivalence too: the 90 % interval of measured minus null.
#[test]
fn equivalence_with_a_null() {
    for seeds in [3, 6] {
        rate(&format!("equivalence at its margin with {seeds} seeds"), Exactly(0.05), |random| {
            let values: Vec<f64> = (0..seeds).map(|_| 0.05 + 0.01 * normal(random)).collect();
            let sample = SampleMean::of(&values).unwrap();
            equivalence(&sample, Interval { low: -0.05, high: 0.05 }).unwrap().p_value < 0.05
        });
        rate(&format!("equivalence of a mean that is 0 with {seeds} seeds"), AtLeast(0.9), |random| {
            let values: Vec<f64> = (0..seeds).map(|_| 0.01 * normal(random)).collect();
            let sample = SampleMean::of(&values).unwrap();
            equivalence(&sample, Interval { low: -0.05, high: 0.05 }).unwrap().p_value < 0.05
        });
    }
}

/// Looks at 3, 6 and 12 seeds, each at a third of alpha, against three looks at 95 % each.
#[test]
fn sequential_looks() {
    let seeds = |random: &mut ChaCha8Rng| (0..12).map(|_| normal(random)).collect::<Vec<f64>>();
    rate("three looks at a mean of 0", AtMost(1.0 - LEVEL), |random| {
        sequential::first_to_exclude(&seeds(random), 0.0).unwrap().is_some()
    });
    // What the thirds are for: unpaid looks err more often than one.
    rate("three looks that pay nothing", AtLeast(0.09), |random| {
        let values = seeds(random);
        sequential::LOOKS.into_iter().any(|count| {
            let interval = SampleMean::of(&values[..count]).unwrap().interval(LEVEL).unwrap();
            !(interval.low..=interval.high).contains(&0.0)
        })
    });
}

/// Ten p-values of one-sided t tests over six seeds; the first `true_effects` have an effect of two sd.
fn p_values(true_effects: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let p = |at: usize| {
        let effect = if at < true_effects { 2.0 } else { 0.0 };
        let values: Vec<f64> = (0..6).map(|_| effect + normal(random)).collect();
        SampleMean::of(&values).unwrap().p_above(0.0).unwrap()
    };
    (0..10).map(p).collect()
}

#[test]
fn many_claims_at_once() {
    rate("any false rejection of ten after Holm", AtMost(0.05), |random| {
        holm(&p_values(0, random)).iter().any(|p| *p <= 0.05)
    });
    rate("any false rejection of six beside four effects after Holm", AtMost(0.05), |random| {
        holm(&p_values(4, random))[4..].iter().any(|p| *p <= 0.05)
    });
    // The false discovery rate is a mean: each experiment counts with its false share, by a draw.
    rate("a rejection after Benjamini-Hochberg is false", AtMost(0.05), |random| {
        let rejected: Vec<bool> = benjamini_hochberg(&p_values(4, random)).iter().map(|p| *p <= 0.05).collect();
        let all = rejected.iter().filter(|rejected| **rejected).count();
        let false_ones = rejected[4..].iter().filter(|rejected| **rejected).count();
        let drawn: f64 = rand::Rng::random(random);
        all > 0 && drawn < false_ones as f64 / all as f64
    });
    rate("an intersection of two with one truth missing", Exactly(0.05), |random| {
        let one = |effect: f64, random: &mut ChaCha8Rng| {
            let values: Vec<f64> = (0..6).map(|_| effect + normal(random)).collect();
            SampleMean::of(&values).unwrap().p_above(0.0).unwrap()
        };
        intersection_union(&[one(0.0, random), one(50.0, random)]) <= 0.05
    });
}

/// Estimators that no rule of science.md uses yet keep their levels too.
#[test]
fn intervals_and_tests_of_tables() {
    let columns = |rows: usize, r: f64, random: &mut ChaCha8Rng| -> [Vec<f64>; 3] {
        let z: Vec<f64> = (0..rows).map(|_| normal(random)).collect();
        let x: Vec<f64> = z.iter().map(|z| z + normal(random)).collect();
        // Given z, x and y correlate at r.
        let own: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x - z).collect();
        let y = own.iter().zip(&z).map(|(x, z)| 2.0 * z + r * x + (1.0 - r * r).sqrt() * normal(random)).collect();
        [x, y, z]
    };
    let partial =
        |[x, y, z]: &[Vec<f64>; 3]| -> Correlation { Triangle::of(&[x, y, z]).unwrap().partial(0, 1, &[2]).unwrap() };
    rate("a partial correlation that is not there", Exactly(0.05), |random| {
        partial(&columns(8, 0.0, random)).p_value().unwrap() <= 0.05
    });
    // Fisher's z is normal to the order of 1 / n^2.
    rate("Fisher's interval of a partial correlation of 0.6 misses it", AtMost(0.055), |random| {
        let interval = partial(&columns(20, 0.6, random)).interval(LEVEL).unwrap().unwrap();
        !(interval.low..=interval.high).contains(&0.6)
    });
    // Freedman and Lane's test is exact to the order of 1 / n: y depends on z strongly, and on x given z not at all.
    rate_of(2000, "Freedman and Lane's test of a partial correlation that is not there", AtMost(0.055), |random| {
        let [x, y, z] = columns(12, 0.0, random);
        partial_permutation_test(&x, &y, &[&z], 199, random).unwrap().p_value <= 0.05
    });
    rate_of(2000, "the t interval of a slope beside another misses it", Exactly(0.05), |random| {
        let [x, y, z] = columns(8, 0.6, random);
        // y = 2 z + 0.6 (x - z) + noise.
        let fit = least_squares(Design::linear(&[&x, &z], true).unwrap(), &y).unwrap().fit;
        let interval = fit.coefficients[1].interval(LEVEL).unwrap();
        !(interval.low..=interval.high).contains(&0.6)
    });
    // Kendall's statistic is a whole number that the normal law smooths: its own steps are half a percent of probability at
    // 20 rows. Errors are cubes of normal ones: heavy tails.
    rate_of(2000, "Sen's interval of a slope misses it", AtMost(0.055), |random| {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 0.7 * x + normal(random).powi(3)).collect();
        let interval = theil_sen(&x, &y, LEVEL).unwrap().interval;
        !(interval.low..=interval.high).contains(&0.7)
    });
    semi_partial_intervals();
    resampled_ranks();
    // 120 orders: p can be 0.05 exactly, and two-sided ties only make it larger.
    rate("a permutation test of unrelated columns", AtMost(0.05), |random| {
        let (x, y): (Vec<f64>, Vec<f64>) = (0..5).map(|_| (normal(random), normal(random).exp())).unzip();
        let centre = mean(&x).unwrap();
        let products = |order: &[usize]| order.iter().zip(&x).map(|(&at, x)| (x - centre) * y[at]).sum();
        permutation_test(5, 0, random, products).unwrap().p_value <= 0.05
    });
    rate("a sign flip of differences around 0", AtMost(0.05), |random| {
        let differences: Vec<f64> = (0..6).map(|_| normal(random).powi(3)).collect();
        sign_flip_test(&differences, 0, random).unwrap().p_value <= 0.05
    });
    // BCa is accurate to the order of 1 / n only: at most twice the nominal rate for 20 skewed values.
    rate_of(1000, "BCa of the mean of 20 skewed values misses it", AtMost(0.10), |random| {
        let values: Vec<f64> = (0..20).map(|_| -(1.0 - rand::Rng::random::<f64>(random)).ln()).collect();
        let of = |rows: &[usize]| Some(rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64);
        let interval = bootstrap(20, 499, LEVEL, random, of).unwrap().interval;
        !(interval.low..=interval.high).contains(&1.0)
    });
}

/// y = z + b (z + e) + noise: x adds b^2 / ((1 + b)^2 + b^2 + 1) to R^2. The variance is that of many rows: at 50 it leaves out
/// half a percent where x explains much.
fn semi_partial_intervals() {
    for (b, rows, promise) in [(0.0, 20, AtMost(0.055)), (0.5, 20, AtMost(0.055)), (2.0, 50, AtMost(0.06))] {
        let truth = b / f64::sqrt((1.0 + b) * (1.0 + b) + b * b + 1.0);
        rate(&format!("the interval of a semi-partial correlation of {truth:.2} misses it"), promise, |random| {
            let z: Vec<f64> = (0..rows).map(|_| normal(random)).collect();
            let x: Vec<f64> = z.iter().map(|z| z + normal(random)).collect();
            let y: Vec<f64> = x.iter().zip(&z).map(|(x, z)| z + b * x + normal(random)).collect();
            let of = Triangle::of(&[&x, &y, &z]).unwrap().semi_partial(0, 1, &[2]).unwrap();
            let interval = of.interval(LEVEL).unwrap().unwrap();
            !(interval.low..=interval.high).contains(&truth)
        });
    }
}

/// BCa of tau and of the robust slope, at most twice the nominal rate for 20 rows with errors of heavy tails.
fn resampled_ranks() {
    rate_of(1000, "BCa of the Theil-Sen slope of 20 rows misses it", AtMost(0.10), |random| {
        let x: Vec<f64> = (0..20).map(|_| normal(random)).collect();
        let y: Vec<f64> = x.iter().map(|x| 0.7 * x + normal(random).powi(3)).collect();
        let resampler = SlopeResampler::new(&x, &y).unwrap();
        let interval = bootstrap(20, 499, LEVEL, random, |rows| resampler.slope(rows)).unwrap().interval;
        !(interval.low..=interval.high).contains(&0.7)
    });
    // Columns that are normal with correlation r: tau = (2 / pi) asin r, which cubing y does not change (Kendall 1970).
    rate_of(1000, "BCa of Kendall's tau of 20 rows misses it", AtMost(0.10), |random| {
        let x: Vec<f64> = (0..20).map(|_| normal(random)).collect();
        let y: Vec<f64> = x.iter().map(|x| (0.6 * x + 0.8 * normal(random)).powi(3)).collect();
        let resampler = TauResampler::new(&x, &y).unwrap();
        let interval = bootstrap(20, 499, LEVEL, random, |rows| resampler.tau(rows)).unwrap().interval;
        !(interval.low..=interval.high).contains(&(0.6_f64.asin() * std::f64::consts::FRAC_2_PI))
    });
}
