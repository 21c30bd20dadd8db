//! The printed page alone: what a paper's numbers and sentences say of each other. Needs no engine.
//!
//! Every check is small, has a stable code and shows its arithmetic. Rounding alone is never accused: a printed number is
//! everything that is printed so.

mod combinations;
mod finding;
mod readings;
mod reconcile;
mod rederive;
mod related;

pub use finding::{CODES, Finding, Severity};
pub use rederive::{CODES as REDERIVED, rederive};
pub use related::{Digits, digits};
