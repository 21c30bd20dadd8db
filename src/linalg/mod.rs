//! Checked SVD and QR, Haar frames, and [`Frame`]: orthonormal by construction.
//!
//! Everything here is `f64` and sequential: results do not depend on the thread count, and parallelism stays with the
//! callers, who run whole trajectories side by side.

mod frame;
mod haar;
mod product;
mod qr;
mod svd;

pub use frame::{Frame, bottom_frame, haar, mixture, rotated, top_frame};
pub use haar::{gaussian, haar_frame};
pub use product::{multiply, orthonormality_defect, rounding_tolerance};
pub use qr::{Qr, qr};
pub use svd::{Svd, gram_singular_values, singular_values, svd};

/// A factorisation that cannot be trusted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LinalgError {
    #[error("the matrix has an entry that is not finite")]
    NonFinite,
    #[error("the SVD of a {rows} x {cols} matrix did not converge")]
    NotConverged { rows: usize, cols: usize },
    #[error("the SVD of a {rows} x {cols} matrix fails its check: {what}")]
    Unsound { rows: usize, cols: usize, what: String },
    #[error("the frame is not orthonormal: |U^T U - I| reaches {deviation:.1e}")]
    NotOrthonormal { deviation: f64 },
    #[error("{k} dimensions do not fit into a {rows} x {cols} matrix")]
    TooManyDimensions { k: usize, rows: usize, cols: usize },
    #[error("the two sides of a frame need equally many columns, not {left} and {right}")]
    UnequalSides { left: usize, right: usize },
}
