//! What a detector says: one place, one code, the arithmetic.

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The run is not what it says it is.
    Error,
    /// The numbers are what they are, but do not carry the conclusion.
    Warning,
}

/// A place and the arithmetic; its detector adds code and severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    pub place: String,
    /// The arithmetic, so that a reader can follow it.
    pub message: String,
}

impl Sighting {
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

/// Something that makes a claim hold, or seem to, without being what the claim says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub code: &'static str,
    pub severity: Severity,
    #[serde(rename = "where")]
    pub place: String,
    pub message: String,
}
