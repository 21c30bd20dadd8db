//! A user's own table: chosen columns of a CSV file, and every estimate of how one of them depends on the others.
//!
//! In: a file and the names of columns. Rows are read once, in a stream; what only whole columns can give (ranks,
//! Theil-Sen, resampling, influence) is computed where they fit in memory, or where the user asks for it. Out: an
//! [`Analysis`], which says what it left out and why.

mod analyse;
mod analysis;
mod associate;
mod error;
mod read;
mod regress;
mod resample;

pub use analyse::{HELD_ROWS, Request, analyse};
pub use analysis::{
    Analysis, Association, Bounded, Column, Drawn, Influence, Omitted, Regression, Resampled, RobustLine, Rows, Term,
    Tested,
};
pub use error::DatasetError;
