//! A pair of orthonormal frames: the K directions in which an adapter or a measure sees a matrix.

use faer::{Mat, MatRef};
use rand::Rng;

use super::product::{multiply, orthonormality_defect, rounding_tolerance};
use super::{LinalgError, Svd, gaussian, haar_frame, qr};

/// `U_K [out, K]` and `V_K [in, K]`, both with orthonormal columns: checked when built, never changed after.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    u: Mat<f64>,
    v: Mat<f64>,
}

impl Frame {
    /// The frame of `u [out, K]` and `v [in, K]`.
    ///
    /// The tolerance is that of rounding in a Householder factorisation of the same size, so that every frame this
    /// module makes passes and one that was scaled, or rounded to f32 (1e-8), does not.
    ///
    /// # Errors
    /// The sides have different K, an entry is not finite, or a side is not orthonormal.
    pub fn new(u: Mat<f64>, v: Mat<f64>) -> Result<Self, LinalgError> {
        if u.ncols() != v.ncols() {
            return Err(LinalgError::UnequalSides { left: u.ncols(), right: v.ncols() });
        }
        for side in [&u, &v] {
            if !side.is_all_finite() {
                return Err(LinalgError::NonFinite);
            }
            let deviation = orthonormality_defect(side.as_ref());
            if deviation > rounding_tolerance(side.nrows(), side.ncols()) {
                return Err(LinalgError::NotOrthonormal { deviation });
            }
        }
        Ok(Self { u, v })
    }

    /// `U_K`, `[out, K]`.
    pub fn u(&self) -> MatRef<'_, f64> {
        self.u.as_ref()
    }

    /// `V_K`, `[in, K]`.
    pub fn v(&self) -> MatRef<'_, f64> {
        self.v.as_ref()
    }

    /// K.
    pub fn k(&self) -> usize {
        self.u.ncols()
    }

    /// The first `k` dimensions of this frame.
    ///
    /// # Errors
    /// The frame has fewer.
    pub fn truncated(&self, k: usize) -> Result<Self, LinalgError> {
        if k > self.k() {
            return Err(LinalgError::TooManyDimensions { k, rows: self.u.nrows(), cols: self.v.nrows() });
        }
        // Columns of an orthonormal frame need no second check.
        Ok(Self { u: self.u.subcols(0, k).to_owned(), v: self.v.subcols(0, k).to_owned() })
    }
}

/// The first K singular vectors on both sides.
///
/// # Errors
/// K is more than min(out, in).
pub fn top_frame(svd: &Svd, k: usize) -> Result<Frame, LinalgError> {
    singular_frame(svd, k, 0)
}

/// The last K of the min(out, in) singular vectors, the least of all last.
///
/// # Errors
/// K is more than min(out, in).
pub fn bottom_frame(svd: &Svd, k: usize) -> Result<Frame, LinalgError> {
    singular_frame(svd, k, svd.s.len().saturating_sub(k))
}

fn singular_frame(svd: &Svd, k: usize, first: usize) -> Result<Frame, LinalgError> {
    if k > svd.s.len() {
        return Err(LinalgError::TooManyDimensions { k, rows: svd.u.nrows(), cols: svd.v.nrows() });
    }
    Frame::new(svd.u.subcols(first, k).to_owned(), svd.v.subcols(first, k).to_owned())
}

/// Independent Haar frames for a `rows x cols` matrix; the first j dimensions are Haar frames too.
///
/// # Errors
/// K is more than min(rows, cols).
pub fn haar(rows: usize, cols: usize, k: usize, rng: &mut impl Rng) -> Result<Frame, LinalgError> {
    if k > rows.min(cols) {
        return Err(LinalgError::TooManyDimensions { k, rows, cols });
    }
    Frame::new(haar_frame(rows, k, rng)?, haar_frame(cols, k, rng)?)
}

/// `frame` with V turned by a Haar rotation inside its span: the same core, another diagonal.
///
/// # Errors
/// The turned frame fails its check.
pub fn rotated(frame: &Frame, rng: &mut impl Rng) -> Result<Frame, LinalgError> {
    let rotation = haar_frame(frame.k(), frame.k(), rng)?;
    Frame::new(frame.u.clone(), multiply(frame.v(), rotation.as_ref()))
}

/// U as it is, V replaced by `c V + sqrt(1 - c^2) N`, N a Haar K-frame orthogonal to V; 0 <= c <= 1.
///
/// For the top frame of a gradient G = U S V^T + ..., `U^T G = S V^T` has its rows in the span of V, so that N adds
/// nothing and `diag(U^T G V')` is exactly c times the singular values: a frame of prescribed diagonal coverage.
///
/// # Errors
/// V has fewer than 2K rows, which leaves no room for N; c lies outside [0, 1].
pub fn mixture(frame: &Frame, c: f64, rng: &mut impl Rng) -> Result<Frame, LinalgError> {
    let (rows, k) = frame.v.shape();
    if rows < 2 * k {
        return Err(LinalgError::TooManyDimensions { k: 2 * k, rows: frame.u.nrows(), cols: rows });
    }
    let mut outside = gaussian(rows, k, rng);
    // Projected twice: one pass leaves a rounding remainder that the second removes.
    for _ in 0..2 {
        let inside = multiply(frame.v.transpose(), outside.as_ref());
        outside -= multiply(frame.v(), inside.as_ref());
    }
    let n = qr(outside.as_ref())?.q;
    let s = (1.0 - c * c).sqrt();
    Frame::new(frame.u.clone(), Mat::from_fn(rows, k, |row, i| c * frame.v[(row, i)] + s * n[(row, i)]))
}

#[cfg(test)]
mod tests {
    use super::super::svd;
    use super::*;
    use crate::seed::stream;

    fn core(g: &Mat<f64>, frame: &Frame) -> Mat<f64> {
        multiply(multiply(frame.u().transpose(), g.as_ref()).as_ref(), frame.v())
    }

    #[test]
    fn a_frame_that_is_scaled_rounded_or_lopsided_is_refused() {
        let mut rng = stream(1, "test");
        let sound = haar(9, 7, 3, &mut rng).unwrap();
        let (u, v) = (sound.u().to_owned(), sound.v().to_owned());
        let rounded = Mat::from_fn(9, 3, |row, col| f64::from(u[(row, col)] as f32));
        let not_orthonormal = |result| matches!(result, Err(LinalgError::NotOrthonormal { .. }));
        assert!(not_orthonormal(Frame::new(u.clone() * faer::Scale(1.001), v.clone())));
        assert!(not_orthonormal(Frame::new(rounded, v.clone())));
        assert_eq!(Frame::new(u.clone(), Mat::full(7, 3, f64::NAN)), Err(LinalgError::NonFinite));
        let narrower = v.subcols(0, 2).to_owned();
        assert_eq!(Frame::new(u, narrower), Err(LinalgError::UnequalSides { left: 3, right: 2 }));
    }

    #[test]
    fn top_and_bottom_see_the_largest_and_the_smallest_values() {
        let g = gaussian(8, 6, &mut stream(2, "test"));
        let svd = svd(g.as_ref()).unwrap();
        for (frame, values) in
            [(top_frame(&svd, 2).unwrap(), &svd.s[..2]), (bottom_frame(&svd, 2).unwrap(), &svd.s[4..])]
        {
            let core = core(&g, &frame);
            for (i, value) in values.iter().enumerate() {
                // Rounding of two products of numbers of order |G|.
                assert!((core[(i, i)] - value).abs() <= 1e-13 * g.norm_l2());
            }
        }
        assert!(matches!(top_frame(&svd, 7), Err(LinalgError::TooManyDimensions { k: 7, .. })));
        assert!(matches!(bottom_frame(&svd, 7), Err(LinalgError::TooManyDimensions { k: 7, .. })));
        assert!(matches!(haar(8, 6, 7, &mut stream(1, "test")), Err(LinalgError::TooManyDimensions { .. })));
    }

    #[test]
    fn a_rotated_frame_keeps_the_span_and_changes_the_diagonal() {
        let mut rng = stream(3, "test");
        let g = gaussian(10, 9, &mut rng);
        let top = top_frame(&svd(g.as_ref()).unwrap(), 4).unwrap();
        let turned = rotated(&top, &mut rng).unwrap();
        let projector = |frame: &Frame| multiply(frame.v(), frame.v().transpose());
        assert!((projector(&top) - projector(&turned)).norm_max() <= 1e-13);
        assert!((core(&g, &top).norm_l2() - core(&g, &turned).norm_l2()).abs() <= 1e-13 * g.norm_l2());
        assert!((core(&g, &top)[(0, 0)] - core(&g, &turned)[(0, 0)]).abs() > 1e-3);
    }

    #[test]
    fn a_mixture_scales_every_diagonal_entry_by_c() {
        let mut rng = stream(4, "test");
        let g = gaussian(10, 8, &mut rng);
        let svd = svd(g.as_ref()).unwrap();
        let top = top_frame(&svd, 4).unwrap();
        for c in [0.0, 0.25, 1.0] {
            let core = core(&g, &mixture(&top, c, &mut rng).unwrap());
            for i in 0..4 {
                // Rounding, amplified by the condition of a square Gaussian (n = 2K leaves N no room): below 1e3.
                assert!((core[(i, i)] - c * svd.s[i]).abs() <= 1e-12 * g.norm_l2());
            }
        }
        assert!(matches!(
            mixture(&top_frame(&svd, 5).unwrap(), 0.5, &mut rng),
            Err(LinalgError::TooManyDimensions { .. })
        ));
        assert!(mixture(&top, 1.5, &mut rng).is_err());
    }

    #[test]
    fn truncation_keeps_the_first_dimensions() {
        let frame = haar(6, 5, 4, &mut stream(5, "test")).unwrap();
        let first = frame.truncated(2).unwrap();
        assert_eq!((first.k(), first.u()), (2, frame.u().subcols(0, 2)));
        assert!(matches!(frame.truncated(5), Err(LinalgError::TooManyDimensions { .. })));
    }
}
