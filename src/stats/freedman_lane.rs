//! A permutation test of a partial correlation, which is one of a coefficient in a multiple regression as well.

use rand::Rng;

use super::permutation::{Permuted, permutation_test};
use super::{Design, StatsError, Triangle};
use crate::linalg::qr;

/// Two-sided p of the correlation of `x` and `y` with the columns `given` held fixed (Freedman & Lane 1983, J. Bus. Econ.
/// Stat. 1, 292-298): what `given` leaves of y is reordered, freed of `given` again, and correlated with what is left of x.
///
/// Rows with other values of `given` are no free exchange, so that p is close to its level but not exact, even where all orders
/// are tried; without `given` it is the exact test of Pearson's r.
///
/// # Errors
/// Those of [`Triangle::partial`].
pub fn partial_permutation_test(
    x: &[f64],
    y: &[f64],
    given: &[&[f64]],
    draws: u64,
    random: &mut impl Rng,
) -> Result<Permuted, StatsError> {
    let columns: Vec<&[f64]> = [x, y].into_iter().chain(given.iter().copied()).collect();
    let held: Vec<usize> = (2..columns.len()).collect();
    Triangle::of(&columns)?.partial(0, 1, &held)?;
    let basis = basis(x.len(), given)?;
    let (x, y) = (residuals(x, &basis), residuals(y, &basis));
    let total: f64 = y.iter().map(|y| y * y).sum();
    permutation_test(x.len(), draws, random, |order| {
        let along: f64 = order.iter().zip(&x).map(|(&at, x)| x * y[at]).sum();
        let inside: f64 =
            basis.iter().map(|of| order.iter().zip(of).map(|(&at, q)| q * y[at]).sum::<f64>().powi(2)).sum();
        let left = total - inside;
        if left <= f64::EPSILON * total { 0.0 } else { along / left.sqrt() }
    })
}

/// An orthonormal basis of what the ones and `given` span, `[1 + given][rows]`.
fn basis(rows: usize, given: &[&[f64]]) -> Result<Vec<Vec<f64>>, StatsError> {
    let ones = vec![1.0; rows];
    let columns: Vec<&[f64]> = std::iter::once(ones.as_slice()).chain(given.iter().copied()).collect();
    let q = qr(Design::linear(&columns, false)?.high.as_ref())?.q;
    Ok((0..q.ncols()).map(|col| q.col(col).iter().copied().collect()).collect())
}

/// What the basis leaves of a column. Taken out twice: once leaves the rounding of a large part.
fn residuals(values: &[f64], basis: &[Vec<f64>]) -> Vec<f64> {
    let mut left = values.to_vec();
    for _ in 0..2 {
        for of in basis {
            let along: f64 = left.iter().zip(of).map(|(value, q)| value * q).sum();
            left.iter_mut().zip(of).for_each(|(value, q)| *value -= along * q);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::super::testing::{X, Y, Z};
    use super::*;
    use crate::seed::stream;

    #[test]
    fn all_orders_are_numpys() {
        // M = np.eye(n) - Z @ np.linalg.pinv(Z), Z = np.c_[np.ones(n), z[:n]]; stat = lambda e: abs(np.corrcoef(M @ x[:n], M @ e)[0, 1]);
        // sum(stat((M @ y[:n])[list(p)]) >= stat(M @ y[:n]) for p in itertools.permutations(range(n))), n = 6, 7
        for (rows, hits, orders) in [(6, 235, 720), (7, 681, 5040)] {
            let p = partial_permutation_test(&X[..rows], &Y[..rows], &[&Z[..rows]], 0, &mut stream(1, "test")).unwrap();
            assert_eq!((p.p_value, p.tried), (f64::from(hits) / f64::from(orders), orders as u64));
        }
    }

    #[test]
    fn nothing_held_is_the_test_of_pearsons_r() {
        // The 26 of 5040 orders of the test of `permutation_test`.
        let p = partial_permutation_test(&X[..7], &Y[..7], &[], 0, &mut stream(1, "test")).unwrap();
        assert_eq!(p.p_value, 26.0 / 5040.0);
        let copy = Z.map(|z| 2.0 * z);
        assert!(partial_permutation_test(&Z, &Y, &[&copy], 9, &mut stream(1, "test")).is_err());
    }
}
