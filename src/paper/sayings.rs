//! What a paper says of its numbers and of other papers, and what its file records of that.

use std::ops::Range;

use super::Place;
use crate::claim::{Ends, PageRule, Rule};
use crate::question::Question;

/// A sentence about printed numbers: the page alone decides it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its bytes in the file.
    pub span: Range<usize>,
    pub id: String,
    pub says: String,
    pub rule: PageRule,
    /// The numbers that it is about, in the rule's order, each between the ends that its rounding leaves.
    pub values: Vec<Ends>,
    /// The printed numbers behind them.
    pub of: Vec<Place>,
}

/// What a paper makes of a paper or claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// `p82`, or `p82::dead-zone`.
    pub of: String,
    pub is: Status,
    pub says: String,
}

/// What a finding is in a later paper's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Confirmed,
    Revised,
    Artifact,
    Falsified,
    Unsure,
}

impl Status {
    pub const ALL: [Self; 5] = [Self::Confirmed, Self::Revised, Self::Artifact, Self::Falsified, Self::Unsure];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Revised => "revised",
            Self::Artifact => "artifact",
            Self::Falsified => "falsified",
            Self::Unsure => "unsure",
        }
    }

    /// True where a finding does not stand any more.
    pub const fn is_withdrawn(self) -> bool {
        matches!(self, Self::Artifact | Self::Falsified)
    }
}

/// A finding of the audit that the project knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFinding {
    pub code: String,
    pub places: Vec<String>,
    pub because: String,
}

/// A claim, ready to be asked and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its bytes in the file.
    pub span: Range<usize>,
    pub id: String,
    /// The claim in one sentence.
    pub says: String,
    pub rule: Rule,
    /// What to measure, in the order that the rule's layout wants.
    pub questions: Vec<Question>,
    /// The claims of other papers that it builds on: `p82::dead-zone`.
    pub leans_on: Vec<String>,
    /// True for a claim whose runs are many times longer than its paper's own: it is asked on demand, or where other
    /// claims need these runs anyway.
    pub long: bool,
    pub asked_at: AskedAt,
    pub recorded: Recorded,
}

/// The scales at which a claim makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedAt {
    Both,
    PaperOnly { because: String },
}

/// The verdicts that the project stands behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub paper: Expected,
    /// At ci scale; the paper scale's unless the file says otherwise.
    pub ci: Expected,
}

/// The word for a verdict that is not on record yet: the claim has not been run at that scale.
pub const OPEN: &str = "open";

/// A verdict and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `confirmed`, `refuted`, `artifact(head: random)`, `holds only if base: crystallized`, ...
    pub verdict: String,
    pub because: String,
    /// What fresh seeds made of a verdict that the usual ones left inconclusive.
    pub fresh: Option<Fresh>,
}

/// The verdict of a second look (`verify --settle N`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    pub seeds: usize,
    pub verdict: String,
    pub because: String,
}

/// Something that the paper prints and this file does not encode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub prints: String,
    pub because: String,
}
