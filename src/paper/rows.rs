//! The pasted rows of a table: where each cell stands, and the condition that its row sets.

use std::ops::Range;

use serde_json::Value as Json;

use super::at::{Patch, hint, unanswerable};
use super::derived::follow;
use super::error::suggest;
use super::evaluate::Scope;
use super::reader::{Fields, Node, QUOTED_FORMS, Result};
use super::relation::Place;
use super::table::{ColumnPlan, Kind};
use super::term::Term;
use super::{Cell, Meaning, Printed, Row, Table};
use crate::question::{Condition, Question};

/// How the table's rows set the condition.
pub(super) struct Rows<'a> {
    pub axis: String,
    axis_node: Node<'a>,
    /// The conditions of rows that the paper names by words.
    named: Vec<(String, Node<'a>)>,
    /// Rows that no condition describes: their cells are only read.
    page_only: Vec<(String, Node<'a>)>,
}

/// A row's key `layer 3` of a table with `rows = "layer"` sets `over = "layer-3"`.
const LAYER: &str = "layer";

/// Byte ranges of the cells of every line that has any. A line with `|` is split there, any other at blanks.
pub(super) fn lines(text: &str) -> Vec<Vec<Range<usize>>> {
    let place = |cell: &str| {
        let start = cell.as_ptr() as usize - text.as_ptr() as usize;
        start..start + cell.len()
    };
    let cells = |line: &str| -> Vec<Range<usize>> {
        let line = &text[place(line.trim())];
        if line.contains('|') {
            let inner = line.strip_prefix('|').unwrap_or(line);
            inner.strip_suffix('|').unwrap_or(inner).split('|').map(|cell| place(cell.trim())).collect()
        } else {
            line.split_whitespace().map(place).collect()
        }
    };
    text.lines().map(cells).filter(|cells| !cells.is_empty()).collect()
}

impl<'a> Rows<'a> {
    /// Reads `rows`, `row_at` and `page_only` of a table.
    pub fn read(table: &Fields<'a>) -> Result<Self> {
        let axis_node = table.need("rows", "what tells the rows apart: rows = \"k\"")?;
        let named = match table.take("row_at") {
            Some(node) => node.fields("`row_at`")?.rest(),
            None => Vec::new(),
        };
        let page_only = match table.take("page_only") {
            Some(node) => node.list()?.into_iter().map(|node| Ok((node.text()?, node))).collect::<Result<_>>()?,
            None => Vec::new(),
        };
        Ok(Self { axis: axis_node.text()?, axis_node, named, page_only })
    }

    /// Every row that `row_at` and `page_only` speak of exists.
    pub fn check_labels(&self, table: &Table) -> Result<()> {
        for (label, node) in self.named.iter().chain(&self.page_only) {
            if !table.rows.iter().any(|row| row.label == *label) {
                let known = table.rows.iter().map(|row| row.label.as_str());
                return Err(node.error(format!("the table has no row `{label}`"), suggest(label, known)));
            }
        }
        Ok(())
    }

    /// Reads one line of `cells`, the next row of `table`.
    pub fn row(
        &self,
        table: &Table,
        cells: &Node<'_>,
        line: &[Range<usize>],
        columns: &[ColumnPlan<'_>],
        base: &Condition,
        scope: Scope<'_>,
    ) -> Result<Row> {
        let text = cells.raw()?;
        let label = text[line[0].clone()].to_owned();
        if line.len() != columns.len() + 1 {
            let message = format!(
                "row {label} has {} cells behind its key, the table has {} columns",
                line.len() - 1,
                columns.len()
            );
            let whole = line[0].start..line[line.len() - 1].end;
            return Err(cells.error_at(whole, message, "where a cell holds blanks, separate the line's cells by `|`"));
        }
        let printed = |column: &ColumnPlan<'_>, place: &Range<usize>| {
            Printed::parse(&text[place.clone()]).map_err(|error| {
                cells.error_at(place.clone(), format!("column {}: {error}", column.name), QUOTED_FORMS)
            })
        };
        let condition = if columns.iter().any(|column| matches!(column.kind, Kind::Measured(..))) {
            let mut condition = self.condition(cells, &line[0], &label, base)?;
            for (column, place) in columns.iter().zip(&line[1..]) {
                if let (Kind::Sets(field), Some(condition)) = (&column.kind, &mut condition) {
                    let value = key_value(&printed(column, place)?);
                    *condition = set(condition, field, &value, cells, place)?;
                }
            }
            condition
        } else {
            None
        };

        let key = Printed::parse(&label).ok();
        let at = (table.rows.len(), label.as_str());
        let key = key.iter().map(|key| (self.axis.clone(), Term::printed(Place::key(None, &table.id, at), key)));
        let mut locals: Vec<(String, Term)> = key.collect();
        let mut row = Row { label: label.clone(), cells: Vec::new(), words: Vec::new() };
        for (column, place) in columns.iter().zip(&line[1..]) {
            if matches!(column.kind, Kind::Words) {
                row.words.push(text[place.clone()].to_owned());
                continue;
            }
            let printed = printed(column, place)?;
            let meaning = match (&column.kind, &condition) {
                (Kind::Measured(quantity, patch), Some(condition)) => {
                    let condition = patch.apply(condition)?;
                    let question = Question { quantity: *quantity, condition };
                    if let Some((message, hint)) = unanswerable(&question) {
                        return Err(cells.error_at(place.clone(), format!("column {}: {message}", column.name), hint));
                    }
                    Meaning::Measured(question)
                }
                (Kind::Derived(is), _) => {
                    let scope = Scope { row: &locals, ..scope };
                    let (relation, interval, consistency) = follow(is, &printed, scope)?;
                    Meaning::Derived { is: is.text()?, relation, interval, consistency }
                }
                _ => Meaning::PageOnly,
            };
            let place = Place::cell(None, &table.id, at, (row.cells.len(), &column.name));
            locals.push((column.name.clone(), Term::printed(place, &printed)));
            row.cells.push(Cell { printed, meaning });
        }
        Ok(row)
    }

    /// The condition of the row `label`; `None` where no condition describes it.
    fn condition(
        &self,
        cells: &Node<'_>,
        place: &Range<usize>,
        label: &str,
        base: &Condition,
    ) -> Result<Option<Condition>> {
        if self.page_only.iter().any(|(other, _)| other == label) {
            return Ok(None);
        }
        if let Some((_, node)) = self.named.iter().find(|(other, _)| other == label) {
            return Patch::read(node)?.apply(base).map(Some);
        }
        if self.axis == LAYER {
            return set(base, "over", &Json::from(format!("layer-{label}")), cells, place).map(Some);
        }
        if Condition::fields().contains(&self.axis) {
            let value = Printed::parse(label).map_or_else(|_| Json::from(label), |key| key_value(&key));
            return set(base, &self.axis, &value, cells, place).map(Some);
        }
        if self.named.is_empty() && self.page_only.is_empty() {
            let known = Condition::fields();
            return Err(self.axis_node.error(
                format!("`{}` is no condition, so the rows measure nothing", self.axis),
                format!(
                    "say what each row is: row_at = {{ {label} = {{ k = 8 }} }}; {}",
                    suggest(&self.axis, known.iter().map(String::as_str).chain([LAYER]))
                ),
            ));
        }
        let hint = format!("add it to row_at, or to page_only: page_only = [\"{label}\"]");
        Err(cells.error_at(place.clone(), format!("nothing says under which condition row {label} is measured"), hint))
    }
}

/// A printed key for a condition's field: whole numbers as such.
fn key_value(key: &Printed) -> Json {
    let value = key.value();
    // Counts beyond 2^53 are no keys; the cast saturates and the condition refuses them.
    if value == value.trunc() { Json::from(value as i64) } else { Json::from(value) }
}

fn set(condition: &Condition, field: &str, value: &Json, cells: &Node<'_>, place: &Range<usize>) -> Result<Condition> {
    condition.with(field, value).map_err(|error| cells.error_at(place.clone(), error.to_string(), hint(&error)))
}
