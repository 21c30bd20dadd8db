//! The printed numbers of a paper with what they stand for.

use crate::claim::Ends;
use crate::paper::{Cell, Column, Meaning, Paper, Place, Printed, Row, Spot, Table};
use crate::question::{Batch, Condition, Question, Side};

/// A printed number in its table.
#[derive(Clone, Copy)]
pub(super) struct Site<'p> {
    pub paper: &'p Paper,
    pub table: &'p Table,
    pub row: &'p Row,
    pub column: &'p Column,
    pub cell: &'p Cell,
    /// The indices of row and column.
    pub at: (usize, usize),
}

impl Site<'_> {
    pub fn name(&self) -> String {
        format!("table {}, row {}, {}", self.table.id, self.row.label, self.column.name)
    }

    /// True where a relation of the paper `own` speaks of this cell.
    pub fn is_at(&self, place: &Place, own: &str) -> bool {
        let Spot::Cell { table, row, column } = &place.spot else { return false };
        let paper = place.paper.as_deref().unwrap_or(own);
        self.paper.id == paper && self.table.id == *table && self.at == (*row, *column)
    }

    pub fn question(&self) -> Option<&Question> {
        match &self.cell.meaning {
            Meaning::Measured(question) => Some(question),
            _ => None,
        }
    }
}

/// Every cell of a paper.
pub(super) fn sites(paper: &Paper) -> impl Iterator<Item = Site<'_>> {
    paper.tables.iter().flat_map(move |table| {
        table.rows.iter().enumerate().flat_map(move |(row_at, row)| {
            let cells = row.cells.iter().zip(&table.columns).enumerate();
            cells.map(move |(at, (cell, column))| Site { paper, table, row, column, cell, at: (row_at, at) })
        })
    })
}

/// Every cell that a run could measure, with its question.
pub(super) fn measured(paper: &Paper) -> impl Iterator<Item = (Site<'_>, &Question)> {
    sites(paper).filter_map(|site| match &site.cell.meaning {
        Meaning::Measured(question) => Some((site, question)),
        _ => None,
    })
}

/// The question as a page can ask it: whether a batch was redrawn and on which side of the update a loss was read, no
/// page of the series says.
pub(super) fn as_printed(question: &Question) -> Question {
    let condition = Condition { batch: Batch::Fixed, side: Side::After, ..question.condition.clone() };
    Question { condition, ..question.clone() }
}

/// The ends between which a printed number lies.
pub(super) fn ends(printed: &Printed) -> Ends {
    printed.interval()
}

/// Ends that lie twice as far from the middle: beyond them no way of rounding explains anything.
pub(super) fn slack((low, high): Ends) -> Ends {
    let half = (high - low) / 2.0;
    (low - half, high + half)
}

/// True where no number lies between both pairs of ends.
pub(super) fn disjoint(a: Ends, b: Ends) -> bool {
    a.1 < b.0 || b.1 < a.0
}
