//! The losses of a paper's runs over their steps, from everything that its tables and claims asked.

use std::collections::BTreeMap;

use super::{Axis, Chart, Line, Mark, Mean, axis_of};
use crate::claim::compact;
use crate::judge::PaperResult;
use crate::report::html::sources::Sources;
use crate::report::provenance::{Asked, Fields, in_words};

/// What tells the lines of one chart apart; the step runs along each, and all else is the chart's.
const OF_A_LINE: [&str; 2] = ["k", "schedule"];

/// From one K of a schedule to the next.
const THEN: &str = "\u{2192}";

/// What one base gives: the mean over seeds, and its spread where a table measured it, by the place of the question.
type Known<'a> = BTreeMap<&'a str, BTreeMap<usize, (f64, Option<f64>)>>;

/// A chart for each condition and base whose loss is known at several steps of some run; none where a table shows its steps
/// row by row, since that table's own chart is the same.
pub fn trajectories(paper: &PaperResult, sources: Sources<'_>) -> Vec<Chart> {
    let known = known(paper, sources);
    let mut conditions: Vec<Fields> = Vec::new();
    for (_, asked) in losses(sources) {
        let shared = shared(asked);
        if !conditions.contains(&shared) {
            conditions.push(shared);
        }
    }
    let mut charts = Vec::new();
    for condition in conditions {
        let of_bases: Vec<(&str, Vec<Line>)> = known
            .iter()
            .map(|(base, values)| (*base, lines(sources, &condition, values)))
            .filter(|(_, lines)| lines.iter().any(|line| line.means.len() > 1))
            .collect();
        if of_bases.is_empty() || is_a_table_s(paper, sources, &condition) {
            continue;
        }
        let y = axis_of(of_bases.iter().flat_map(|(_, lines)| lines), None);
        for (base, lines) in of_bases {
            let steps: Vec<f64> = lines.iter().flat_map(|line| &line.marks).map(|mark| mark.x).collect();
            let mut note = format!("{base} base");
            if !condition.is_empty() {
                note = format!("{note}; {}", in_words(&condition));
            }
            if lines.iter().any(|line| line.name.contains(THEN)) {
                note = format!("{note}; 2{THEN}8@21: K=2, then 8 from step 21");
            }
            charts.push(Chart {
                title: "Loss (nats) over steps".to_owned(),
                note,
                x: Axis::across("step", &steps),
                y: y.clone(),
                lines,
                level: None,
            });
        }
    }
    charts
}

/// Every question about a loss, with its place.
fn losses(sources: Sources<'_>) -> impl Iterator<Item = (usize, &Asked)> {
    let questions = sources.provenance().map_or(&[] as &[Asked], |provenance| &provenance.questions);
    questions.iter().enumerate().filter(|(_, asked)| asked.quantity == "loss")
}

/// The condition without what tells lines and their points apart.
fn shared(asked: &Asked) -> Fields {
    let apart = |name: &str| name == "step" || OF_A_LINE.contains(&name);
    asked.condition.iter().filter(|(name, _)| !apart(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn known<'a>(paper: &'a PaperResult, sources: Sources<'a>) -> Known<'a> {
    let mut known = Known::new();
    for claim in &paper.claims {
        let Some(origin) = sources.claim(&claim.id) else { continue };
        for (base, ruling) in claim.by_base.iter().filter(|(_, ruling)| ruling.values.len() == origin.questions.len()) {
            let values = origin.questions.iter().zip(&ruling.values).map(|(&place, &mean)| (place, (mean, None)));
            known.entry(*base).or_default().extend(values);
        }
    }
    // A table's cells have a spread, too.
    for table in &paper.tables {
        for base in sources.bases(table) {
            for (row, cells) in table.rows.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    if let (Some(measured), Some(place)) = (base.of(cell), sources.place(&table.id, row, column)) {
                        known.entry(base.name()).or_default().insert(place, (measured.mean, measured.sd));
                    }
                }
            }
        }
    }
    known
}

/// The lines of one condition, each by its steps.
fn lines(sources: Sources<'_>, condition: &Fields, values: &BTreeMap<usize, (f64, Option<f64>)>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (place, asked) in losses(sources).filter(|(_, asked)| shared(asked) == *condition) {
        let (Some(&(y, sd)), Some(x)) =
            (values.get(&place), asked.condition.get("step").and_then(|step| step.as_f64()))
        else {
            continue;
        };
        let name = name(&asked.condition);
        let mark = Mark {
            x,
            y,
            says: format!("{name}, step {}: {}", compact(x), compact(y)),
            leads_to: sources.question(place).map(|(anchor, _)| anchor),
            printed: false,
            label: String::new(),
        };
        let at = lines.iter().position(|line| line.name == name).unwrap_or_else(|| {
            lines.push(Line { name, ..Line::default() });
            lines.len() - 1
        });
        lines[at].marks.push(mark);
        lines[at].means.push(Mean { x, y, sd });
    }
    for line in &mut lines {
        line.marks.sort_by(|a, b| a.x.total_cmp(&b.x));
        line.means.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    lines
}

/// `K=32`, or a schedule of K: what paper files write as `2@1,8@21` is `2`, an arrow, `8@21` here, since every one begins at step 1.
fn name(condition: &Fields) -> String {
    match (condition.get("schedule").and_then(|schedule| schedule.as_str()), condition.get("k")) {
        (Some(schedule), _) if schedule.contains(',') => schedule.replacen("@1,", ",", 1).replace(',', THEN),
        (_, Some(k)) => format!("K={k}"),
        (_, None) => String::new(),
    }
}

/// True where one table with a row for each step asks all that the condition asks at several steps.
fn is_a_table_s(paper: &PaperResult, sources: Sources<'_>, condition: &Fields) -> bool {
    let places: Vec<usize> =
        losses(sources).filter(|(_, asked)| shared(asked) == *condition).map(|(place, _)| place).collect();
    paper.tables.iter().filter(|table| table.columns[0] == "step").any(|table| {
        let (rows, columns) = (table.rows.len(), table.columns.len() - 1);
        let cells =
            (0..rows).flat_map(|row| (0..columns).filter_map(move |column| sources.place(&table.id, row, column)));
        let cells: Vec<usize> = cells.collect();
        places.iter().all(|place| cells.contains(place))
    })
}
