//! Printed numbers against each other, within a paper and between papers.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, Severity};
use super::page::{Site, as_printed, claim_named, differ_in_size, disjoint, ends, measured, slack};
use super::statements::on_page;
use crate::claim::OnPage;
use crate::paper::{Claim, Paper, Status};
use crate::question::Question;

pub(super) fn check(papers: &[&Paper]) -> Vec<Finding> {
    let mut findings = printed_twice(papers);
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
    !differ_in_size(a, b) && (reaches(a, b) || reaches(b, a))
}

/// A status against what the numbers of its own paper say.
fn statuses(papers: &[&Paper]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for paper in papers {
        for standing in &paper.standings {
            let Some((home, spoken_of)) = claim_named(papers, &standing.of) else { continue };
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
                if let Some((home, next)) = claim_named(papers, last) {
                    let further = next.leans_on.iter().filter(|of| builds_on(home, of));
                    open.extend(further.map(|of| [path.clone(), vec![of.clone()]].concat()));
                }
            }
        }
    }
    findings
}
