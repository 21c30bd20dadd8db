//! Uniformly distributed orthonormal frames.

use faer::Mat;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{LinalgError, qr};

/// Independent standard normal entries, `[rows, cols]`, drawn column by column.
pub fn gaussian(rows: usize, cols: usize, rng: &mut impl Rng) -> Mat<f64> {
    let mut matrix = Mat::zeros(rows, cols);
    for column in matrix.col_iter_mut() {
        for x in column.iter_mut() {
            *x = StandardNormal.sample(rng);
        }
    }
    matrix
}

/// A Haar-distributed frame `[rows, k]`: its law is unchanged by any rotation of the rows.
///
/// It is the Q of a Gaussian matrix whose R has a positive diagonal; without that sign rule Q would not be uniform
/// (Mezzadri 2007, "How to generate random matrices from the classical compact groups"). The first j columns are a Haar
/// frame of j dimensions.
///
/// # Errors
/// `k` is more than `rows`.
pub fn haar_frame(rows: usize, k: usize, rng: &mut impl Rng) -> Result<Mat<f64>, LinalgError> {
    if k > rows {
        return Err(LinalgError::TooManyDimensions { k, rows, cols: k });
    }
    Ok(qr(gaussian(rows, k, rng).as_ref())?.q)
}

#[cfg(test)]
mod tests {
    use super::super::product::{orthonormality_defect, rounding_tolerance};
    use super::*;
    use crate::seed::stream;

    #[test]
    fn frames_are_orthonormal_and_their_entries_average_out() {
        let mut rng = stream(1, "test");
        let mut sum = 0.0;
        let draws = 400;
        for _ in 0..draws {
            let q = haar_frame(6, 3, &mut rng).unwrap();
            assert!(orthonormality_defect(q.as_ref()) <= rounding_tolerance(6, 3));
            sum += q[(0, 0)];
        }
        // An entry has mean 0 and variance 1/6: six standard errors of the mean. A fixed sign would give 0.34.
        assert!((sum / f64::from(draws)).abs() <= 6.0 / (6.0 * f64::from(draws)).sqrt());
    }

    #[test]
    fn more_dimensions_than_rows_is_an_error() {
        assert!(matches!(
            haar_frame(3, 4, &mut stream(1, "test")),
            Err(LinalgError::TooManyDimensions { k: 4, rows: 3, .. })
        ));
    }
}
