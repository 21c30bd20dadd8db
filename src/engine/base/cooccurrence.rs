//! The directions in which words differ by the company that they keep: left singular vectors of log(1 + C + C^T), C the
//! bigram counts, by a randomised SVD of the sparse matrix (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1).

use faer::{Mat, MatRef};
use rand::Rng;

use crate::engine::Corpus;
use crate::linalg::{LinalgError, gaussian, multiply, qr, svd};

/// Directions sketched beyond those asked for; they carry the error of the sketch.
pub(super) const OVERSAMPLING: usize = 24;
const POWER_ITERATIONS: usize = 2;

/// The first `count` left singular vectors of log(1 + C + C^T), `[V, count]`; the largest entry of each is positive.
///
/// # Errors
/// `count` + 24 is more than V, or a factorisation fails.
pub(super) fn leading_directions(corpus: &Corpus, count: usize, rng: &mut impl Rng) -> Result<Mat<f64>, LinalgError> {
    let matrix = Symmetric::log_cooccurrence(corpus);
    let sketch = gaussian(corpus.vocab(), count + OVERSAMPLING, rng);
    let mut range = qr(matrix.times(sketch.as_ref()).as_ref())?.q;
    // One power iteration is M M^T M; M is symmetric. Orthonormalised at every product, or the small directions drown.
    for _ in 0..2 * POWER_ITERATIONS {
        range = qr(matrix.times(range.as_ref()).as_ref())?.q;
    }
    // B = Q^T M = (M Q)^T = (P R)^T: its left singular vectors are the right ones of R, [count + 24]^2.
    let inner = svd(qr(matrix.times(range.as_ref()).as_ref())?.r.as_ref())?.v;
    let mut directions = multiply(range.as_ref(), inner.subcols(0, count));
    for column in directions.col_iter_mut() {
        let extreme = column.as_ref().iter().copied().reduce(|x, y| if y.abs() > x.abs() { y } else { x });
        if extreme.is_some_and(|x| x < 0.0) {
            column.iter_mut().for_each(|x| *x = -*x);
        }
    }
    Ok(directions)
}

/// A sparse symmetric matrix, `[n, n]`, by rows.
struct Symmetric {
    /// Where each row starts in `entries`, and the end of the last.
    starts: Vec<usize>,
    /// (column, value).
    entries: Vec<(u32, f64)>,
}

impl Symmetric {
    fn log_cooccurrence(corpus: &Corpus) -> Self {
        let bigrams = corpus.bigrams();
        let mut counts: Vec<(u32, u32, u32)> =
            bigrams.iter().flat_map(|&(first, second, n)| [(first, second, n), (second, first, n)]).collect();
        counts.sort_unstable();
        let mut starts = vec![0; corpus.vocab() + 1];
        let mut entries = Vec::with_capacity(counts.len());
        for group in counts.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let total: u32 = group.iter().map(|&(_, _, n)| n).sum();
            entries.push((group[0].1, f64::from(total).ln_1p()));
            starts[group[0].0 as usize + 1] += 1;
        }
        for row in 1..starts.len() {
            starts[row] += starts[row - 1];
        }
        Self { starts, entries }
    }

    /// This matrix times `x [n, k]`.
    fn times(&self, x: MatRef<'_, f64>) -> Mat<f64> {
        let (rows, cols) = x.shape();
        // Row-major on both sides: each entry then adds one contiguous row.
        let mut by_row = vec![0.0; rows * cols];
        for (col, column) in x.col_iter().enumerate() {
            for (row, value) in column.iter().enumerate() {
                by_row[row * cols + col] = *value;
            }
        }
        let mut product = Mat::zeros(rows, cols);
        let mut sum = vec![0.0; cols];
        for row in 0..rows {
            sum.fill(0.0);
            for &(other, weight) in &self.entries[self.starts[row]..self.starts[row + 1]] {
                let start = other as usize * cols;
                for (total, value) in sum.iter_mut().zip(&by_row[start..start + cols]) {
                    *total += weight * value;
                }
            }
            for (entry, total) in product.row_mut(row).iter_mut().zip(&sum) {
                *entry = *total;
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CorpusConfig;
    use crate::seed::stream;

    fn small_corpus() -> Corpus {
        let config = CorpusConfig { vocab: 120, tokens: 8_000, classes: 10, topics: 4, collocations: 20 };
        Corpus::synthetic(&config, 1).unwrap()
    }

    /// log(1 + C + C^T) straight from the text.
    fn dense(corpus: &Corpus) -> Mat<f64> {
        let mut counts = Mat::<f64>::zeros(corpus.vocab(), corpus.vocab());
        for pair in corpus.train().windows(2) {
            counts[(pair[0] as usize, pair[1] as usize)] += 1.0;
            counts[(pair[1] as usize, pair[0] as usize)] += 1.0;
        }
        Mat::from_fn(corpus.vocab(), corpus.vocab(), |row, col| counts[(row, col)].ln_1p())
    }

    #[test]
    fn the_sparse_product_is_the_dense_one() {
        let corpus = small_corpus();
        let x = gaussian(120, 3, &mut stream(1, "test"));
        let expected = multiply(dense(&corpus).as_ref(), x.as_ref());
        let product = Symmetric::log_cooccurrence(&corpus).times(x.as_ref());
        // Rounding of sums of at most 120 terms.
        assert!((product - &expected).norm_max() <= 120.0 * f64::EPSILON * expected.norm_max());
    }

    #[test]
    fn the_sketch_finds_the_leading_singular_vectors() {
        let corpus = small_corpus();
        let matrix = dense(&corpus);
        let exact = svd(matrix.as_ref()).unwrap();
        let found = leading_directions(&corpus, 8, &mut stream(1, "test")).unwrap();
        let captured = multiply(found.transpose(), matrix.as_ref()).norm_l2();
        let best = exact.s[..8].iter().map(|x| x * x).sum::<f64>().sqrt();
        // Two power iterations suppress what lies below the 32 sketched directions by (s_33/s_8)^5: within a per mille.
        assert!(captured <= best * (1.0 + 1e-12) && captured >= best * 0.999, "{captured} of {best}");
        // The leading vector stands apart and must be found itself.
        let overlap = multiply(found.subcols(0, 1).transpose(), exact.u.subcols(0, 1))[(0, 0)].abs();
        assert!(overlap > 0.999_999, "{overlap}");
    }
}
