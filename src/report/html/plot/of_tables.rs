//! The charts of a table: one for each quantity and base, its rows across, a line for each column. The rows' and columns'
//! conditions say what is what, so that any paper's table has its charts.

use super::axis::Axis;
use super::{Chart, Line, Mark, Mean, axis_of};
use crate::claim::compact;
use crate::judge::TableResult;
use crate::paper::Printed;
use crate::report::html::sources::{OfBase, Sources};
use crate::report::html::words::field;
use crate::report::terminal::with_spread;

/// A table's columns that measure one quantity.
pub(super) struct Group {
    pub measures: String,
    pub columns: Vec<usize>,
}

/// The charts of everything that the table measures.
pub fn of_table(table: &TableResult, sources: Sources<'_>) -> Vec<Chart> {
    let bases = sources.bases(table);
    let rows = Rows::of(table);
    let mut charts = Vec::new();
    for group in groups(table, sources) {
        let lines = |base: &OfBase<'_>| -> Vec<Line> {
            group
                .columns
                .iter()
                .map(|&column| line(table, sources, &rows, column, *base, group.columns.len() > 1))
                .collect()
        };
        let of_bases: Vec<Vec<Line>> = bases.iter().map(lines).collect();
        // The same scale on every base: charts side by side are there to be compared.
        let y = axis_of(of_bases.iter().flatten(), None);
        for (base, lines) in bases.iter().zip(of_bases) {
            let note = [Some(format!("{} base", base.name())), what_else_moves(table, sources, group.columns[0])];
            let note = note.into_iter().flatten().collect::<Vec<_>>().join("; ");
            let title = sentence(&group.measures);
            charts.push(Chart { title, note, x: rows.axis.clone(), y: y.clone(), lines, level: None });
        }
    }
    charts
}

/// The rows as places on an axis.
pub(super) struct Rows {
    pub axis: Axis,
    at: Vec<f64>,
}

impl Rows {
    /// Numbers where every row's key is one, else words.
    pub fn of(table: &TableResult) -> Self {
        let name = field(&table.columns[0]);
        let numbers: Option<Vec<f64>> =
            table.labels.iter().map(|label| Printed::parse(label).ok().map(|key| key.value())).collect();
        match numbers {
            Some(at) => Self { axis: Axis::across(&name, &at), at },
            None => Self {
                axis: Axis::of_words(&name, table.labels.clone()),
                at: (0..table.labels.len()).map(|place| place as f64).collect(),
            },
        }
    }

    pub fn at(&self, row: usize) -> f64 {
        self.at[row]
    }

    /// The rows from left to right.
    pub fn in_order(&self) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.at.len()).collect();
        rows.sort_by(|&a, &b| self.at[a].total_cmp(&self.at[b]));
        rows
    }
}

/// The measured columns by what they measure, in the table's order.
pub(super) fn groups(table: &TableResult, sources: Sources<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for column in 0..table.columns.len() - 1 {
        if !(0..table.rows.len()).any(|row| sources.is_measurable(table, row, column)) {
            continue;
        }
        let measures = sources.measures(table, column);
        match groups.iter_mut().find(|group| group.measures == measures) {
            Some(group) => group.columns.push(column),
            None => groups.push(Group { measures, columns: vec![column] }),
        }
    }
    groups
}

fn line(
    table: &TableResult,
    sources: Sources<'_>,
    rows: &Rows,
    column: usize,
    base: OfBase<'_>,
    is_named: bool,
) -> Line {
    let mut line = Line::default();
    let column_name = &table.columns[column + 1];
    if is_named {
        line.name.clone_from(column_name);
    }
    for row in rows.in_order().into_iter().filter(|&row| sources.is_measurable(table, row, column)) {
        let (x, cell) = (rows.at(row), &table.rows[row][column]);
        let measured = base.of(cell);
        if let Some(measured) = measured {
            line.means.push(Mean { x, y: measured.mean, sd: measured.sd });
            line.null.extend(measured.null.map(|null| (x, null)));
        }
        let Ok(printed) = Printed::parse(&cell.printed) else { continue };
        let beside = measured
            .map_or_else(|| "not measured".to_owned(), |measured| format!("measured {}", with_spread(measured)));
        line.marks.push(Mark {
            x,
            y: printed.value(),
            says: format!(
                "{} {}, {column_name}: printed {}, {beside}",
                field(&table.columns[0]),
                table.labels[row],
                cell.printed
            ),
            leads_to: sources.cell(&table.id, row, column).map(|(anchor, _)| anchor),
            printed: true,
            label: String::new(),
        });
    }
    line
}

/// What changes from row to row beside the rows' own key: `step 640, 320, 160`.
fn what_else_moves(table: &TableResult, sources: Sources<'_>, column: usize) -> Option<String> {
    let asked: Vec<_> = (0..table.rows.len()).filter_map(|row| sources.cell(&table.id, row, column)).collect();
    let (_, first) = asked.first()?;
    // Rows named by a word of the paper's own say themselves what they change.
    if !first.condition.contains_key(&table.columns[0]) {
        return None;
    }
    let moving = first.condition.keys().filter(|name| **name != table.columns[0]);
    let moving =
        moving.filter(|name| asked.iter().any(|(_, other)| other.condition.get(*name) != first.condition.get(*name)));
    let words = moving.map(|name| {
        let values = asked.iter().filter_map(|(_, asked)| asked.condition.get(name));
        let values: Vec<String> =
            values.map(|value| value.as_f64().map_or_else(|| value.to_string(), compact)).collect();
        format!("{} {}", field(name), values.join(", "))
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// With a capital in front.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
