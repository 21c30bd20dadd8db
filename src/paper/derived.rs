//! Derived numbers: what an expression leads to, against what is printed.

use super::evaluate::{Scope, numbers, relation};
use super::expression::ExpressionError;
use super::parse::parse;
use super::reader::{Node, Result, fresh_id};
use super::term::Term;
use super::{Consistency, Derived, Interval, Paper, Place, Printed, Relation};

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

    let (relation, interval, consistency) = follow(&is, &printed, scope(paper, others))?;
    Ok(Derived { id, says, printed, is: is.text()?, relation, interval, consistency })
}

/// All that the paper's text has said so far, and what it cites.
pub(super) fn scope<'p>(paper: &'p Paper, others: &'p [&'p Paper]) -> Scope<'p> {
    Scope { tables: &paper.tables, stated: &paper.stated, derived: &paper.derived, others, row: &[], of: None }
}

/// How `printed` follows by the expression that `node` holds, where that leads, and whether the page agrees; mistakes are
/// located in the file.
pub(super) fn follow(
    node: &Node<'_>,
    printed: &Printed,
    scope: Scope<'_>,
) -> Result<(Relation, (f64, f64), Consistency)> {
    let located = |error: ExpressionError| node.error_at(error.at, error.message, error.hint);
    let relation = relation(&parse(node.raw()?).map_err(located)?, scope).map_err(located)?;
    let reach = relation.reach(printed).ok_or_else(|| {
        node.error("this has no finite value", "a divisor, a root or a logarithm must stay within its bounds")
    })?;
    let consistency = Consistency::of(&reach, printed);
    Ok((relation, reach.outer.ends(), consistency))
}

/// A number that a sentence refers to: all that it can be, and the printed numbers behind it.
pub(super) struct Referred {
    pub value: Interval,
    pub of: Vec<Place>,
}

/// The numbers that `node` refers to: one printed number, or an expression for one number or a column.
pub(super) fn referred(node: &Node<'_>, scope: Scope<'_>) -> Result<Vec<Referred>> {
    let text = node.raw()?;
    if let Ok(printed) = Printed::parse(text) {
        return Ok(vec![Referred { value: printed.rounding(), of: Vec::new() }]);
    }
    let located = |error: ExpressionError| node.error_at(error.at, error.message, error.hint);
    let terms = numbers(&parse(text).map_err(located)?, scope).map_err(located)?;
    let number = |term: &Term| {
        let operands = term.relation().operands;
        Referred { value: term.value(), of: operands.into_iter().map(|operand| operand.place).collect() }
    };
    Ok(terms.iter().map(number).collect())
}
