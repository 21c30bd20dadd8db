//! Claims: what they compare, by which rule, and the questions that this asks.
//!
//! `along` names the points, `at` the condition that they share, `rule` the numbers of the decision. What each kind
//! takes is in [`super::kinds`].

use super::at::{Axis, Patch, unanswerable};
use super::error::suggest;
use super::reader::{Fields, Node, Result, fresh_id};
use super::table::quantity;
use super::{AskedAt, Claim, Paper, kinds, passage, verdict};
use crate::claim::Rule;
use crate::question::{Condition, Quantity, Question};

/// A claim being read: its fields, its quantity and the condition that its questions start from.
pub(super) struct Draft<'a, 'p> {
    pub paper: &'p Paper,
    pub others: &'p [&'p Paper],
    pub fields: Fields<'a>,
    pub rule: Fields<'a>,
    pub y: Quantity,
    /// The setup with `at` applied.
    pub base: Condition,
}

/// A rule and the questions in its layout.
pub(super) type Asked = (Rule, Vec<Question>);

/// Reads one `[[claim]]`.
pub(super) fn read(node: &Node<'_>, paper: &Paper, others: &[&Paper]) -> Result<Claim> {
    let fields = node.fields("the claim")?;
    let id = fresh_id(&fields, "a name: id = \"coverage-linear\"", paper.claims.iter().map(|claim| claim.id.as_str()))?;
    let says = fields.text("says", "the claim in one sentence: says = \"..\"")?;
    let kind_node = fields.need("kind", "the kind of claim: kind = \"monotone\"")?;
    let kind = kind_node.text()?;
    let Some((_, ask)) = kinds::KINDS.into_iter().find(|(name, _)| *name == kind) else {
        let known = kinds::KINDS.map(|(name, _)| name);
        return Err(kind_node.error(format!("there is no kind of claim `{kind}`"), suggest(&kind, known)));
    };
    let y = quantity(&fields.need("y", "the quantity that the claim is about: y = \"loss\"")?)?;
    let base = Patch::read_or_none(fields.take("at"))?.apply(&paper.setup)?;
    let rule_node = fields.need("rule", "the numbers of the decision rule, at least: rule = {}")?;
    let rule = rule_node.fields("the rule")?;
    let draft = Draft { paper, others, fields, rule, y, base };
    let (rule, questions) = ask(&draft)?;
    draft.rule.finish()?;
    if let Some((message, hint)) = questions.iter().find_map(unanswerable) {
        return Err(draft.fields.incomplete(&message, &hint));
    }
    rule.check().map_err(|error| rule_node.error(error.to_string(), "change the rule, or the points in `along`"))?;

    let asked_at = match draft.fields.take("paper_only") {
        Some(because) => AskedAt::PaperOnly { because: because.text()? },
        None => AskedAt::Both,
    };
    let leans_on = match draft.fields.take("leans_on") {
        Some(node) => {
            node.list()?.iter().map(|node| passage::claim_named(node, paper, others)).collect::<Result<_>>()?
        }
        None => Vec::new(),
    };
    let long = draft.fields.take("long").map_or(Ok(false), |node| node.flag())?;
    let recorded = verdict::read(&draft.fields)?;
    draft.fields.finish()?;
    Ok(Claim { span: node.span.clone(), id, says, rule, questions, leans_on, long, asked_at, recorded })
}

impl<'a> Draft<'a, '_> {
    /// The points that the claim is over.
    pub fn along(&self) -> Result<Axis<'a>> {
        Axis::read(self.fields.need("along", "the points to compare: along = { k = [2, 4, 8] }")?)
    }

    /// `y` at every point.
    pub fn asked_along(&self, axis: &Axis<'a>) -> Result<Vec<Question>> {
        Ok(self.ask(self.y, axis.conditions(&self.base)?))
    }

    pub fn ask(&self, quantity: Quantity, conditions: Vec<Condition>) -> Vec<Question> {
        conditions.into_iter().map(|condition| Question { quantity, condition }).collect()
    }

    /// The condition that `field` changes `base` to.
    pub fn patched(&self, field: &'static str, hint: &str) -> Result<Patch<'a>> {
        Patch::read(&self.fields.need(field, hint)?)
    }

    /// A number of the rule.
    pub fn number(&self, field: &'static str, hint: &str) -> Result<f64> {
        self.rule.need(field, hint)?.number()
    }

    pub fn number_or(&self, field: &'static str, default: f64) -> Result<f64> {
        self.rule.take(field).map_or(Ok(default), |node| node.number())
    }

    /// A word of the rule, one of a few.
    pub fn choice<T: Copy>(&self, field: &'static str, choices: &[(&'static str, T)]) -> Result<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let node = self.rule.need(field, &format!("{field} = \"{}\"", names.join("\" or \"")))?;
        let word = node.text()?;
        let chosen = choices.iter().find(|(name, _)| *name == word);
        chosen
            .map(|(_, choice)| *choice)
            .ok_or_else(|| node.error(format!("`{word}` is no {field}"), suggest(&word, names.iter().copied())))
    }
}
