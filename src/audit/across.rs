//! Printed numbers against each other, within a paper and between papers.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Severity};
use super::page::{Site, as_printed, disjoint, ends, measured, slack};
use super::statements::on_page;
use crate::claim::{OnPage, compact};
use crate::paper::{Claim, Column, Operand, Paper, Row, Sort, Status, Table};
use crate::question::{Condition, Quantity, Question};

pub(super) fn check(papers: &[&Paper]) -> Vec<Finding> {
    let mut findings = printed_twice(papers);
    for paper in papers {
        findings.extend(paper.tables.iter().filter_map(|table| gain_by_size(paper, table)));
        findings.extend(unlike_sides(paper, papers));
    }
    findings.extend(unlike_setups(papers));
    findings.extend(statuses(papers));
    findings.extend(leaning(papers));
    findings
}

/// One quantity under one condition has one value, whatever paper prints it. A number that agrees with any earlier
/// printing is not accused again.
fn printed_twice(papers: &[&Paper]) -> Vec<Finding> {
    let cells: Vec<(Site<'_>, &Question)> = papers.iter().flat_map(|paper| measured(paper)).collect();
    let mut findings = Vec::new();
    for (at, (site, question)) in cells.iter().enumerate() {
        let same = |(other, asked): &&(Site<'_>, &Question)| {
            if other.paper.id == site.paper.id {
                return asked == question;
            }
            as_printed(asked) == as_printed(question) && are_one_series(other.paper, site.paper, papers)
        };
        let earlier: Vec<&Site<'_>> = cells[..at].iter().filter(same).map(|(other, _)| other).collect();
        let own = ends(&site.cell.printed);
        let agrees = earlier.iter().any(|other| !disjoint(ends(&other.cell.printed), own));
        let Some(last) = earlier.last().filter(|_| !agrees) else { continue };
        let beyond = disjoint(slack(ends(&last.cell.printed)), slack(own));
        let severity = if beyond { Severity::Error } else { Severity::Warning };
        let message = format!(
            "{} here, {} in {} at {}: the same {} under the same condition as far as the papers state it",
            site.cell.printed,
            last.cell.printed,
            last.paper.id,
            last.name(),
            question.quantity
        );
        findings.push(Finding::new("printed-twice", severity, &site.paper.id, site.name(), message));
    }
    findings
}

/// Two papers speak of one model where one builds on or cites the other, directly or through others, and what they say of
/// its size does not differ.
fn are_one_series(a: &Paper, b: &Paper, papers: &[&Paper]) -> bool {
    let differ = |a: Option<usize>, b: Option<usize>| a.zip(b).is_some_and(|(a, b)| a != b);
    let (m, n) = (a.model, b.model);
    let sizes = [(m.vocab, n.vocab), (m.width, n.width), (m.layers, n.layers), (m.heads, n.heads)];
    let reaches = |from: &Paper, to: &Paper| {
        let mut open = vec![from.id.as_str()];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if id == to.id {
                return true;
            }
            if seen.insert(id) {
                let named = papers.iter().filter(|paper| paper.id == id);
                open.extend(named.flat_map(|paper| paper.builds_on.iter().chain(&paper.cites)).map(String::as_str));
            }
        }
        false
    };
    !sizes.into_iter().any(|(a, b)| differ(a, b)) && (reaches(a, b) || reaches(b, a))
}

/// More parameters, lower loss: a row that is little larger than its neighbour must beat what the next size up promises.
fn gain_by_size(paper: &Paper, table: &Table) -> Option<Finding> {
    // A plain sweep of a condition offers no scheme that could have a merit beside its size.
    if Condition::fields().contains(&table.row_axis) {
        return None;
    }
    let column = |wanted: Sort, quantity: Option<Quantity>| {
        let is = |column: &Column| column.sort == Some(wanted) || (quantity.is_some() && column.quantity == quantity);
        table.columns.iter().position(is)
    };
    let (size, loss) = (column(Sort::Parameters, None)?, column(Sort::Loss, Some(Quantity::Loss))?);
    let mut rows: Vec<_> = table.rows.iter().collect();
    rows.sort_by(|a, b| a.cells[size].printed.value().total_cmp(&b.cells[size].printed.value()));
    let of = |row: &Row, at: usize| row.cells[at].printed.value();
    for at in 1..rows.len() {
        let (smaller, larger) = (rows[at - 1], rows[at]);
        let step = (of(larger, size) / of(smaller, size)).ln();
        let next = rows[at + 1..].iter().find(|row| of(row, size) >= of(smaller, size) * CLEARLY_LARGER);
        let Some(next) = next.filter(|_| step > 0.0 && step <= NEARLY_EQUAL.ln()) else { continue };
        let slope = (of(smaller, loss) - of(next, loss)) / (of(next, size) / of(smaller, size)).ln();
        let (gain, promised) = (of(smaller, loss) - of(larger, loss), slope * step);
        if gain <= 0.0 || promised <= 0.0 || gain > promised {
            continue;
        }
        let place = format!("table {}, row {}", table.id, larger.label);
        let message = format!(
            "{} is {:.2} % larger than {} and gains {}; on the line from {} to {} in ln(parameters) that size alone gains {}",
            larger.label,
            100.0 * step.exp_m1(),
            smaller.label,
            compact(gain),
            smaller.label,
            next.label,
            compact(promised)
        );
        let finding = Finding::new("gain-by-size-alone", Severity::Warning, &paper.id, place, message);
        return Some(finding.with("gain", gain).with("promised", promised));
    }
    None
}

/// Sizes within a tenth are meant to be equal; half as much again is another size.
const NEARLY_EQUAL: f64 = 1.1;
const CLEARLY_LARGER: f64 = 1.5;

/// The fields in which two conditions differ.
fn differing(a: &Condition, b: &Condition) -> Vec<String> {
    let map = |condition: &Condition| match serde_json::to_value(condition) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (a, b) = (map(a), map(b));
    a.into_iter().filter(|(field, value)| b.get(field) != Some(value)).map(|(field, _)| field).collect()
}

/// What makes two numbers incomparable when it differs between them: the model's output, what trains, how.
const OF_THE_MODEL: [&str; 3] = ["head", "trains", "optimizer"];

/// A derived number whose operands were measured on different models.
fn unlike_sides(paper: &Paper, papers: &[&Paper]) -> Vec<Finding> {
    let all: Vec<(Site<'_>, &Question)> = papers.iter().flat_map(|paper| measured(paper)).collect();
    let mut findings = Vec::new();
    for derived in &paper.derived {
        let of_cell = |operand: &Operand| all.iter().find(|(site, _)| site.is_at(&operand.place, &paper.id)).copied();
        let sides: Vec<(Site<'_>, &Question)> = derived.relation.operands.iter().filter_map(of_cell).collect();
        let Some((first, asked)) = sides.first() else { continue };
        for (other, question) in &sides[1..] {
            if question.quantity != asked.quantity {
                continue;
            }
            let fields = differing(&asked.condition, &question.condition);
            let unlike: Vec<&String> = fields.iter().filter(|field| OF_THE_MODEL.contains(&field.as_str())).collect();
            if unlike.is_empty() {
                continue;
            }
            let names: Vec<&str> = unlike.iter().map(|field| field.as_str()).collect();
            let message = format!(
                "{} compares {} ({} of {}) with {} ({} of {}), which differ in {}: the difference is not that of one model",
                derived.printed,
                first.cell.printed,
                first.name(),
                first.paper.id,
                other.cell.printed,
                other.name(),
                other.paper.id,
                names.join(", ")
            );
            let place = format!("derived {}", derived.id);
            findings.push(Finding::new("unlike-sides", Severity::Warning, &paper.id, place, message));
            break;
        }
    }
    findings
}

/// A claim and the paper that makes it.
fn claim<'p>(papers: &[&'p Paper], name: &str) -> Option<(&'p Paper, &'p Claim)> {
    let (id, claim) = name.split_once("::")?;
    let paper = papers.iter().find(|paper| paper.id == id)?;
    Some((paper, paper.claims.iter().find(|other| other.id == claim)?))
}

/// A claim that leans on one which was measured on another model.
fn unlike_setups(papers: &[&Paper]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for paper in papers {
        for own in &paper.claims {
            for name in &own.leans_on {
                let Some((_, other)) = claim(papers, name) else { continue };
                let (Some(here), Some(there)) = (own.questions.first(), other.questions.first()) else { continue };
                let fields = differing(&here.condition, &there.condition);
                if !fields.iter().any(|field| field == "head") {
                    continue;
                }
                let message = format!(
                    "it leans on {name}, which was measured with another head: what holds there need not hold here"
                );
                let place = format!("claim {}", own.id);
                findings.push(Finding::new("unlike-sides", Severity::Warning, &paper.id, place, message));
            }
        }
    }
    findings
}

/// A status against what the numbers of its own paper say.
fn statuses(papers: &[&Paper]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for paper in papers {
        for standing in &paper.standings {
            let Some((home, spoken_of)) = claim(papers, &standing.of) else { continue };
            let Some(ruling) = on_page(home, spoken_of) else { continue };
            let contradicts = match standing.is {
                Status::Confirmed => ruling.outcome == OnPage::Fails,
                Status::Falsified => ruling.outcome == OnPage::Holds,
                _ => false,
            };
            if contradicts {
                let message = format!(
                    "{} is called {}; its own printed numbers: {}",
                    standing.of,
                    standing.is.name(),
                    ruling.words
                );
                let place = format!("standing {}", standing.of);
                findings.push(Finding::new("status-against-page", Severity::Error, &paper.id, place, message));
            }
        }
    }
    findings
}

/// Everything that builds, directly or through others, on what some paper withdraws.
fn leaning(papers: &[&Paper]) -> Vec<Finding> {
    let mut withdrawn: BTreeMap<String, &str> = BTreeMap::new();
    for paper in papers {
        for standing in paper.standings.iter().filter(|standing| standing.is.is_withdrawn()) {
            withdrawn.entry(standing.of.clone()).or_insert(&paper.id);
        }
    }
    let name = |paper: &Paper, claim: &Claim| format!("{}::{}", paper.id, claim.id);
    let is_withdrawn = |of: &str| {
        let paper = of.split("::").next().unwrap_or(of);
        withdrawn.get(of).or_else(|| withdrawn.get(paper)).copied()
    };
    // A paper that names what it withdraws tests it; it does not build on it.
    let builds_on = |paper: &Paper, of: &str| {
        let name = of.split("::").next().unwrap_or(of);
        !paper.standings.iter().any(|s| s.is.is_withdrawn() && (s.of == of || s.of == name))
    };
    let mut findings = Vec::new();
    for paper in papers {
        for own in &paper.claims {
            if is_withdrawn(&name(paper, own)).is_some() {
                continue;
            }
            let direct = own.leans_on.iter().filter(|of| builds_on(paper, of));
            let mut open: Vec<Vec<String>> = direct.map(|of| vec![of.clone()]).collect();
            let mut seen = BTreeSet::new();
            while let Some(path) = open.pop() {
                let Some(last) = path.last().filter(|last| seen.insert((*last).clone())) else { continue };
                if let Some(by) = is_withdrawn(last) {
                    let message = format!("it builds on {}, which {by} withdraws", path.join(", which builds on "));
                    let place = format!("claim {}", own.id);
                    findings.push(Finding::new("leans-on-withdrawn", Severity::Warning, &paper.id, place, message));
                    break;
                }
                if let Some((home, next)) = claim(papers, last) {
                    let further = next.leans_on.iter().filter(|of| builds_on(home, of));
                    open.extend(further.map(|of| [path.clone(), vec![of.clone()]].concat()));
                }
            }
        }
    }
    findings
}
