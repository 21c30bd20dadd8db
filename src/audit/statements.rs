//! Sentences against the numbers that they speak of: `[[statement]]`, and every claim whose numbers are all printed.

use super::finding::{Finding, Severity};
use super::page::{Site, as_printed, ends, measured, slack};
use crate::claim::{Ends, OnPage, PageRule, PageRuling};
use crate::paper::{Claim, Paper};
use crate::question::Question;

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

/// The printed numbers that a claim is about, in its rule's order; `None` where the page does not print them all, or does
/// not tell two of them apart.
pub(super) fn printed_values(paper: &Paper, claim: &Claim) -> Option<Vec<Ends>> {
    let cell = |question: &Question| {
        let exact = measured(paper).find(|(_, asked)| *asked == question);
        let wanted = as_printed(question);
        exact.or_else(|| measured(paper).find(|(_, asked)| as_printed(asked) == wanted)).map(|(site, _)| site)
    };
    let sites: Vec<Site<'_>> = claim.questions.iter().map(cell).collect::<Option<_>>()?;
    let same_cell = |a: &Site<'_>, b: &Site<'_>| a.table.id == b.table.id && a.at == b.at;
    for (at, site) in sites.iter().enumerate() {
        let mut earlier = sites[..at].iter().zip(&claim.questions);
        if earlier.any(|(other, question)| same_cell(other, site) && *question != claim.questions[at]) {
            return None;
        }
    }
    Some(sites.iter().map(|site| ends(&site.cell.printed)).collect())
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
    // Slack that reaches 0 leaves a ratio without a value: a warning then.
    let beyond_slack = rule.on_page(&loose).is_some_and(|loose| loose.outcome == OnPage::Fails);
    let severity = if beyond_slack { Severity::Error } else { Severity::Warning };
    let message = format!("the page contradicts it: {}. The sentence: {says}", ruling.words);
    Some(Finding::new("statement-against-numbers", severity, &paper.id, place, message))
}
