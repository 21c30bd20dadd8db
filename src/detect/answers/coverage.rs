//! Do W's own frames see more of a gradient than random ones? By the exact moments of random ones.

use super::NORMAL_QUANTILE;
use crate::detect::Sighting;
use crate::measure::core_moments;

/// The core coverage of one gradient `[m, n]` by the frame of its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Covered {
    pub k: usize,
    pub m: usize,
    pub n: usize,
    /// sum sigma^4 / (sum sigma^2)^2 of the gradient.
    pub concentration: f64,
    pub coverage: f64,
}

/// Coverages that a claim about W's frames rests on.
#[derive(Debug, Clone)]
pub struct Coverage {
    pub name: String,
    pub rows: Vec<Covered>,
}

/// Frames that cover this near to what random ones do carry nothing of W.
const SAME: f64 = 0.2;

/// The mean of c^2 / E[c^2] is shown to lie within 1 +- [`SAME`]. Its deviation is that of Haar frames, from the exact second
/// and fourth moments, over independent matrices and seeds.
pub fn by_base(coverage: &Coverage) -> Vec<Sighting> {
    let n = coverage.rows.len() as f64;
    let (mut sum, mut variance) = (0.0, 0.0);
    for row in &coverage.rows {
        let null = core_moments(row.k, row.m, row.n, row.concentration);
        sum += row.coverage.powi(2) / null.mean_square;
        variance += null.variance_of_square() / null.mean_square.powi(2);
    }
    let (mean, deviation) = (sum / n, variance.sqrt() / n);
    let near = (mean - 1.0).abs() + NORMAL_QUANTILE * deviation < SAME;
    let message = || {
        format!(
            "c^2 is {mean:.4} times K^2/(mn) over {n} gradients, random frames give 1 with deviation {deviation:.4}"
        )
    };
    near.then(|| Sighting::new(&coverage.name, message())).into_iter().collect()
}
