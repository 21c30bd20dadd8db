//! How far rounding may carry what the engine computes in f32.

use faer::Mat;

use super::Moment;

/// Twice the unit roundoff of f32: the distance from 1 to the next number.
pub const EPS: f64 = f32::EPSILON as f64;

/// What separates two orders of computing one gradient, in units of eps |G|_F: four maps a layer, forward and back, each
/// rounding at eps, magnified by layer norms. Over 3000 random models the engine's own two ways differ by 19 at most
/// (`tests/engine/adapter.rs`); a wrong term gives 1e6.
pub const GRADIENT: f64 = 100.0;

/// How far two ways of computing the logits `[T, V]` of one moment may be apart, in Frobenius norm: each of the 4 maps a
/// layer and the head rounds sums of at most 4 d terms in its own order; the factor 4 is for what layer norm magnifies.
/// Over 400 random models the largest was a fifth of this (`tests/engine/adapter.rs`).
pub fn logits(moment: &Moment) -> f64 {
    let config = moment.weights.config;
    let depth = (4 * config.layers + 1) as f64;
    4.0 * depth * (4.0 * config.width as f64).sqrt() * EPS * moment.logits.norm_l2().max(1.0)
}

/// How far a mean cross-entropy in f32 may lie from that of the same `logits [T, V]` in f64: a sum of V exponentials, one of
/// T losses, each term rounded once and added in any order, and the rounding of the logits' own size.
pub fn cross_entropy(logits: &Mat<f64>) -> f64 {
    EPS * (logits.ncols() as f64 + logits.nrows() as f64 + 4.0 * logits.norm_max())
}

/// The largest entry of |a - b|; infinite where an entry is not finite or the shapes differ.
pub fn furthest(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    if a.shape() != b.shape() || !a.is_all_finite() || !b.is_all_finite() {
        return f64::INFINITY;
    }
    (a - b).norm_max()
}
