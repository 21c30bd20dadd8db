//! Thin QR with a positive diagonal of R, which makes the factorisation unique.

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj as apply,
};
use faer::linalg::qr::no_pivoting::factor;
use faer::{Conj, Mat, MatRef, Par};

use super::LinalgError;

/// `A = Q R`.
#[derive(Debug, Clone)]
pub struct Qr {
    /// `[m, n]`, orthonormal columns.
    pub q: Mat<f64>,
    /// `[n, n]`, upper triangular, diagonal >= 0.
    pub r: Mat<f64>,
}

/// The thin QR of `a [m, n]`, m >= n.
///
/// # Errors
/// `a` has more columns than rows, or an entry that is not finite.
pub fn qr(a: MatRef<'_, f64>) -> Result<Qr, LinalgError> {
    let (rows, cols) = a.shape();
    if cols > rows {
        return Err(LinalgError::TooManyDimensions { k: cols, rows, cols });
    }
    if !a.is_all_finite() {
        return Err(LinalgError::NonFinite);
    }
    let mut basis = a.to_owned();
    let block = factor::recommended_block_size::<f64>(rows, cols);
    let mut coefficients = Mat::zeros(block, cols);
    let mut memory = MemBuffer::new(StackReq::any_of(&[
        factor::qr_in_place_scratch::<f64>(rows, cols, block, Par::Seq, Default::default()),
        apply_scratch::<f64>(rows, block, cols),
    ]));
    factor::qr_in_place(
        basis.as_mut(),
        coefficients.as_mut(),
        Par::Seq,
        MemStack::new(&mut memory),
        Default::default(),
    );
    let mut q = Mat::from_fn(rows, cols, |row, col| if row == col { 1.0 } else { 0.0 });
    apply(basis.as_ref(), coefficients.as_ref(), Conj::No, q.as_mut(), Par::Seq, MemStack::new(&mut memory));
    let mut r = Mat::from_fn(cols, cols, |row, col| if row <= col { basis[(row, col)] } else { 0.0 });
    for i in 0..cols {
        if r[(i, i)] < 0.0 {
            for j in i..cols {
                r[(i, j)] = -r[(i, j)];
            }
            for x in q.col_mut(i).iter_mut() {
                *x = -*x;
            }
        }
    }
    Ok(Qr { q, r })
}

#[cfg(test)]
mod tests {
    use super::super::product::{multiply, orthonormality_defect, rounding_tolerance};
    use super::*;

    #[test]
    fn factors_multiply_back_and_the_diagonal_is_positive() {
        let a = super::super::gaussian(9, 5, &mut crate::seed::stream(1, "test"));
        let Qr { q, r } = qr(a.as_ref()).unwrap();
        let tolerance = rounding_tolerance(9, 5);
        assert!(orthonormality_defect(q.as_ref()) <= tolerance);
        assert!((&multiply(q.as_ref(), r.as_ref()) - &a).norm_max() <= tolerance * a.norm_l2());
        assert!((0..5).all(|i| r[(i, i)] > 0.0));
    }

    #[test]
    fn q_stays_orthonormal_when_columns_repeat() {
        let a = Mat::from_fn(6, 3, |row, _| row as f64);
        let Qr { q, .. } = qr(a.as_ref()).unwrap();
        assert!(orthonormality_defect(q.as_ref()) <= rounding_tolerance(6, 3));
    }

    #[test]
    fn wide_and_non_finite_matrices_are_errors() {
        assert!(matches!(qr(Mat::zeros(2, 3).as_ref()), Err(LinalgError::TooManyDimensions { .. })));
        assert_eq!(qr(Mat::full(3, 2, f64::NAN).as_ref()).unwrap_err(), LinalgError::NonFinite);
    }
}
