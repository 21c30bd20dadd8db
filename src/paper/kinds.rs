//! What each kind of claim takes: `rule` fields with the defaults of the decision rules, and the order of its questions.

use super::at::{Axis, Patch};
use super::claims::{Asked, Draft};
use super::derived::{Referred, referred, scope};
use super::error::suggest;
use super::reader::{Node, Result};
use super::table::quantity;
use crate::claim::{Direction, Extreme, Rule, Turn};
use crate::question::{Condition, MatrixKind, Question};

/// How a kind of claim is read.
type Reader = for<'a, 'p> fn(&Draft<'a, 'p>) -> Result<Asked>;

/// Every kind by its name in paper files.
pub(super) const KINDS: [(&str, Reader); 15] = [
    ("monotone", monotone),
    ("best", best),
    ("power-law", power_law),
    ("ratio", ratio),
    ("difference", difference),
    ("equal", equal),
    ("stable", stable),
    ("local-extremum", local_extremum),
    ("rise-then-fall", rise_then_fall),
    ("bounded", bounded),
    ("correlation", correlation),
    ("mechanism", mechanism),
    ("pattern", pattern),
    ("diminishing", diminishing),
    ("caused-by", caused_by),
];

/// An effect counts from any size on, unless the rule says otherwise.
const ANY_SIZE: f64 = 0.0;
/// Equal: within 10 %.
const EQUALITY: f64 = 0.1;
/// The right size: within a factor of 2.
const SIZE: f64 = 2.0;
/// A correlation explains something if it beats the one with the swept number by this much.
const GAIN: f64 = 0.01;

fn monotone(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let direction = draft.choice("direction", &[("rising", Direction::Rising), ("falling", Direction::Falling)])?;
    let by = draft.number_or("by", ANY_SIZE)?;
    Ok((Rule::Monotone { labels: axis.labels(), direction, by }, draft.asked_along(&axis)?))
}

fn best(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let winner = axis.index_of(&draft.rule.need("winner", "the point that wins: winner = 64")?)?;
    let extreme = draft.choice("extreme", &[("highest", Extreme::Highest), ("lowest", Extreme::Lowest)])?;
    let by = draft.number_or("by", ANY_SIZE)?;
    Ok((Rule::Best { labels: axis.labels(), winner, extreme, by }, draft.asked_along(&axis)?))
}

fn power_law(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let exponent = draft.number("exponent", "the claimed exponent: exponent = 1.0")?;
    let within = draft.number_or("within", EQUALITY)?;
    Ok((Rule::PowerLaw { x: axis.numbers()?, exponent, within }, draft.asked_along(&axis)?))
}

/// `y` at `of`, then `y` at `to`.
fn two(draft: &Draft<'_, '_>) -> Result<Vec<Question>> {
    let of = draft.patched("of", "the first of the two: of = { k = 64 }")?.apply(&draft.base)?;
    let to = draft.patched("to", "what it is compared with: to = { k = 32 }")?.apply(&draft.base)?;
    Ok(draft.ask(draft.y, vec![of, to]))
}

fn ratio(draft: &Draft<'_, '_>) -> Result<Asked> {
    let questions = two(draft)?;
    let (low, high) = one_region(draft, 0.0)?;
    Ok((Rule::Ratio { low, high }, questions))
}

fn difference(draft: &Draft<'_, '_>) -> Result<Asked> {
    let questions = two(draft)?;
    let (low, high) = one_region(draft, f64::NEG_INFINITY)?;
    Ok((Rule::Difference { low, high }, questions))
}

fn one_region(draft: &Draft<'_, '_>, lowest: f64) -> Result<(f64, f64)> {
    let (low, high) = regions(draft, 1, lowest)?;
    Ok((low[0], high[0]))
}

/// `low` and `high` (one may be left out), or the printed numbers `near` times `1/factor..factor`; one for each value.
fn regions(draft: &Draft<'_, '_>, count: usize, lowest: f64) -> Result<(Vec<f64>, Vec<f64>)> {
    let Some(near) = draft.rule.take("near") else {
        let (low, high) = (draft.rule.take("low"), draft.rule.take("high"));
        if low.is_none() && high.is_none() {
            return Err(draft.rule.incomplete(
                "the rule has no region",
                "write low and high, or a printed value: near = \"0.712\", factor = 2",
            ));
        }
        let low = low.map_or(Ok(lowest), |node| node.number())?;
        let high = high.map_or(Ok(f64::INFINITY), |node| node.number())?;
        return Ok((vec![low; count], vec![high; count]));
    };
    let factor = match draft.rule.take("factor") {
        Some(node) => {
            let factor = node.number()?;
            if factor <= 1.0 {
                return Err(
                    node.error(format!("factor = {factor} leaves no region"), "a factor is above 1: factor = 2")
                );
            }
            factor
        }
        None => SIZE,
    };
    let ends = |value: f64| {
        let (a, b) = (value / factor, value * factor);
        (a.min(b), a.max(b))
    };
    Ok(printed_values(&near, count, draft)?.into_iter().map(ends).unzip())
}

/// The printed values that `near` names: one for all, a list, or a table's column.
fn printed_values(near: &Node<'_>, count: usize, draft: &Draft<'_, '_>) -> Result<Vec<f64>> {
    let values: Vec<f64> = if near.is_text() {
        let middle = |number: Referred| number.value.low() / 2.0 + number.value.high() / 2.0;
        referred(near, scope(draft.paper, draft.others))?.into_iter().map(middle).collect()
    } else {
        near.list()?.iter().map(|node| Ok(node.printed()?.value())).collect::<Result<_>>()?
    };
    match values.as_slice() {
        [one] => Ok(vec![*one; count]),
        many if many.len() == count => Ok(values),
        many => Err(near.error(
            format!("`near` gives {} values for {count} points", many.len()),
            "give one value for all, or one for each point of `along`",
        )),
    }
}

fn bounded(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let (low, high) = regions(draft, axis.points.len(), f64::NEG_INFINITY)?;
    Ok((Rule::Bounded { labels: axis.labels(), low, high }, draft.asked_along(&axis)?))
}

/// `left` and `right` at every point, in every group of `each` (a per-matrix quantity: in every type).
fn equal(draft: &Draft<'_, '_>) -> Result<Asked> {
    let left = draft.patched("left", "one side: left = { frame = \"svd\" }")?;
    let right = draft.patched("right", "the other side: right = { frame = \"bottom\" }")?;
    let within = draft.number_or("within", EQUALITY)?;
    let groups = groups(draft)?;
    let along = draft.fields.take("along").map(Axis::read).transpose()?;
    let mut labels = Vec::new();
    let mut conditions = Vec::new();
    let mut pair = |label: String, condition: &Condition| -> Result<()> {
        labels.push(label);
        conditions.extend([left.apply(condition)?, right.apply(condition)?]);
        Ok(())
    };
    for (group, base) in &groups {
        match &along {
            None => pair(group.clone(), base)?,
            Some(axis) => {
                for (point, condition) in axis.points.iter().zip(axis.conditions(base)?) {
                    let label =
                        if groups.len() == 1 { point.label.clone() } else { format!("{group}, {}", point.label) };
                    pair(label, &condition)?;
                }
            }
        }
    }
    Ok((Rule::Equal { labels, within }, draft.ask(draft.y, conditions)))
}

/// Where sameness must hold: at each point of `each`; a quantity of matrices in every type.
fn groups(draft: &Draft<'_, '_>) -> Result<Vec<(String, Condition)>> {
    if let Some(node) = draft.fields.take("each") {
        let each = Axis::read(node)?;
        return Ok(each.labels().into_iter().zip(each.conditions(&draft.base)?).collect());
    }
    if !draft.y.is_per_matrix() {
        return Ok(vec![(draft.y.name().to_owned(), draft.base.clone())]);
    }
    let of_kind = |kind: MatrixKind| {
        let over = crate::question::Average::Kind(kind);
        (kind.name().to_owned(), Condition { over, ..draft.base.clone() })
    };
    Ok(MatrixKind::ALL.map(of_kind).to_vec())
}

fn stable(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let within = draft.number_or("within", EQUALITY)?;
    let groups = groups(draft)?;
    let mut labels = Vec::new();
    let mut conditions = Vec::new();
    for (group, base) in &groups {
        let named = |label: String| if groups.len() == 1 { label } else { format!("{group}, {label}") };
        labels.extend(axis.labels().into_iter().map(named));
        conditions.extend(axis.conditions(base)?);
    }
    Ok((Rule::Stable { labels, points: axis.labels().len(), within }, draft.ask(draft.y, conditions)))
}

fn local_extremum(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let at = axis.index_of(&draft.rule.need("point", "the point that stands out: point = 16")?)?;
    let turn = draft.choice("turn", &[("peak", Turn::Peak), ("dip", Turn::Dip)])?;
    let by = draft.number_or("by", ANY_SIZE)?;
    Ok((Rule::LocalExtremum { labels: axis.labels(), at, turn, by }, draft.asked_along(&axis)?))
}

fn rise_then_fall(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let peak = draft.rule.take("peak").map(|node| axis.index_of(&node)).transpose()?;
    let by = draft.number_or("by", ANY_SIZE)?;
    Ok((Rule::RiseThenFall { labels: axis.labels(), peak, by }, draft.asked_along(&axis)?))
}

/// `x` at every condition; `x_at` changes what `at` says for `y`.
fn asked_x(draft: &Draft<'_, '_>, conditions: &[Condition]) -> Result<Vec<Question>> {
    let x = quantity(&draft.fields.need("x", "the quantity that explains: x = \"core-coverage\"")?)?;
    let at = Patch::read_or_none(draft.fields.take("x_at"))?;
    let conditions = conditions.iter().map(|condition| at.apply(condition)).collect::<Result<_>>()?;
    Ok(draft.ask(x, conditions))
}

fn correlation(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let at_least = draft.number("at_least", "the weakest r that confirms, signed: at_least = -0.99")?;
    let gain = draft.number_or("gain", GAIN)?;
    let conditions = axis.conditions(&draft.base)?;
    let mut questions = asked_x(draft, &conditions)?;
    questions.extend(draft.ask(draft.y, conditions));
    Ok((Rule::Correlation { at_least, index: axis.numbers()?, gain }, questions))
}

/// `along` is the sweep; `within` are the interventions, at the condition `within_at`.
fn mechanism(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let within = Axis::read(draft.fields.need("within", "frames at fixed K: within = { frame = [\"svd\", ..] }")?)?;
    let fixed = draft.patched("within_at", "the K that the interventions hold: within_at = { k = 16 }")?;
    let factor = draft.number_or("factor", SIZE)?;
    let tie = draft.number_or("tie", EQUALITY)?;
    let mut conditions = axis.conditions(&draft.base)?;
    conditions.extend(within.conditions(&fixed.apply(&draft.base)?)?);
    let across = axis.points.len();
    let x = asked_x(draft, &conditions)?;
    let y = draft.ask(draft.y, conditions);
    let questions = [&x[..across], &y[..across], &x[across..], &y[across..]].concat();
    Ok((Rule::Mechanism { across, within: within.labels(), factor, tie }, questions))
}

fn pattern(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let lowest = draft.rule.take("lowest").map(|node| axis.index_of(&node)).transpose()?;
    let highest = draft.rule.take("highest").map(|node| axis.index_of(&node)).transpose()?;
    Ok((Rule::Pattern { labels: axis.labels(), lowest, highest }, draft.asked_along(&axis)?))
}

fn diminishing(draft: &Draft<'_, '_>) -> Result<Asked> {
    let axis = draft.along()?;
    let by = draft.number_or("by", ANY_SIZE)?;
    Ok((Rule::Diminishing { labels: axis.labels(), by }, draft.asked_along(&axis)?))
}

/// `effect` is the kind of the effect; its points and rule are the claim's own. It is asked at the condition `with`, then
/// at the condition `without`.
fn caused_by(draft: &Draft<'_, '_>) -> Result<Asked> {
    let node = draft.fields.need("effect", "the kind of the effect: effect = \"local-extremum\"")?;
    let kind = node.text()?;
    let effects = KINDS.into_iter().filter(|(name, _)| *name != "caused-by");
    let Some((_, ask)) = effects.clone().find(|(name, _)| *name == kind) else {
        let message = format!("`{kind}` is no kind of effect");
        return Err(node.error(message, suggest(&kind, effects.map(|(name, _)| name))));
    };
    let with = draft.patched("with", "the flaw: with = { head = \"random\" }")?;
    let without = draft.patched("without", "the same without it: without = { head = \"tied\" }")?;
    let (effect, questions) = ask(draft)?;
    let at = |patch: &Patch<'_>| {
        let turned = questions
            .iter()
            .map(|question| Ok(Question { condition: patch.apply(&question.condition)?, ..question.clone() }));
        turned.collect::<Result<Vec<Question>>>()
    };
    let questions = [at(&with)?, at(&without)?].concat();
    Ok((Rule::CausedBy { effect: Box::new(effect) }, questions))
}
