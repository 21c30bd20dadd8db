#![doc = include_str!("FORMAT.md")]

mod at;
mod claims;
mod derived;
mod error;
mod evaluate;
mod expression;
mod formula;
mod interval;
mod kinds;
mod load;
mod operation;
mod page;
mod parse;
mod passage;
mod pearson;
mod printed;
mod reach;
mod reader;
mod relation;
mod rows;
mod sayings;
mod search;
mod shelf;
mod slope;
mod table;
mod term;
mod verdict;

pub use error::PaperError;
pub use formula::{Formula, Step, Steps};
pub use interval::Interval;
pub use load::{load, load_beside};
pub use operation::Operation;
pub use page::{Cell, Column, Consistency, Derived, Meaning, Row, Sort, Stated, Table};
pub use printed::{Exactness, Printed, PrintedError};
pub use reach::Reach;
pub use relation::{Follows, Operand, Place, Relation, Spot};
pub use sayings::{
    AskedAt, Claim, Expected, Fresh, Note, OPEN, Recorded, RecordedFinding, Standing, Statement, Status,
};
pub use shelf::{load_all, shipped};

use std::ops::Range;

use crate::question::Condition;
use error::Source;

/// One paper of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// The file that it was read from and its text: where errors that show up later point to.
    pub file: String,
    pub text: String,
    /// `p87`
    pub id: String,
    pub title: String,
    /// What the paper says of itself.
    pub status: String,
    /// The papers that it continues.
    pub builds_on: Vec<String>,
    /// Other papers whose numbers it refers to.
    pub cites: Vec<String>,
    /// What it says of its model's size.
    pub model: ModelFacts,
    /// The paper's own condition: every question starts from it.
    pub setup: Condition,
    /// The fields of it that the file names; the others are the protocol's defaults.
    pub setup_names: Vec<String>,
    pub tables: Vec<Table>,
    pub stated: Vec<Stated>,
    pub derived: Vec<Derived>,
    pub statements: Vec<Statement>,
    pub claims: Vec<Claim>,
    pub standings: Vec<Standing>,
    pub findings: Vec<RecordedFinding>,
    pub notes: Vec<Note>,
}

/// The size of a model as its paper states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModelFacts {
    pub vocab: Option<usize>,
    pub width: Option<usize>,
    pub layers: Option<usize>,
    pub heads: Option<usize>,
    /// Tokens in a training sequence.
    pub tokens: Option<usize>,
}

impl Paper {
    /// An error that only a model or a run brings to light, shown at the bytes `span` of the paper's file.
    pub fn error_at(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Box<PaperError> {
        Source { name: &self.file, text: &self.text }.error(span.clone(), message, hint)
    }
}
