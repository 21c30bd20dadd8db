//! Parameter counts against the shapes of the model that the paper states.

use super::finding::{Finding, Severity};
use super::page::{Site, ends, sites};
use crate::paper::{Cell, Meaning, Paper, Sort, Table};
use crate::question::{Allocation, MatrixKind, Question, Trains};

pub(super) fn check(paper: &Paper) -> Vec<Finding> {
    let frozen = paper.tables.iter().filter_map(|table| frozen_counted(paper, table));
    frozen.chain(sites(paper).filter_map(|site| parameter_count(&site))).collect()
}

/// The K of the adapter that a row measures.
fn row_k(place: &Site<'_>) -> Option<usize> {
    let of_cell = |cell: &Cell| match &cell.meaning {
        Meaning::Measured(Question { condition, .. })
            if condition.allocation == Allocation::Uniform && condition.trains == Trains::Adapter =>
        {
            Some(condition.k)
        }
        _ => None,
    };
    place.row.cells.iter().find_map(of_cell)
}

/// The two ways to count an adapter `U diag(alpha) V^T` at K: what trains, K for each matrix, and what the papers count,
/// K (rows + cols), frames included.
struct Counts {
    k: f64,
    trained: f64,
    with_frames: f64,
}

/// `None` for a cell that counts no parameters, and where the page does not give the sizes.
fn counts(site: &Site<'_>) -> Option<Counts> {
    let model = site.paper.model;
    let (vocab, width, layers) = (model.vocab?, model.width?, model.layers? as f64);
    if site.column.sort != Some(Sort::Parameters) {
        return None;
    }
    let k = row_k(site)? as f64;
    let sides = |kind: MatrixKind| {
        let (rows, cols) = kind.shape(vocab, width);
        rows as f64 + cols as f64
    };
    let blocks: f64 = MatrixKind::BLOCK.into_iter().map(sides).sum();
    let matrices = 1.0 + layers * MatrixKind::BLOCK.len() as f64;
    Some(Counts { k, trained: k * matrices, with_frames: k * (sides(MatrixKind::TokEmb) + layers * blocks) })
}

fn is_count(site: &Site<'_>, count: f64) -> bool {
    let printed = ends(&site.cell.printed);
    printed.0 <= count && count <= printed.1
}

/// One finding for a whole table: its frames are frozen, and counted.
fn frozen_counted(paper: &Paper, table: &Table) -> Option<Finding> {
    let of_table = sites(paper).filter(|site| site.table.id == table.id);
    let counted: Vec<(Site<'_>, Counts)> = of_table.filter_map(|site| Some((site, counts(&site)?))).collect();
    let with_frames = counted.iter().filter(|(site, counts)| is_count(site, counts.with_frames));
    let ((site, counts), rows) = (with_frames.clone().next()?, with_frames.count());
    let message = format!(
        "{} at K={} counts every entry of the frames U and V, which are frozen; {} numbers train, K for each matrix; so in \
         {rows} of {} rows",
        site.cell.printed,
        counts.k,
        counts.trained,
        counted.len()
    );
    let place = format!("table {}, {}", table.id, site.column.name);
    Some(Finding::new("frozen-counted", Severity::Warning, &paper.id, place, message).with("trained", counts.trained))
}

/// A count that is neither.
fn parameter_count(site: &Site<'_>) -> Option<Finding> {
    let counts = counts(site)?;
    if [counts.trained, counts.k * counts.trained, counts.with_frames].iter().any(|count| is_count(site, *count)) {
        return None;
    }
    let message = format!(
        "{} is printed; K={} trains {} numbers, or {} if the frozen frames are counted too",
        site.cell.printed, counts.k, counts.trained, counts.with_frames
    );
    Some(Finding::new("parameter-count", Severity::Error, &site.paper.id, site.name(), message))
}
