//! Sentences against the numbers that they speak of: `[[statement]]`, and every claim whose numbers are all printed.

use super::finding::{Finding, Severity};
use super::page::{as_printed, ends, measured, slack};
use crate::claim::{Ends, OnPage, PageRule, PageRuling, Rule};
use crate::paper::{Claim, Paper};

pub(super) fn check(paper: &Paper) -> Vec<Finding> {
    let statements = paper.statements.iter().filter_map(|statement| {
        let place = format!("statement {}", statement.id);
        finding(paper, place, &statement.says, &statement.rule, &statement.values)
    });
    let claims = paper.claims.iter().filter_map(|claim| {
        let values = printed_values(paper, claim)?;
        finding(paper, format!("claim {}", claim.id), &claim.says, &claim.rule.clone().into(), &values)
    });
    statements.chain(claims).collect()
}

/// The printed numbers that a claim is about, in its rule's order; `None` where the page does not print them all.
pub(super) fn printed_values(paper: &Paper, claim: &Claim) -> Option<Vec<Ends>> {
    let printed = |question| {
        let wanted = as_printed(question);
        let mut cells = measured(paper).filter(|(_, asked)| as_printed(asked) == wanted);
        cells.next().map(|(place, _)| ends(&place.cell.printed))
    };
    // With and without a flaw that no page tells apart are one and the same number there.
    if let Rule::CausedBy { effect } = &claim.rule {
        let (with, without) = claim.questions.split_at(effect.width());
        if with.iter().zip(without).all(|(a, b)| as_printed(a) == as_printed(b)) {
            return None;
        }
    }
    claim.questions.iter().map(printed).collect()
}

/// What the page says of a claim; `None` where it does not print the numbers, or cannot decide the kind.
pub(super) fn on_page(paper: &Paper, claim: &Claim) -> Option<PageRuling> {
    PageRule::from(claim.rule.clone()).on_page(&printed_values(paper, claim)?)
}

fn finding(paper: &Paper, place: String, says: &str, rule: &PageRule, values: &[Ends]) -> Option<Finding> {
    let ruling = rule.on_page(values)?;
    if ruling.outcome != OnPage::Fails {
        return None;
    }
    let loose: Vec<Ends> = values.iter().copied().map(slack).collect();
    let beyond_slack = rule.on_page(&loose)?.outcome == OnPage::Fails;
    let severity = if beyond_slack { Severity::Error } else { Severity::Warning };
    let message = format!("the page contradicts it: {}. The sentence: {says}", ruling.words);
    Some(Finding::new("statement-against-numbers", severity, &paper.id, place, message))
}
