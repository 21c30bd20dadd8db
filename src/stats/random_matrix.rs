//! What a matrix of independent normal numbers shows by itself.

use std::f64::consts::PI;

/// Points of the quadrature: its error falls with every power of their number for these smooth integrands; 10^-9 is
/// reached with a hundred, and for square matrices, whose density has an edge at 0, with some thousand.
const POINTS: usize = 20_000;

/// Roy-Vetterli effective rank of a large Gaussian matrix `[rows, cols]`: exp(H(p)), p = sigma / sum sigma, with the
/// singular values of the Marchenko-Pastur law. With s the root of an eigenvalue of X^T X / max(m, n) and n = min(m, n) it is
/// `n E[s] exp(-E[s ln s] / E[s])`: 0.805041 n for a square matrix (science.md, "Theory"). 0 for an empty matrix.
pub fn gaussian_effective_rank(rows: usize, cols: usize) -> f64 {
    let (long, short) = (rows.max(cols) as f64, rows.min(cols) as f64);
    if short == 0.0 {
        return 0.0;
    }
    let ratio = short / long;
    let (low, high) = ((1.0 - ratio.sqrt()).powi(2), (1.0 + ratio.sqrt()).powi(2));
    let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
    let (mut first, mut entropy) = (0.0, 0.0);
    // The eigenvalue is middle + half cos t: the ends of the law become smooth.
    for point in 0..POINTS {
        let t = (point as f64 + 0.5) * PI / POINTS as f64;
        let eigenvalue = middle + half * t.cos();
        let weight = (half * t.sin()).powi(2) / (2.0 * PI * ratio * eigenvalue) * PI / POINTS as f64;
        let s = eigenvalue.sqrt();
        first += weight * s;
        entropy += weight * s * s.ln();
    }
    short * first * (-entropy / first).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// science.md, "Theory that the judge needs": 0.805041 n in the square limit; by simulation 205.95 (sd 0.26), 247.31
    /// (0.07) and 244.10 (0.08), 51.42 and 61.79. A finite matrix lies a little off the limit: by half the spread of one.
    #[test]
    fn gaussian_matrices_have_the_rank_of_their_shape() {
        assert!((gaussian_effective_rank(1000, 1000) / 1000.0 - 0.805041).abs() < 1e-6);
        for (rows, cols, simulated, spread) in [
            (256, 256, 205.95, 0.26),
            (1024, 256, 247.31, 0.07),
            (256, 1024, 247.31, 0.07),
            (768, 256, 244.10, 0.08),
            (64, 64, 51.42, 0.26),
            (256, 64, 61.79, 0.07),
        ] {
            let limit = gaussian_effective_rank(rows, cols);
            assert!((limit - simulated).abs() < 0.6 * spread + 0.01, "{rows} x {cols}: {limit}");
        }
        assert_eq!(gaussian_effective_rank(0, 5), 0.0);
    }
}
