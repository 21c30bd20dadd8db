//! A paper's provenance, looked up from the numbers of its page.

use super::words::{anchor, quantity};
use crate::judge::{CellResult, Measured, TableResult};
use crate::report::provenance::{Asked, ClaimOrigin, Provenance};

/// Where the numbers of one paper come from; of a paper without provenance, nothing is known.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    pub paper: &'a str,
    provenance: Option<&'a Provenance>,
}

impl<'a> Sources<'a> {
    pub fn of(paper: &'a str, all: &'a [Provenance]) -> Self {
        Self { paper, provenance: all.iter().find(|provenance| provenance.paper == paper) }
    }

    pub const fn provenance(self) -> Option<&'a Provenance> {
        self.provenance
    }

    /// The question behind a cell, and its anchor on the page.
    pub fn cell(self, table: &str, row: usize, column: usize) -> Option<(String, &'a Asked)> {
        self.question(self.place(table, row, column)?)
    }

    /// The place of the question behind a cell.
    pub fn place(self, table: &str, row: usize, column: usize) -> Option<usize> {
        let table = self.provenance?.tables.iter().find(|origin| origin.id == table)?;
        *table.cells.get(row)?.get(column)?
    }

    pub fn claim(self, id: &str) -> Option<&'a ClaimOrigin> {
        self.provenance?.claims.iter().find(|origin| origin.id == id)
    }

    pub fn question(self, place: usize) -> Option<(String, &'a Asked)> {
        let asked = self.provenance?.questions.get(place)?;
        Some((anchor(&[self.paper, &format!("q{place}")]), asked))
    }

    /// The bases of a table's numbers: first the one of `measured`, then the others.
    pub fn bases(self, table: &'a TableResult) -> Vec<OfBase<'a>> {
        let cells = || table.rows.iter().flatten();
        let mut others: Vec<&'static str> = cells().flat_map(|cell| cell.by_base.keys().copied()).collect();
        others.sort_unstable();
        others.dedup();
        let asked = self.provenance.and_then(|provenance| provenance.questions.first());
        let first = asked.and_then(|asked| asked.runs.keys().copied().find(|base| !others.contains(base)));
        let first = cells().any(|cell| cell.measured.is_some()).then_some(OfBase::First(first.unwrap_or("measured")));
        first.into_iter().chain(others.into_iter().map(OfBase::Other)).collect()
    }

    /// True where a run could measure the cell.
    pub fn is_measurable(self, table: &TableResult, row: usize, column: usize) -> bool {
        let cell = table.rows.get(row).and_then(|row| row.get(column));
        self.cell(&table.id, row, column).is_some()
            || cell.is_some_and(|cell| cell.measured.is_some() || !cell.by_base.is_empty())
    }

    /// What a column measures, in words; its own name where nobody knows.
    pub fn measures(self, table: &TableResult, column: usize) -> String {
        let asked = (0..table.rows.len()).find_map(|row| self.cell(&table.id, row, column));
        asked.map_or_else(|| table.columns[column + 1].clone(), |(_, asked)| quantity(asked.quantity))
    }
}

/// One of the bases that a table was measured on, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfBase<'a> {
    /// The paper's own, or the one that was asked for.
    First(&'a str),
    Other(&'a str),
}

impl<'a> OfBase<'a> {
    pub const fn name(self) -> &'a str {
        match self {
            Self::First(name) | Self::Other(name) => name,
        }
    }

    pub fn of(self, cell: &CellResult) -> Option<&Measured> {
        match self {
            Self::First(_) => cell.measured.as_ref(),
            Self::Other(base) => cell.by_base.get(base),
        }
    }
}
