//! What a page says of the cost of the things that it compares: K, steps, parameters and budget of each.

use std::collections::BTreeMap;

use super::page::{Site, ends, site_at};
use crate::claim::{Ends, compact};
use crate::paper::{Meaning, Paper, Place, Printed, Row, Sort, Table};
use crate::question::{Adapter, Allocation, Condition, Quantity, Question, Schedule, Trains};

/// A number as the page writes it and all that it can be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factor {
    pub text: String,
    pub ends: Ends,
}

impl Factor {
    fn whole(number: usize) -> Self {
        Self { text: number.to_string(), ends: (number as f64, number as f64) }
    }

    fn printed(printed: &Printed) -> Self {
        Self { text: printed.text().to_owned(), ends: ends(printed) }
    }
}

/// One of the things compared, and what the page says of its cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub name: String,
    pub budget: Option<Factor>,
    pub parameters: Option<Factor>,
    pub k: Option<Factor>,
    pub steps: Option<Factor>,
}

/// K of a run, its mean over the steps where a schedule moves it; `None` where it differs between matrices or none is used.
fn k_of(condition: &Condition) -> Option<Factor> {
    if condition.trains == Trains::All || condition.allocation != Allocation::Uniform {
        return None;
    }
    let Schedule::Staged(stages) = &condition.schedule else { return Some(Factor::whole(condition.k)) };
    let stages = stages.as_slice();
    let end = condition.step.saturating_add(1);
    let ends = stages[1..].iter().map(|stage| stage.from).chain([end]);
    let sum: f64 = stages
        .iter()
        .zip(ends)
        .map(|(stage, next)| stage.k as f64 * next.min(end).saturating_sub(stage.from) as f64)
        .sum();
    let mean = sum / condition.step as f64;
    Some(Factor { text: compact(mean), ends: (mean, mean) })
}

/// What trains between the frames of one matrix: K numbers on the diagonal, K x K in the core.
fn parameters_of(condition: &Condition) -> Option<Factor> {
    let constant = condition.schedule == Schedule::Constant;
    let k = k_of(condition).filter(|_| constant).map(|_| condition.k)?;
    let count = match condition.adapter {
        Adapter::Diag => k,
        Adapter::Core => k.checked_mul(k)?,
    };
    Some(Factor { text: format!("{count} a matrix"), ..Factor::whole(count) })
}

/// Where numbers are read at several steps, those whose step moves are the runs compared; a number that is read at one
/// step everywhere is a probe beside them.
fn compared(series: Vec<Vec<Point>>) -> Vec<Vec<Point>> {
    let moves = |points: &Vec<Point>| points.windows(2).any(|pair| pair[0].steps != pair[1].steps);
    if series.iter().any(moves) { series.into_iter().filter(moves).collect() } else { series }
}

/// The rows of a table, one series for each column that is measured.
pub(super) fn of_table(table: &Table) -> Vec<Vec<Point>> {
    let measured: Vec<usize> =
        (0..table.columns.len()).filter(|&column| table.columns[column].quantity.is_some()).collect();
    if measured.is_empty() {
        return vec![table.rows.iter().map(|row| point(table, row, None)).collect()];
    }
    let question = |row: &'_ Row, column: usize| match &row.cells[column].meaning {
        Meaning::Measured(question) => Some(question.clone()),
        _ => None,
    };
    let of_column = |column: usize| {
        table.rows.iter().map(|row| point(table, row, question(row, column).as_ref())).collect::<Vec<Point>>()
    };
    compared(measured.into_iter().map(of_column).collect())
}

/// A row of a table: its own columns first, then what its cell asks.
fn point(table: &Table, row: &Row, question: Option<&Question>) -> Point {
    let condition = question.map(|question| &question.condition);
    let column = |sort: Sort| {
        let at = table.columns.iter().position(|column| column.sort == Some(sort))?;
        Some(Factor::printed(&row.cells.get(at)?.printed))
    };
    let key = |axis: &str| {
        let key = || Printed::parse(&row.label).ok().map(|key| Factor::printed(&key));
        (table.row_axis == axis).then(key).flatten()
    };
    Point {
        name: format!("row {}", row.label),
        budget: column(Sort::Budget),
        parameters: column(Sort::Parameters).or_else(|| parameters_of(condition?)),
        k: condition.map_or_else(|| key("k").or_else(|| column(Sort::K)), k_of),
        steps: column(Sort::Steps)
            .or_else(|| key("step"))
            .or_else(|| condition.map(|condition| Factor::whole(condition.step))),
    }
}

/// The points of a claim, one series for each quantity that it asks.
pub(super) fn of_questions(questions: &[Question]) -> Vec<Vec<Point>> {
    let mut series: BTreeMap<Quantity, Vec<Point>> = BTreeMap::new();
    for question in questions {
        let condition = &question.condition;
        let (k, steps) = (k_of(condition), Some(Factor::whole(condition.step)));
        let name = match &k {
            Some(k) => format!("K={}, step {}", k.text, condition.step),
            None => format!("step {}", condition.step),
        };
        let points = series.entry(question.quantity).or_default();
        let point = Point { name, budget: None, parameters: parameters_of(condition), k, steps };
        if !points.contains(&point) {
            points.push(point);
        }
    }
    compared(series.into_values().collect())
}

/// The rows of the cells at `places`, one series for each column that they stand in.
pub(super) fn of_places<'p>(
    places: impl IntoIterator<Item = &'p Place>,
    paper: &Paper,
    papers: &[&Paper],
) -> Vec<Vec<Point>> {
    let mut series: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for site in places.into_iter().filter_map(|place| site_at(place, paper, papers)) {
        // What follows from other cells has the cost of those.
        if matches!(site.cell.meaning, Meaning::Derived { .. }) || is_cost(&site) {
            continue;
        }
        let name = site.column.quantity.map_or_else(|| site.column.name.clone(), |quantity| quantity.to_string());
        let row = point(site.table, site.row, site.question());
        let home = if site.paper.id == paper.id { String::new() } else { format!(" of {}", site.paper.id) };
        let name_there = format!("{} of table {}{home}", row.name, site.table.id);
        let points = series.entry(name).or_default();
        let point = Point { name: name_there, ..row };
        if !points.contains(&point) {
            points.push(point);
        }
    }
    compared(series.into_values().collect())
}

/// True for a column that says what a row costs.
fn is_cost(site: &Site<'_>) -> bool {
    matches!(site.column.sort, Some(Sort::K | Sort::Steps | Sort::Parameters | Sort::Budget))
}
