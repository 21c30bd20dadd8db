//! Points that a paper compares at equal budget have equal budgets: K x steps, parameters x steps, a printed budget, or
//! whatever the sentence says that they share.

use std::collections::BTreeMap;

use super::finding::{Finding, Severity};
use super::points::{Factor, Point, of_places, of_questions, of_table};
use super::words::{Said, Shared, shared};
use crate::claim::{Ends, compact};
use crate::paper::Paper;

pub(super) fn check(papers: &[&Paper]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for paper in papers {
        for table in &paper.tables {
            let name = format!("table {}", table.id);
            findings.extend(of_sentence(paper, name, &table.says, || of_table(table)));
        }
        for claim in &paper.claims {
            let name = format!("claim {}", claim.id);
            findings.extend(of_sentence(paper, name, &claim.says, || of_questions(&claim.questions)));
        }
        for derived in &paper.derived {
            let places = derived.relation.operands.iter().map(|operand| &operand.place);
            let name = format!("derived {}", derived.id);
            findings.extend(of_sentence(paper, name, &derived.says, || of_places(places, paper, papers)));
        }
        for statement in &paper.statements {
            let name = format!("statement {}", statement.id);
            findings.extend(of_sentence(paper, name, &statement.says, || of_places(&statement.of, paper, papers)));
        }
    }
    findings
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

/// What is unequal of all that a sentence says that its points share.
fn of_sentence(paper: &Paper, place: String, says: &str, points: impl FnOnce() -> Vec<Vec<Point>>) -> Vec<Finding> {
    let said = shared(says);
    if said.is_empty() {
        return Vec::new();
    }
    let series = points();
    let of = |said: Said| series.iter().find_map(|points| unequal(paper, &place, says, said, points));
    said.into_iter().filter_map(of).collect()
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
        // Hours or operations may be meant, which parameters x steps give only about.
        (false, _) if count == Count::ParameterSteps => Severity::Note,
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
