//! One result, rendered to each format.

mod analysis;
mod audit;
mod document;
mod text;

pub use analysis::render as analysis_text;
pub use audit::{AuditDocument, AuditedPaper, render as audit_text};
pub use document::{Document, PlanSummary, SCHEMA, Timing};
pub use text::render as text;
