//! What a paper prints: tables, and the numbers of its text.

use std::ops::Range;

use super::{Printed, Relation};
use crate::question::{Quantity, Question};

/// What the cells of a column that measures nothing are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Trainable parameters as the paper counts them.
    Parameters,
    Budget,
    /// Nats.
    Loss,
    Coverage,
    /// A part of a whole, in [0, 1].
    Share,
    EffectiveRank,
    K,
    Steps,
}

impl Sort {
    pub const ALL: [Self; 8] = [
        Self::Parameters,
        Self::Budget,
        Self::Loss,
        Self::Coverage,
        Self::Share,
        Self::EffectiveRank,
        Self::K,
        Self::Steps,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Budget => "budget",
            Self::Loss => "loss",
            Self::Coverage => "coverage",
            Self::Share => "share",
            Self::EffectiveRank => "effective-rank",
            Self::K => "k",
            Self::Steps => "steps",
        }
    }
}

/// A table as printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its bytes in the file.
    pub span: Range<usize>,
    pub id: String,
    pub says: String,
    /// What tells the rows apart: a condition (`k`, `step`, `layer`), or a word of the paper's own (`scheme`).
    pub row_axis: String,
    /// The columns of numbers, in printed order.
    pub columns: Vec<Column>,
    /// The names of the columns of words, which stand behind the numbers.
    pub word_columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    /// What its cells measure, if they do.
    pub quantity: Option<Quantity>,
    /// Field and value of the condition that tells it from its neighbours: `step`, `40`.
    pub axis: Option<(String, String)>,
    /// What its cells are, where they measure nothing and the file says so.
    pub sort: Option<Sort>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The row's key as printed.
    pub label: String,
    /// One per column of the table.
    pub cells: Vec<Cell>,
    /// One per column of words.
    pub words: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub printed: Printed,
    pub meaning: Meaning,
}

/// What a printed number stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A quantity that a run can measure again.
    Measured(Question),
    /// A number that follows from others of the page: the expression, where it leads, and whether the page agrees.
    Derived { is: String, relation: Relation, interval: (f64, f64), consistency: Consistency },
    /// A number that only the page speaks of.
    PageOnly,
}

/// A number in the paper's text that follows from others.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    pub id: String,
    pub says: String,
    pub printed: Printed,
    /// The expression that it follows from.
    pub is: String,
    /// The printed numbers that it follows from, and how.
    pub relation: Relation,
    /// All values that the expression can take while its operands are rounded as printed.
    pub interval: (f64, f64),
    pub consistency: Consistency,
}

/// Whether a printed number can follow from the printed numbers that it is derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Some choice inside the rounding of every operand gives it.
    Consistent,
    /// No choice gives it, but one gives something within one unit of its last place: authors truncate.
    Truncated,
    /// The printed precision, or the effort of the search, does not decide.
    Undetermined,
    /// No choice gives it, nor anything within one unit of its last place.
    Inconsistent,
}

/// A number of the text that follows from no other.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    pub id: String,
    pub says: String,
    pub printed: Printed,
}

impl Table {
    /// Everything that its cells measure.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        cells.filter_map(|cell| match &cell.meaning {
            Meaning::Measured(question) => Some(question),
            _ => None,
        })
    }
}
