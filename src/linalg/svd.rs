//! The singular value decomposition, checked before anybody uses it.
//!
//! Some libraries return finite factors for a NaN matrix or wrong ones after a failed iteration. Here a factorisation
//! that is not finite, sorted, orthonormal and equal to its matrix is an error.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::svd::{ComputeSvdVectors, svd as factorise, svd_scratch};
use faer::{Accum, Mat, MatRef, Par};

use super::LinalgError;
use super::product::{multiply, orthonormality_defect, rounding_tolerance};

/// Thin SVD `A = U diag(s) V^T` of `A [m, n]`, r = min(m, n).
#[derive(Debug, Clone)]
pub struct Svd {
    /// `[m, r]`, orthonormal columns.
    pub u: Mat<f64>,
    /// r singular values, largest first, zeros included.
    pub s: Vec<f64>,
    /// `[n, r]`, orthonormal columns.
    pub v: Mat<f64>,
}

/// The checked thin SVD of `a [m, n]`; signs are fixed so that the largest entry of each column of V is positive.
///
/// # Errors
/// `a` has an entry that is not finite, the iteration did not converge, or the factors fail their check.
pub fn svd(a: MatRef<'_, f64>) -> Result<Svd, LinalgError> {
    let (rows, cols) = a.shape();
    let rank = rows.min(cols);
    if !a.is_all_finite() {
        return Err(LinalgError::NonFinite);
    }
    let mut u = Mat::zeros(rows, rank);
    let mut v = Mat::zeros(cols, rank);
    let mut s = Diag::zeros(rank);
    let thin = ComputeSvdVectors::Thin;
    let mut memory = MemBuffer::new(svd_scratch::<f64>(rows, cols, thin, thin, Par::Seq, Default::default()));
    factorise(
        a,
        s.as_mut(),
        Some(u.as_mut()),
        Some(v.as_mut()),
        Par::Seq,
        MemStack::new(&mut memory),
        Default::default(),
    )
    .map_err(|_| LinalgError::NotConverged { rows, cols })?;
    let s = s.column_vector().iter().copied().collect();
    let mut svd = Svd { u, s, v };
    svd.check(a)?;
    svd.fix_signs();
    Ok(svd)
}

/// The singular values of `a [m, n]`: min(m, n) of them, largest first.
///
/// # Errors
/// `a` has an entry that is not finite, the iteration did not converge, or the values are not finite, sorted and of the
/// matrix's own norm (sum of s^2 = |A|_F^2).
pub fn singular_values(a: MatRef<'_, f64>) -> Result<Vec<f64>, LinalgError> {
    let (rows, cols) = a.shape();
    if !a.is_all_finite() {
        return Err(LinalgError::NonFinite);
    }
    let mut s = Diag::zeros(rows.min(cols));
    let none = ComputeSvdVectors::No;
    let mut memory = MemBuffer::new(svd_scratch::<f64>(rows, cols, none, none, Par::Seq, Default::default()));
    factorise(a, s.as_mut(), None, None, Par::Seq, MemStack::new(&mut memory), Default::default())
        .map_err(|_| LinalgError::NotConverged { rows, cols })?;
    let s: Vec<f64> = s.column_vector().iter().copied().collect();
    check_values(&s, a)?;
    Ok(s)
}

/// The same through the eigenvalues of the smaller Gram matrix, several times faster. Squaring costs digits: values below
/// about sqrt(eps) = 1.5e-8 of the largest are not told from zero. For a matrix whose entries were computed in f32 that
/// is nothing: their rounding, 6e-8 of the largest, hides such values anyway.
///
/// # Errors
/// As [`singular_values`].
pub fn gram_singular_values(a: MatRef<'_, f64>) -> Result<Vec<f64>, LinalgError> {
    let (rows, cols) = a.shape();
    let largest = a.norm_max();
    if !a.is_all_finite() {
        return Err(LinalgError::NonFinite);
    }
    let tall = if rows >= cols { a } else { a.transpose() };
    let n = tall.ncols();
    if largest == 0.0 || n == 0 {
        return Ok(vec![0.0; n]);
    }
    // Scaled, so that no square overflows or vanishes.
    let tall = Mat::from_fn(tall.nrows(), n, |row, col| tall[(row, col)] / largest);
    let mut gram = Mat::zeros(n, n);
    let (lower, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    let turned = tall.transpose();
    triangular::matmul(gram.as_mut(), lower, Accum::Replace, turned, whole, tall.as_ref(), whole, 1.0, Par::Seq);
    let mut squares = Diag::zeros(n);
    let none = ComputeEigenvectors::No;
    let mut memory = MemBuffer::new(self_adjoint_evd_scratch::<f64>(n, none, Par::Seq, Default::default()));
    self_adjoint_evd(gram.as_ref(), squares.as_mut(), None, Par::Seq, MemStack::new(&mut memory), Default::default())
        .map_err(|_| LinalgError::NotConverged { rows, cols })?;
    let squares = squares.column_vector().iter();
    let mut s: Vec<f64> = squares.map(|square| largest * square.max(0.0).sqrt()).collect();
    s.sort_by(|x, y| y.total_cmp(x));
    check_values(&s, a)?;
    Ok(s)
}

impl Svd {
    /// Accepts the factorisation of `a`, or says what is wrong with it.
    ///
    /// # Errors
    /// Values not finite, not sorted or not of the norm of `a`; factors not orthonormal; product not `a`.
    pub fn check(&self, a: MatRef<'_, f64>) -> Result<(), LinalgError> {
        let (rows, cols) = a.shape();
        let unsound = |what: &str| LinalgError::Unsound { rows, cols, what: what.to_owned() };
        check_values(&self.s, a)?;
        let tolerance = rounding_tolerance(rows, cols);
        // `!(x <= t)` also rejects NaN.
        for (name, side) in [("U", &self.u), ("V", &self.v)] {
            let defect = orthonormality_defect(side.as_ref());
            if !matches!(defect.partial_cmp(&tolerance), Some(order) if order.is_le()) {
                return Err(unsound(&format!("{name} is not orthonormal, off by {defect:.1e}")));
            }
        }
        let scaled = Mat::from_fn(rows, self.s.len(), |row, i| self.u[(row, i)] * self.s[i]);
        let mut residual = multiply(scaled.as_ref(), self.v.transpose());
        residual -= a;
        // Compared with the norm of the whole matrix: small singular values carry the absolute error of large ones.
        if residual.norm_l2() > tolerance * a.norm_l2() * (self.s.len() as f64).sqrt() {
            return Err(unsound("its product is not the matrix"));
        }
        Ok(())
    }

    /// Turns each pair of columns so that the largest entry of V's is positive.
    fn fix_signs(&mut self) {
        for i in 0..self.s.len() {
            let column = self.v.col(i);
            let largest = column.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            // The first entry within rounding of the largest decides, so that a tie is broken alike on every machine.
            let sign = column.iter().find(|x| x.abs() >= largest * (1.0 - 1e-9)).copied().unwrap_or(1.0);
            if sign < 0.0 {
                for x in self.u.col_mut(i).iter_mut().chain(self.v.col_mut(i).iter_mut()) {
                    *x = -*x;
                }
            }
        }
    }
}

/// Singular values must be finite, non-negative, sorted, and together as large as the matrix.
fn check_values(s: &[f64], a: MatRef<'_, f64>) -> Result<(), LinalgError> {
    let (rows, cols) = a.shape();
    let unsound = |what: &str| LinalgError::Unsound { rows, cols, what: what.to_owned() };
    if s.iter().any(|x| !x.is_finite()) {
        return Err(unsound("a singular value is not finite"));
    }
    if s.iter().any(|&x| x < 0.0) || s.windows(2).any(|pair| pair[0] < pair[1]) {
        return Err(unsound("the singular values are not sorted"));
    }
    let norm = a.norm_l2();
    // Scaled by the largest value: the squares of very small values would underflow.
    let largest = s.first().copied().unwrap_or(0.0);
    let of_values =
        if largest > 0.0 { largest * s.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt() } else { 0.0 };
    if (of_values - norm).abs() > rounding_tolerance(rows, cols) * norm {
        return Err(unsound("the singular values do not have the norm of the matrix"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::gaussian;
    use super::*;
    use crate::seed::stream;

    #[test]
    fn every_shape_and_rank_passes_its_own_check() {
        let mut rng = stream(1, "test");
        for (rows, cols) in [(1, 1), (5, 5), (40, 7), (7, 40), (300, 20)] {
            let full = gaussian(rows, cols, &mut rng);
            let left = gaussian(rows, 1, &mut rng);
            let right = gaussian(cols, 1, &mut rng);
            let rank_one = multiply(left.as_ref(), right.transpose());
            for a in [full, rank_one, Mat::zeros(rows, cols)] {
                let svd = svd(a.as_ref()).unwrap();
                assert_eq!((svd.u.shape(), svd.v.shape()), ((rows, rows.min(cols)), (cols, rows.min(cols))));
                assert_eq!(svd.s.len(), rows.min(cols));
                let values = singular_values(a.as_ref()).unwrap();
                let tolerance = rounding_tolerance(rows, cols) * a.norm_l2();
                assert!(svd.s.iter().zip(&values).all(|(x, y)| (x - y).abs() <= tolerance));
                // An error of eps |A|^2 in a square is one of its root in a value that is 0.
                let squared = (tolerance * a.norm_l2()).sqrt();
                let by_gram = gram_singular_values(a.as_ref()).unwrap();
                assert!(svd.s.iter().zip(&by_gram).all(|(x, y)| (x - y).abs() <= squared), "{rows} x {cols}");
                // Well above that the error is eps |A|^2 / s.
                let near = |(x, y): (&f64, &f64)| (x - y).abs() * x <= tolerance * a.norm_l2();
                assert!(svd.s.iter().zip(&by_gram).filter(|(x, _)| **x > 2.0 * squared).all(near));
            }
        }
    }

    #[test]
    fn the_largest_entry_of_each_v_is_positive() {
        let a = gaussian(12, 6, &mut stream(2, "test"));
        let svd = svd(a.as_ref()).unwrap();
        for column in svd.v.col_iter() {
            let largest = column.iter().copied().reduce(|x, y| if y.abs() > x.abs() { y } else { x }).unwrap();
            assert!(largest > 0.0);
        }
    }

    #[test]
    fn the_check_rejects_each_broken_factorisation() {
        let a = gaussian(8, 5, &mut stream(3, "test"));
        let sound = svd(a.as_ref()).unwrap();
        let breakages: [fn(&mut Svd); 6] = [
            |svd| svd.s[0] = f64::NAN,
            |svd| svd.s.swap(0, 1),
            |svd| svd.s[0] *= 1.001,
            |svd| svd.u[(0, 0)] += 1e-6,
            |svd| svd.v[(2, 1)] = f64::NAN,
            |svd| svd.v.col_mut(0).iter_mut().for_each(|x| *x = -*x),
        ];
        for (index, breakage) in breakages.iter().enumerate() {
            let mut broken = sound.clone();
            breakage(&mut broken);
            assert!(matches!(broken.check(a.as_ref()), Err(LinalgError::Unsound { .. })), "breakage {index}");
        }
    }

    #[test]
    fn a_matrix_that_is_not_finite_is_an_error() {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut a = Mat::<f64>::identity(4, 3);
            a[(2, 1)] = bad;
            assert_eq!(svd(a.as_ref()).unwrap_err(), LinalgError::NonFinite);
            assert_eq!(singular_values(a.as_ref()).unwrap_err(), LinalgError::NonFinite);
            assert_eq!(gram_singular_values(a.as_ref()).unwrap_err(), LinalgError::NonFinite);
        }
    }
}
