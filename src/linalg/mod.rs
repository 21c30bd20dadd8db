//! Checked SVD and QR, Haar frames, and [`Frame`]: orthonormal by construction.

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
}
