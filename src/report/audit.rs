//! What the audit of printed pages says, as a document and as text.

use std::fmt::Write;

use serde::Serialize;

use super::terminal::Setting;
use super::text::of_severity;
use crate::audit::{Account, Finding, Severity, digits};
use crate::judge::DerivedResult;
use crate::paper::Paper;

/// The audit document's own schema, `fixtures/audit.schema.json`.
pub const AUDIT_SCHEMA: &str = "ctlora.audit/1";

/// The audit's report document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditDocument {
    pub schema: &'static str,
    pub papers: Vec<AuditedPaper>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manuscript: Option<Account>,
    pub findings: Vec<Finding>,
}

/// One audited paper: the numbers that follow from others, and how its findings stand against its file's record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditedPaper {
    pub id: String,
    pub title: String,
    pub derived: Vec<DerivedResult>,
    /// Share of the printed digits that no relation covers: a wrong one among them goes unseen.
    pub unrelated_digits: f64,
    /// Findings that the file does not record.
    pub unrecorded: usize,
    /// Findings that the file records and the audit does not make.
    pub gone: Vec<String>,
}

impl AuditedPaper {
    pub fn new(paper: &Paper, unrecorded: usize, gone: Vec<String>) -> Self {
        let derived = paper.derived.iter().map(DerivedResult::from).collect();
        let unrelated_digits = digits(paper).unrelated_share();
        Self { id: paper.id.clone(), title: paper.title.clone(), derived, unrelated_digits, unrecorded, gone }
    }
}

/// Columns that a finding's message stands to the right.
const MESSAGE: usize = 12;

/// The audit on a terminal: each paper's findings, most serious first, then how many there are.
pub fn render(document: &AuditDocument, setting: Setting) -> String {
    let mut out = String::new();
    for paper in &document.papers {
        let own: Vec<&Finding> = document.findings.iter().filter(|finding| finding.paper == paper.id).collect();
        out.push_str(&setting.plain(&format!("{}: {}", paper.id, paper.title), MESSAGE));
        out.push('\n');
        for finding in &own {
            let severity = format!("  {:<9}", finding.severity.name());
            let rest = format!(" {} at {}", finding.code, finding.place);
            out.push_str(&setting.paragraph(&severity, of_severity(finding.severity), &rest, MESSAGE));
            out.push_str(&setting.plain(&format!("{:MESSAGE$}{}", "", finding.message), MESSAGE));
            out.push('\n');
        }
        let count = |severity| own.iter().filter(|finding| finding.severity == severity).count();
        let counts = format!(
            "  {} derived numbers, {:.0} % of the digits in no relation; {} errors, {} warnings, {} ambiguous, {} notes",
            paper.derived.len(),
            100.0 * paper.unrelated_digits,
            count(Severity::Error),
            count(Severity::Warning),
            count(Severity::Ambiguous),
            count(Severity::Note)
        );
        out.push_str(&setting.plain(&counts, 2));
        if paper.unrecorded > 0 {
            let _ = writeln!(out, "  {} of them are not on record in the paper file", paper.unrecorded);
        }
        for gone in &paper.gone {
            out.push_str(&setting.plain(&format!("  on record, but not found: {gone}"), MESSAGE));
        }
        out.push('\n');
    }
    if let Some(account) = &document.manuscript {
        for open in &account.unaccounted {
            out.push_str(
                &setting.plain(&format!("  line {}: {} in `{}`", open.line, open.number, open.context), MESSAGE),
            );
        }
        let held = account.numbers - account.unaccounted.len();
        let share = 100.0 * held as f64 / account.numbers.max(1) as f64;
        let _ = writeln!(
            out,
            "{} numbers in the manuscript, {held} of them ({share:.1} %) stand in the paper file",
            account.numbers
        );
    }
    out
}
