//! One result, rendered to each format.

mod document;
mod text;

pub use document::{Document, PlanSummary, SCHEMA, Timing};
pub use text::render as text;
