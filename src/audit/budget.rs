//! Points that a paper compares at equal budget have equal budgets: K x steps, parameters x steps, a printed budget, or
//! whatever the sentence says that they share.

use std::collections::BTreeMap;

use super::finding::{Finding, Severity};
use super::page::{Site, ends, site_at};
use super::words::{Said, Shared, shared};
use crate::claim::{Ends, compact};
use crate::paper::{Meaning, Paper, Place, Printed, Row, Sort, Table};
use crate::question::{Allocation, Condition, Quantity, Question, Schedule, Trains};

pub(super) fn check(papers: &[&Paper]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for paper in papers {
        for table in &paper.tables {
            let name = format!("table {}", table.id);
            findings.extend(finding(paper, name, &table.says, || of_table(table)));
        }
        for claim in &paper.claims {
            let name = format!("claim {}", claim.id);
            findings.extend(finding(paper, name, &claim.says, || of_questions(&claim.questions)));
        }
        for derived in &paper.derived {
            let places = derived.relation.operands.iter().map(|operand| &operand.place);
            let name = format!("derived {}", derived.id);
            findings.extend(finding(paper, name, &derived.says, || of_places(places, paper, papers)));
        }
        for statement in &paper.statements {
            let name = format!("statement {}", statement.id);
            findings.extend(finding(paper, name, &statement.says, || of_places(&statement.of, paper, papers)));
        }
    }
    findings
}

/// A number as the page writes it and all that it can be.
#[derive(Debug, Clone, PartialEq)]
struct Factor {
    text: String,
    ends: Ends,
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
struct Point {
    name: String,
    budget: Option<Factor>,
    parameters: Option<Factor>,
    k: Option<Factor>,
    steps: Option<Factor>,
}

/// A way to count a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    Printed,
    ParameterSteps,
    KSteps,
    Parameters,
    K,
    Steps,
}

impl Count {
    const fn name(self) -> &'static str {
        match self {
            Self::Printed => "the printed budget",
            Self::ParameterSteps => "parameters x steps",
            Self::KSteps => "K x steps",
            Self::Parameters => "the number of parameters",
            Self::K => "K",
            Self::Steps => "the number of steps",
        }
    }

    /// What is multiplied; `None` where the page does not say it of this point.
    fn factors(self, of: &Point) -> Option<Vec<&Factor>> {
        let parts = match self {
            Self::Printed => vec![&of.budget],
            Self::ParameterSteps => vec![&of.parameters, &of.steps],
            Self::KSteps => vec![&of.k, &of.steps],
            Self::Parameters => vec![&of.parameters],
            Self::K => vec![&of.k],
            Self::Steps => vec![&of.steps],
        };
        parts.into_iter().map(Option::as_ref).collect()
    }

    /// The count of every point; `None` where the page does not give them all.
    fn counts(self, points: &[Point]) -> Option<Vec<Vec<&Factor>>> {
        points.iter().map(|point| self.factors(point)).collect()
    }
}

fn product(factors: &[&Factor]) -> Ends {
    factors.iter().fold((1.0, 1.0), |ends, factor| (ends.0 * factor.ends.0, ends.1 * factor.ends.1))
}

/// Whether one budget gives every count. A budget buys whole steps: by one rule of rounding for all, to the nearest step,
/// down or up, some budget gives each point the steps that it has.
fn is_one(counts: &[Vec<&Factor>]) -> bool {
    let meet = |all: &[Ends], touching: bool| {
        let low = all.iter().fold(f64::NEG_INFINITY, |low, ends| low.max(ends.0));
        let high = all.iter().fold(f64::INFINITY, |high, ends| high.min(ends.1));
        low < high || (touching && low == high)
    };
    let exact: Vec<Ends> = counts.iter().map(|factors| product(factors)).collect();
    if meet(&exact, true) {
        return true;
    }
    let rounded = |below: f64, above: f64| -> Option<Vec<Ends>> {
        let bought = |factors: &Vec<&Factor>| match factors.as_slice() {
            [size, steps] => Some((size.ends.0 * (steps.ends.0 - below), size.ends.1 * (steps.ends.1 + above))),
            _ => None,
        };
        counts.iter().map(bought).collect()
    };
    [(0.5, 0.5, true), (0.0, 1.0, false), (1.0, 0.0, false)]
        .into_iter()
        .any(|(below, above, touching)| rounded(below, above).is_some_and(|all| meet(&all, touching)))
}

/// An equality within a tenth is one of practice (science.md, "Deciding"): beyond, points are not comparable.
const TENTH: f64 = 1.1;

fn finding(paper: &Paper, place: String, says: &str, points: impl FnOnce() -> Vec<Vec<Point>>) -> Option<Finding> {
    let said = shared(says)?;
    points().into_iter().find_map(|points| unequal(paper, &place, says, said, &points))
}

fn unequal(paper: &Paper, place: &str, says: &str, said: Said, points: &[Point]) -> Option<Finding> {
    if points.len() < 2 {
        return None;
    }
    let given = |count: &Count| count.counts(points).is_some();
    let first_of = |order: &[Count]| order.iter().copied().find(given).map(|count| vec![count]);
    let (counts, named) = match said.shared {
        Shared::Budget if given(&Count::Printed) => (vec![Count::Printed], true),
        // No word says what the budget counts: it must differ by every usual count.
        Shared::Budget => {
            first_of(&[Count::KSteps, Count::ParameterSteps])?;
            let all = [Count::KSteps, Count::ParameterSteps, Count::Parameters, Count::K, Count::Steps];
            (all.into_iter().filter(given).collect(), false)
        }
        Shared::KSteps => (first_of(&[Count::KSteps, Count::ParameterSteps])?, true),
        Shared::ParameterSteps => (first_of(&[Count::ParameterSteps, Count::KSteps])?, true),
        Shared::Resources => (first_of(&[Count::Printed])?, true),
        Shared::Parameters => (first_of(&[Count::Parameters, Count::K])?, true),
        Shared::Steps => (first_of(&[Count::Steps])?, true),
    };
    if counts.iter().any(|count| count.counts(points).is_some_and(|all| is_one(&all))) {
        return None;
    }
    let count = *counts.first()?;
    let all = count.counts(points)?;
    let ends: Vec<Ends> = all.iter().map(|factors| product(factors)).collect();
    let (least, most) =
        ends.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), ends| (least.min(ends.1), most.max(ends.0)));
    let close = most <= least * TENTH;
    if close && said.about {
        return None;
    }
    let severity = match (named, close) {
        (false, _) => Severity::Ambiguous,
        (true, true) => Severity::Warning,
        (true, false) => Severity::Error,
    };
    let shown = points.iter().zip(&all).map(|(point, factors)| format!("{} at {}", written(factors), point.name));
    let shown: Vec<String> = shown.collect();
    let doubt = if named { "" } else { "; what the budget counts is not said, and no usual count makes it one" };
    let alike = match said.shared {
        Shared::Parameters => "as many parameters",
        Shared::Steps => "as many steps",
        _ => "one budget",
    };
    let message = format!(
        "its points are said to have {alike}, but {} is {}{doubt}. The sentence: {says}",
        count.name(),
        list(&shown)
    );
    let values: BTreeMap<&str, f64> =
        points.iter().zip(&ends).map(|(point, ends)| (point.name.as_str(), ends.0 / 2.0 + ends.1 / 2.0)).collect();
    let finding = Finding::new("unequal-budget", severity, &paper.id, place.to_owned(), message);
    Some(finding.with("counts", count.name()).with("values", serde_json::json!(values)))
}

/// `16 x 60 = 960`, or a number that stands by itself.
fn written(factors: &[&Factor]) -> String {
    let texts: Vec<&str> = factors.iter().map(|factor| factor.text.as_str()).collect();
    if let [one] = texts.as_slice() {
        return (*one).to_owned();
    }
    let ends = product(factors);
    format!("{} = {}", texts.join(" x "), compact(ends.0 / 2.0 + ends.1 / 2.0))
}

/// As many as a reader takes in, the ends first where they are more.
fn list(shown: &[String]) -> String {
    const MOST: usize = 8;
    let more = shown.len().saturating_sub(MOST);
    let tail = if more == 0 { String::new() } else { format!(" and so on for {more} more") };
    format!("{}{tail}", shown[..shown.len().min(MOST)].join(", "))
}

/// K of a run, its mean over the steps where a schedule moves it; `None` where it differs between matrices or none is used.
fn k_of(condition: &Condition) -> Option<Factor> {
    if condition.trains == Trains::All || condition.allocation != Allocation::Uniform {
        return None;
    }
    let Schedule::Staged(stages) = &condition.schedule else { return Some(Factor::whole(condition.k)) };
    let stages = stages.as_slice();
    let ends = stages[1..].iter().map(|stage| stage.from).chain([condition.step + 1]);
    let sum: usize = stages
        .iter()
        .zip(ends)
        .map(|(stage, next)| stage.k * next.min(condition.step + 1).saturating_sub(stage.from))
        .sum();
    let mean = sum as f64 / condition.step as f64;
    Some(Factor { text: compact(mean), ends: (mean, mean) })
}

/// Where numbers are read at several steps, those whose step moves are the runs compared; a number that is read at one
/// step everywhere is a probe beside them.
fn compared(series: Vec<Vec<Point>>) -> Vec<Vec<Point>> {
    let moves = |points: &Vec<Point>| points.windows(2).any(|pair| pair[0].steps != pair[1].steps);
    if series.iter().any(moves) { series.into_iter().filter(moves).collect() } else { series }
}

fn of_table(table: &Table) -> Vec<Vec<Point>> {
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
        parameters: column(Sort::Parameters),
        k: condition.map_or_else(|| key("k").or_else(|| column(Sort::K)), k_of),
        steps: column(Sort::Steps)
            .or_else(|| key("step"))
            .or_else(|| condition.map(|condition| Factor::whole(condition.step))),
    }
}

/// The points of a claim, one series for each quantity that it asks.
fn of_questions(questions: &[Question]) -> Vec<Vec<Point>> {
    let mut series: BTreeMap<Quantity, Vec<Point>> = BTreeMap::new();
    for question in questions {
        let condition = &question.condition;
        let (k, steps) = (k_of(condition), Some(Factor::whole(condition.step)));
        let name = match &k {
            Some(k) => format!("K={}, step {}", k.text, condition.step),
            None => format!("step {}", condition.step),
        };
        let points = series.entry(question.quantity).or_default();
        let point = Point { name, budget: None, parameters: None, k, steps };
        if !points.contains(&point) {
            points.push(point);
        }
    }
    compared(series.into_values().collect())
}

/// The rows of the cells at `places`, one series for each column that they stand in.
fn of_places<'p>(places: impl IntoIterator<Item = &'p Place>, own: &Paper, papers: &[&Paper]) -> Vec<Vec<Point>> {
    let mut series: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for site in places.into_iter().filter_map(|place| site_at(place, own, papers)) {
        // What follows from other cells has the cost of those.
        if matches!(site.cell.meaning, Meaning::Derived { .. }) || is_cost(&site) {
            continue;
        }
        let name = site.column.quantity.map_or_else(|| site.column.name.clone(), |quantity| quantity.to_string());
        let own = point(site.table, site.row, site.question());
        let name_there = format!("{} of table {} of {}", own.name, site.table.id, site.paper.id);
        let points = series.entry(name).or_default();
        let point = Point { name: name_there, ..own };
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
