//! What can go wrong in the engine, told apart by whose fault it is.

use std::path::PathBuf;

/// An engine error. [`EngineError::is_input`] tells wrong input (exit code 2) from a failed run (exit code 3).
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A user's file cannot be used; `hint` says what to do.
    #[error("{path}: {message}", path = path.display())]
    File { path: PathBuf, message: String, hint: String },
    /// A request that this model, corpus or device cannot serve.
    #[error("{message}")]
    Request { message: String, hint: String },
    /// A number that must be finite is not: a diverged run.
    #[error("{what} is not finite")]
    NonFinite { what: String },
    /// Full training did not learn the text.
    #[error("after {steps} steps of training the held-out loss is still not below {target:.3} nats")]
    NotTrained { steps: usize, target: f64 },
    #[error(transparent)]
    Linalg(#[from] crate::linalg::LinalgError),
    #[error("tensor operation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    #[error("{path}: {source}", path = path.display())]
    Write { path: PathBuf, source: std::io::Error },
}

impl EngineError {
    /// True where the user's input is at fault.
    pub const fn is_input(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Request { .. })
    }

    /// What the user can do about it, where something can be said.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::File { hint, .. } | Self::Request { hint, .. } => Some(hint),
            _ => None,
        }
    }
}
