//! One result, rendered to each format.

mod analysis;
mod audit;
mod document;
mod flips;
mod summary;
mod text;

pub use analysis::render as analysis_text;
pub use audit::{AUDIT_SCHEMA, AuditDocument, AuditedPaper, render as audit_text};
pub use document::{Document, ENGINE, PlanSummary, SCHEMA, Timing};
pub use flips::{lines as flip_lines, matrix as flip_matrix};
pub use summary::Summary;
pub use text::render as text;
