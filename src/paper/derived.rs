//! Derived numbers: what an expression leads to, against what is printed.

use super::evaluate::{Outcome, Scope, evaluate, numbers};
use super::expression::{ExpressionError, parse};
use super::reader::{Node, Result, fresh_id};
use super::{Consistency, Derived, Interval, Paper, Printed};

/// Reads one `[[derived]]`.
pub(super) fn read(node: &Node<'_>, paper: &Paper, others: &[&Paper]) -> Result<Derived> {
    let fields = node.fields("the derived number")?;
    let taken = paper.tables.iter().map(|table| table.id.as_str());
    let taken = taken.chain(paper.derived.iter().map(|derived| derived.id.as_str()));
    let taken = taken.chain(paper.stated.iter().map(|stated| stated.id.as_str()));
    let id = fresh_id(&fields, "a name for the number: id = \"gain-64-over-32\"", taken)?;
    let says = fields.text("says", "what the number is: says = \"..\"")?;
    let printed = fields.need("printed", "the number as the paper prints it: printed = \"93.8%\"")?.printed()?;
    let is = fields.need("is", "what it follows from: is = \"a[k=64, step=1] / a[k=32, step=1] - 1\"")?;
    fields.finish()?;

    let outcome = evaluate_text(&is, scope(paper, others))?;
    let consistency = compare(outcome, &printed);
    Ok(Derived { id, says, printed, is: is.text()?, interval: outcome.interval.ends(), consistency })
}

/// All that the paper's text has said so far, and what it cites.
pub(super) fn scope<'p>(paper: &'p Paper, others: &'p [&'p Paper]) -> Scope<'p> {
    Scope { tables: &paper.tables, stated: &paper.stated, derived: &paper.derived, others, row: &[] }
}

/// Evaluates the expression that `node` holds; its mistakes are located in the file.
pub(super) fn evaluate_text(node: &Node<'_>, scope: Scope<'_>) -> Result<Outcome> {
    let located = |error: ExpressionError| node.error_at(error.at, error.message, error.hint);
    evaluate(&parse(node.raw()?).map_err(located)?, scope).map_err(located)
}

/// The numbers that `node` refers to: one printed number, or an expression for one number or a column.
pub(super) fn referred(node: &Node<'_>, scope: Scope<'_>) -> Result<Vec<Interval>> {
    let text = node.raw()?;
    if let Ok(printed) = Printed::parse(text) {
        return Ok(vec![printed.rounding()]);
    }
    let located = |error: ExpressionError| node.error_at(error.at, error.message, error.hint);
    numbers(&parse(text).map_err(located)?, scope).map_err(located)
}

/// Whether `printed` can be the rounding of what the expression leads to.
pub(super) fn compare(outcome: Outcome, printed: &Printed) -> Consistency {
    if outcome.interval.overlaps(printed.rounding()) {
        Consistency::Consistent
    } else if outcome.partial || outcome.interval.overlaps(printed.slack()) {
        Consistency::Undetermined
    } else {
        Consistency::Inconsistent
    }
}
