//! What a mean over all matrices hides: the same numbers by type of matrix.

use super::of_tables::{Rows, groups, sentence};
use super::{Axis, Chart, Line, Mark, Mean, axis_of};
use crate::claim::compact;
use crate::judge::TableResult;
use crate::question::MatrixKind;
use crate::report::html::sources::{OfBase, Sources};
use crate::report::html::words::field;
use crate::report::provenance::Fields;

/// One chart for each column and base whose numbers are means over types of matrices.
pub fn by_type(table: &TableResult, sources: Sources<'_>) -> Vec<Chart> {
    let rows = Rows::of(table);
    let mut charts = Vec::new();
    for group in groups(table, sources) {
        for &column in group.columns.iter().filter(|&&column| !rows_choose_matrices(table, sources, column)) {
            let of_base = |base: OfBase<'_>| {
                let value = |row: usize, kind: &str| base.of(&table.rows[row][column])?.by_type.get(kind).copied();
                lines(table, sources, &rows, column, &value)
            };
            let title = format!("{} by type of matrix", sentence(&group.measures));
            let note = &table.columns[column + 1];
            charts.extend(on_every_base(table, sources, &rows, None, &of_base).map(|(base, x, y, lines)| Chart {
                title: title.clone(),
                note: format!("{note}; {base} base"),
                x,
                y,
                lines,
                level: None,
            }));
        }
    }
    charts
}

/// Where two columns differ only in the frames that a gradient is seen through: the run's own over Haar ones, by type.
pub fn own_against_haar(table: &TableResult, sources: Sources<'_>) -> Vec<Chart> {
    let rows = Rows::of(table);
    let mut charts = Vec::new();
    for group in groups(table, sources) {
        let pairs = group.columns.iter().flat_map(|&own| group.columns.iter().map(move |&haar| (own, haar)));
        for (own, haar) in pairs.filter(|&(own, haar)| differ_in_lens(table, sources, own, haar)) {
            let of_base = |base: OfBase<'_>| {
                let of = |row: usize, column: usize, kind: &str| {
                    base.of(&table.rows[row][column])?.by_type.get(kind).copied()
                };
                let value = |row: usize, kind: &str| Some(of(row, own, kind)? / of(row, haar, kind)?);
                lines(table, sources, &rows, own, &value)
            };
            let title = format!("{}: own frames over Haar frames, by type of matrix", sentence(&group.measures));
            charts.extend(on_every_base(table, sources, &rows, Some(1.0), &of_base).map(|(base, x, y, lines)| Chart {
                title: title.clone(),
                note: format!("{base} base; dashed: no difference"),
                x,
                y,
                lines,
                level: Some(1.0),
            }));
        }
    }
    charts
}

/// The lines of every base that has some, with axes that are the same on all of them.
fn on_every_base<'a>(
    table: &'a TableResult,
    sources: Sources<'a>,
    rows: &'a Rows,
    level: Option<f64>,
    of_base: &dyn Fn(OfBase<'a>) -> Vec<Line>,
) -> impl Iterator<Item = (&'a str, Axis, Axis, Vec<Line>)> {
    let of_bases: Vec<(&str, Vec<Line>)> = sources
        .bases(table)
        .into_iter()
        .map(|base| (base.name(), of_base(base)))
        .filter(|(_, lines)| !lines.is_empty())
        .collect();
    let y = axis_of(of_bases.iter().flat_map(|(_, lines)| lines), level);
    of_bases.into_iter().map(move |(base, lines)| (base, rows.axis.clone(), y.clone(), lines))
}

/// A line for each type, through every row that has a value of it.
fn lines(
    table: &TableResult,
    sources: Sources<'_>,
    rows: &Rows,
    column: usize,
    value: &dyn Fn(usize, &str) -> Option<f64>,
) -> Vec<Line> {
    let of_kind = |kind: &'static str| {
        let mut line = Line { name: kind.to_owned(), ..Line::default() };
        for row in rows.in_order() {
            let Some(y) = value(row, kind).filter(|y| y.is_finite()) else { continue };
            let x = rows.at(row);
            line.means.push(Mean { x, y, sd: None });
            line.marks.push(Mark {
                x,
                y,
                says: format!("{kind} at {} {}: {}", field(&table.columns[0]), table.labels[row], compact(y)),
                leads_to: sources.cell(&table.id, row, column).map(|(anchor, _)| anchor),
                printed: false,
                label: String::new(),
            });
        }
        line
    };
    MatrixKind::ALL.map(MatrixKind::name).into_iter().map(of_kind).filter(|line| !line.marks.is_empty()).collect()
}

/// True where the rows tell which matrices a mean is over: its parts are then the same in every row.
fn rows_choose_matrices(table: &TableResult, sources: Sources<'_>, column: usize) -> bool {
    let chosen = |row| sources.cell(&table.id, row, column).and_then(|(_, asked)| asked.condition.get("over"));
    let first = chosen(0);
    (1..table.rows.len()).any(|row| chosen(row) != first)
}

/// True where every row asks the same of both columns, but through the own frames here and Haar ones there.
fn differ_in_lens(table: &TableResult, sources: Sources<'_>, own: usize, haar: usize) -> bool {
    let differ = |row: usize| {
        let (_, own) = sources.cell(&table.id, row, own)?;
        let (_, haar) = sources.cell(&table.id, row, haar)?;
        let rest = |fields: &Fields| {
            fields.iter().filter(|(name, _)| *name != "lens").map(|(n, v)| (n.clone(), v.clone())).collect::<Vec<_>>()
        };
        let lens = |fields: &Fields| fields.get("lens").is_some_and(|lens| lens == "haar");
        Some(
            own.quantity == haar.quantity
                && rest(&own.condition) == rest(&haar.condition)
                && lens(&haar.condition)
                && !lens(&own.condition),
        )
    };
    (0..table.rows.len()).all(|row| differ(row) == Some(true))
}
