//! Sequential products, and how far rounding may carry them.

use faer::linalg::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// `lhs [m, n] * rhs [n, p] -> [m, p]`, on the calling thread only.
///
/// faer's `*` operator asks a global thread pool; this does not.
pub fn multiply(lhs: MatRef<'_, f64>, rhs: MatRef<'_, f64>) -> Mat<f64> {
    let mut product = Mat::zeros(lhs.nrows(), rhs.ncols());
    matmul::matmul(product.as_mut(), Accum::Replace, lhs, rhs, 1.0, Par::Seq);
    product
}

/// The largest entry of `|Q^T Q - I|`, NaN where `q [m, k]` is not finite.
pub fn orthonormality_defect(q: MatRef<'_, f64>) -> f64 {
    let gram = multiply(q.transpose(), q);
    let mut defect = 0.0_f64;
    for col in 0..gram.ncols() {
        for row in 0..gram.nrows() {
            let expected = if row == col { 1.0 } else { 0.0 };
            let deviation = (gram[(row, col)] - expected).abs();
            // `f64::max` would drop a NaN, and with it the failure that the check is for.
            if deviation.is_nan() {
                return f64::NAN;
            }
            defect = defect.max(deviation);
        }
    }
    defect
}

/// How far rounding may carry a factorisation of an `m x n` matrix, relative to the size of its entries or values.
///
/// Householder methods are backward stable with a factor that in practice grows like the square root of the number of
/// rounded operations behind an entry, sqrt(m + n); 64 leaves room for the constant. A 15007 x 256 matrix may be 1.8e-12
/// off, where 1e-14 is usual; a wrong vector is off by order one.
pub fn rounding_tolerance(rows: usize, cols: usize) -> f64 {
    64.0 * f64::EPSILON * ((rows + cols) as f64).sqrt()
}
