//! How a printed number follows from others: a [`Formula`] over printed numbers, each with its place on the page.

use std::fmt;

use super::formula::Formula;
use super::interval::Interval;
use super::reach::Reach;
use super::{Consistency, Meaning, Paper, Printed, Table};

/// Where a number is printed. Equal places are the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The other paper that prints it; `None` for the paper at hand.
    pub paper: Option<String>,
    pub spot: Spot,
    /// The place in words: `table a, row 64, gain`.
    words: String,
}

/// A place within a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// A cell, by the indices of its row and column.
    Cell { table: String, row: usize, column: usize },
    /// The key of a row.
    Key { table: String, row: usize },
    /// A number of the text, by its id.
    Text { id: String },
}

impl Place {
    /// A cell of a table of the paper `paper` (`None`: the one at hand).
    pub fn cell(paper: Option<&str>, table: &str, row: (usize, &str), column: (usize, &str)) -> Self {
        let words = format!("table {table}, row {}, {}", row.1, column.1);
        Self::new(paper, Spot::Cell { table: table.to_owned(), row: row.0, column: column.0 }, words)
    }

    /// The key of a row.
    pub fn key(paper: Option<&str>, table: &str, row: (usize, &str)) -> Self {
        let words = format!("table {table}, the key of row {}", row.1);
        Self::new(paper, Spot::Key { table: table.to_owned(), row: row.0 }, words)
    }

    /// A derived number.
    pub fn derived(paper: Option<&str>, id: &str) -> Self {
        Self::new(paper, Spot::Text { id: id.to_owned() }, format!("derived {id}"))
    }

    /// A number that the text states.
    pub fn stated(paper: Option<&str>, id: &str) -> Self {
        Self::new(paper, Spot::Text { id: id.to_owned() }, format!("stated {id}"))
    }

    fn new(paper: Option<&str>, spot: Spot, words: String) -> Self {
        Self { paper: paper.map(str::to_owned), spot, words }
    }

    /// The cell of `table` in row `row` and column `column`, if there is one.
    pub fn of_cell(table: &Table, row: usize, column: usize) -> Option<(Self, &Printed)> {
        let line = table.rows.get(row)?;
        let (cell, name) = (line.cells.get(column)?, &table.columns.get(column)?.name);
        Some((Self::cell(None, &table.id, (row, &line.label), (column, name)), &cell.printed))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.paper {
            Some(paper) => write!(f, "{paper}: {}", self.words),
            None => f.write_str(&self.words),
        }
    }
}

/// A printed number that others follow from.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    pub place: Place,
    pub printed: Printed,
}

/// The printed numbers that a result follows from, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    pub operands: Vec<Operand>,
    pub formula: Formula,
}

impl Relation {
    /// What each operand may be.
    pub fn sides(&self) -> Vec<Interval> {
        self.operands.iter().map(|operand| operand.printed.rounding()).collect()
    }

    /// All values that the result can take, fine enough for a number printed as `printed`: to a thousandth of half a
    /// unit of its last place. `None` where the formula has no finite value.
    pub fn reach(&self, printed: &Printed) -> Option<Reach> {
        Reach::of(&self.formula, &self.sides(), printed.half_unit() * FINE)
    }

    /// The result as a reader calculates it, from the numbers as they stand; `None` where it has no finite value.
    pub fn by_hand(&self) -> Option<f64> {
        let exact: Option<Vec<Interval>> =
            self.operands.iter().map(|operand| Interval::point(operand.printed.value())).collect();
        let value = self.formula.value(&exact?)?;
        Some(value.low() / 2.0 + value.high() / 2.0)
    }

    /// The formula with the printed numbers in it: `0.131 / 0.068 - 1`.
    pub fn written(&self) -> String {
        let texts: Vec<&str> = self.operands.iter().map(|operand| operand.printed.text()).collect();
        self.formula.written(&texts)
    }

    /// The same relation over other operands, one for each; equal places become one operand.
    pub fn over(&self, operands: impl IntoIterator<Item = Operand>) -> Self {
        let mut kept: Vec<Operand> = Vec::new();
        let mut numbers = Vec::new();
        for operand in operands {
            let known = kept.iter().position(|other| other.place == operand.place);
            numbers.push(known.unwrap_or(kept.len()));
            if known.is_none() {
                kept.push(operand);
            }
        }
        let formula = self.formula.renumbered(|operand| numbers.get(operand).copied().unwrap_or(operand));
        Self { operands: kept, formula }
    }

    /// The same relation with one operand printed otherwise.
    pub fn with(&self, index: usize, printed: Printed) -> Self {
        let mut changed = self.clone();
        if let Some(operand) = changed.operands.get_mut(index) {
            operand.printed = printed;
        }
        changed
    }
}

/// A printed number that follows from others, and where it leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Follows<'p> {
    pub place: Place,
    pub printed: &'p Printed,
    /// The expression as the file has it.
    pub is: &'p str,
    pub relation: &'p Relation,
    pub consistency: Consistency,
}

impl Paper {
    /// All printed numbers with their places: cells, table by table, then the numbers of the text.
    pub fn numbers(&self) -> impl Iterator<Item = (Place, &Printed)> {
        let cells = self.tables.iter().flat_map(|table| {
            let rows = 0..table.rows.len();
            rows.flat_map(move |row| {
                (0..table.columns.len()).filter_map(move |column| Place::of_cell(table, row, column))
            })
        });
        let stated = self.stated.iter().map(|stated| (Place::stated(None, &stated.id), &stated.printed));
        let derived = self.derived.iter().map(|derived| (Place::derived(None, &derived.id), &derived.printed));
        cells.chain(stated).chain(derived)
    }

    /// All printed numbers that follow from others: derived cells, then derived numbers of the text.
    pub fn relations(&self) -> impl Iterator<Item = Follows<'_>> {
        let cells = self.tables.iter().flat_map(|table| {
            let rows = table.rows.iter().enumerate();
            rows.flat_map(move |(row, line)| {
                let cells = line.cells.iter().enumerate();
                cells.filter_map(move |(column, cell)| match &cell.meaning {
                    Meaning::Derived { is, relation, consistency, .. } => {
                        let (place, printed) = Place::of_cell(table, row, column)?;
                        Some(Follows { place, printed, is, relation, consistency: *consistency })
                    }
                    _ => None,
                })
            })
        });
        cells.chain(self.derived.iter().map(|derived| Follows {
            place: Place::derived(None, &derived.id),
            printed: &derived.printed,
            is: &derived.is,
            relation: &derived.relation,
            consistency: derived.consistency,
        }))
    }
}

/// The share of half a unit of the last place to which a range is searched.
const FINE: f64 = 1e-3;

impl Consistency {
    /// Whether `printed` can be the rounding of a value in `range`.
    pub fn of(reach: &Reach, printed: &Printed) -> Self {
        let (rounding, slack) = if reach.counted { (printed.rounding(), printed.slack()) } else { printed.as_result() };
        if reach.inner.overlaps(rounding) {
            Self::Consistent
        } else if reach.outer.overlaps(rounding) {
            Self::Undetermined
        } else if reach.outer.overlaps(slack) {
            Self::Truncated
        } else {
            Self::Inconsistent
        }
    }
}
