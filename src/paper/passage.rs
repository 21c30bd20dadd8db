//! What a paper says beside its tables, derived numbers and claims: the size of its model, numbers that it states,
//! sentences about printed numbers, what it makes of other papers, and the findings on record.

use serde_json::Value as Json;

use super::derived::{Referred, referred, scope};
use super::error::suggest;
use super::parse::parse;
use super::reader::{Fields, Node, Result, fresh_id};
use super::{ModelFacts, Paper, RecordedFinding, Sort, Standing, Stated, Statement, Status};
use crate::claim::{Direction, Extreme, PageRule, Rule, Turn};

/// Reads `[model]`.
pub(super) fn model(node: &Node<'_>) -> Result<ModelFacts> {
    let fields = node.fields("the model")?;
    let count =
        |name: &'static str| -> Result<Option<usize>> { fields.take(name).map(|node| node.count()).transpose() };
    let facts = ModelFacts {
        vocab: count("vocab")?,
        width: count("width")?,
        layers: count("layers")?,
        heads: count("heads")?,
        tokens: count("tokens")?,
    };
    fields.finish()?;
    Ok(facts)
}

/// What a column's cells are, by its name.
pub(super) fn sort(node: &Node<'_>) -> Result<Sort> {
    let name = node.text()?;
    let found = Sort::ALL.into_iter().find(|sort| sort.name() == name);
    found.ok_or_else(|| {
        node.error(format!("`{name}` is no meaning of a column"), suggest(&name, Sort::ALL.map(Sort::name)))
    })
}

/// Reads one `[[stated]]`.
pub(super) fn stated(node: &Node<'_>, paper: &Paper) -> Result<Stated> {
    let fields = node.fields("the stated number")?;
    let taken = paper.tables.iter().map(|table| table.id.as_str());
    let taken = taken.chain(paper.stated.iter().map(|stated| stated.id.as_str()));
    let id = fresh_id(&fields, "a name for the number: id = \"threshold\"", taken)?;
    let says = fields.text("says", "what the number is: says = \"..\"")?;
    let printed = fields.need("printed", "the number as the paper prints it: printed = \"0.05\"")?.printed()?;
    fields.finish()?;
    Ok(Stated { id, says, printed })
}

/// Reads one `[[standing]]`.
pub(super) fn standing(node: &Node<'_>, paper: &Paper, others: &[&Paper]) -> Result<Standing> {
    let fields = node.fields("the standing")?;
    let of_node = fields.need("of", "the paper or claim that is spoken of: of = \"p82::dead-zone\"")?;
    let of = match of_node.text()? {
        claim if claim.contains("::") => claim_named(&of_node, paper, others)?,
        id => {
            let known = others.iter().map(|other| other.id.as_str()).chain([paper.id.as_str()]);
            if !known.clone().any(|known| known == id) {
                let hint = format!("name it in builds_on or cites; {}", suggest(&id, known));
                return Err(of_node.error(format!("the paper `{id}` is not at hand here"), hint));
            }
            id
        }
    };
    let is_node = fields.need("is", "what it is said to be: is = \"confirmed\"")?;
    let name = is_node.text()?;
    let is = Status::ALL.into_iter().find(|status| status.name() == name);
    let is = is.ok_or_else(|| {
        is_node.error(format!("`{name}` is no status"), suggest(&name, Status::ALL.map(Status::name)))
    })?;
    let says = fields.text("says", "what the paper says of it: says = \"..\"")?;
    fields.finish()?;
    Ok(Standing { span: node.span.clone(), of, is, says })
}

/// A claim of another paper, or of this one above: `p82::dead-zone`.
pub(super) fn claim_named(node: &Node<'_>, paper: &Paper, others: &[&Paper]) -> Result<String> {
    let name = node.text()?;
    let Some((id, claim)) = name.split_once("::") else {
        return Err(node.error(format!("`{name}` names no claim"), "write paper::claim: \"p82::dead-zone\""));
    };
    let found = others.iter().copied().chain([paper]).find(|other| other.id == id);
    let other = found.ok_or_else(|| {
        let hint =
            format!("name it in builds_on or cites; {}", suggest(id, others.iter().map(|other| other.id.as_str())));
        node.error(format!("the paper `{id}` is not at hand here"), hint)
    })?;
    let known = other.claims.iter().map(|claim| claim.id.as_str());
    if known.clone().any(|known| known == claim) {
        return Ok(name);
    }
    Err(node.error(format!("paper `{id}` has no claim `{claim}`"), suggest(claim, known)))
}

/// Reads one `[[finding]]`.
pub(super) fn finding(node: &Node<'_>) -> Result<RecordedFinding> {
    let fields = node.fields("the finding")?;
    let code = fields.text("code", "the code that the audit prints: code = \"derived-number\"")?;
    let place = fields.need("where", "the place that the audit prints, or a list: where = \"derived gain\"")?;
    let places = if place.is_list() {
        place.list()?.iter().map(Node::text).collect::<Result<_>>()?
    } else {
        vec![place.text()?]
    };
    let because = fields.text("because", "what the project makes of it: because = \"..\"")?;
    fields.finish()?;
    Ok(RecordedFinding { code, places, because })
}

/// Reads one `[[statement]]`.
pub(super) fn statement(node: &Node<'_>, paper: &Paper, others: &[&Paper]) -> Result<Statement> {
    let fields = node.fields("the statement")?;
    let taken = paper.statements.iter().map(|statement| statement.id.as_str());
    let id = fresh_id(&fields, "a name: id = \"loss-falls\"", taken)?;
    let says = fields.text("says", "the sentence in your words: says = \"..\"")?;
    let kind = fields.need("kind", "the kind of statement: kind = \"monotone\"")?;
    let of = fields.need("of", "the numbers that it speaks of: of = \"b.loss\", or a list of expressions")?;
    let (labels, values) = spoken_of(&of, paper, others)?;
    let rule_node = fields.need("rule", "the numbers of the rule, at least: rule = {}")?;
    let rule = rule_node.fields("the rule")?;
    let parts = Parts { rule: &rule, labels: &labels, paper, others };
    let page_rule = parts.read(&kind)?;
    rule.finish()?;
    fields.finish()?;
    if let PageRule::Rule(inner) = &page_rule {
        inner.check().map_err(|error| rule_node.error(error.to_string(), "change the rule, or the numbers in `of`"))?;
    }
    if page_rule.width() != values.len() {
        let message = format!("{} numbers are given, the kind takes {}", values.len(), page_rule.width());
        return Err(of.error(message, "name a column, or one expression for each number"));
    }
    let ends = values.iter().map(|number| number.value.ends()).collect();
    let of = values.into_iter().flat_map(|number| number.of).collect();
    Ok(Statement { span: node.span.clone(), id, says, rule: page_rule, values: ends, of })
}

/// Labels and numbers of `of`: the rows of a column, or a list of expressions.
fn spoken_of(of: &Node<'_>, paper: &Paper, others: &[&Paper]) -> Result<(Vec<String>, Vec<Referred>)> {
    let mut labels = Vec::new();
    let mut values = Vec::new();
    let nodes = if of.is_text() { vec![of.clone()] } else { of.list()? };
    for node in &nodes {
        let numbers = referred(node, scope(paper, others))?;
        match numbers.as_slice() {
            [_] => labels.push(node.text()?),
            many => {
                let keys = parse(node.raw()?).ok().and_then(|expression| row_labels(&expression, paper, others));
                let keys = keys.filter(|keys| keys.len() == many.len());
                labels.extend(keys.unwrap_or_else(|| (1..=many.len()).map(|at| at.to_string()).collect()));
            }
        }
        values.extend(numbers);
    }
    Ok((labels, values))
}

/// The keys of the rows of the one table that an expression for a column refers to.
fn row_labels(expression: &super::expression::Expression, paper: &Paper, others: &[&Paper]) -> Option<Vec<String>> {
    let references = expression.references();
    let first = references.first()?;
    if references.iter().any(|reference| (&reference.paper, &reference.name) != (&first.paper, &first.name)) {
        return None;
    }
    let home = match &first.paper {
        Some(id) => others.iter().copied().find(|other| other.id == *id)?,
        None => paper,
    };
    let table = home.tables.iter().find(|table| table.id == first.name)?;
    Some(table.rows.iter().map(|row| row.label.clone()).collect())
}

/// What the kinds of statement are read from.
struct Parts<'r, 'a> {
    rule: &'r Fields<'a>,
    labels: &'r [String],
    paper: &'r Paper,
    others: &'r [&'r Paper],
}

const KINDS: [&str; 11] = [
    "monotone",
    "best",
    "constant",
    "bounded",
    "local-extremum",
    "rise-then-fall",
    "diminishing",
    "geometric",
    "power-law",
    "at-least",
    "equal",
];

impl Parts<'_, '_> {
    fn read(&self, kind: &Node<'_>) -> Result<PageRule> {
        let labels = self.labels.to_vec();
        let number = |field, default| self.rule.take(field).map_or(Ok(default), |node| node.number());
        let name = kind.text()?;
        Ok(match name.as_str() {
            "monotone" => {
                let direction =
                    self.choice("direction", [("rising", Direction::Rising), ("falling", Direction::Falling)])?;
                Rule::Monotone { labels, direction, by: number("by", 0.0)? }.into()
            }
            "best" => {
                let winner = self.point("winner")?;
                let extreme = self.choice("extreme", [("highest", Extreme::Highest), ("lowest", Extreme::Lowest)])?;
                Rule::Best { labels, winner, extreme, by: number("by", 0.0)? }.into()
            }
            "constant" => {
                let points = labels.len();
                Rule::Stable { labels, points, within: number("within", 0.1)? }.into()
            }
            "equal" => {
                // Left and right alternate.
                let labels = labels.iter().step_by(2).cloned().collect();
                Rule::Equal { labels, within: number("within", 0.1)? }.into()
            }
            "bounded" => {
                let (low, high) = (number("low", f64::NEG_INFINITY)?, number("high", f64::INFINITY)?);
                Rule::Bounded { low: vec![low; labels.len()], high: vec![high; labels.len()], labels }.into()
            }
            "local-extremum" => {
                let at = self.point("point")?;
                let turn = self.choice("turn", [("peak", Turn::Peak), ("dip", Turn::Dip)])?;
                Rule::LocalExtremum { labels, at, turn, by: number("by", 0.0)? }.into()
            }
            "rise-then-fall" => {
                let peak = if self.rule.peek("peak").is_some() { Some(self.point("peak")?) } else { None };
                Rule::RiseThenFall { labels, peak, by: number("by", 0.0)? }.into()
            }
            "diminishing" => Rule::Diminishing { labels, by: number("by", 0.0)? }.into(),
            "geometric" => {
                let node = self.rule.need("factor", "what each value is of the one before: factor = 2")?;
                let (factor, within) = (node.number()?, number("within", 0.1)?);
                if factor <= 0.0 || within <= 0.0 {
                    return Err(node.error("a factor and its margin are above 0", "factor = 2, within = 0.1"));
                }
                PageRule::Geometric { labels, factor, within }
            }
            "at-least" => {
                let low = self.rule.need("low", "what the values reach: low = 0.999")?.number()?;
                let count = match self.rule.take("count") {
                    Some(node) => {
                        let count = node.count()?;
                        if count > labels.len() {
                            let message = format!("{count} of {} numbers cannot reach anything", labels.len());
                            return Err(node.error(message, "count at most the numbers that `of` gives"));
                        }
                        count
                    }
                    None => labels.len(),
                };
                PageRule::AtLeast { labels, low, count }
            }
            "power-law" => {
                let x = self.rule.need("x", "what it is a power of: x = \"a.k\"")?;
                let x = referred(&x, scope(self.paper, self.others))?;
                let x = x.iter().map(|x| x.value.low() / 2.0 + x.value.high() / 2.0).collect();
                let exponent = self.rule.need("exponent", "the exponent: exponent = 1.0")?.number()?;
                Rule::PowerLaw { x, exponent, within: number("within", 0.1)? }.into()
            }
            _ => return Err(kind.error(format!("there is no kind of statement `{name}`"), suggest(&name, KINDS))),
        })
    }

    /// The number that `field` names by its label.
    fn point(&self, field: &'static str) -> Result<usize> {
        let node = self.rule.need(field, &format!("the number that stands out, by its label: {field} = 16"))?;
        let wanted = match node.json()? {
            Json::String(text) => text,
            other => other.to_string(),
        };
        self.labels.iter().position(|label| *label == wanted).ok_or_else(|| {
            let hint = suggest(&wanted, self.labels.iter().map(String::as_str));
            node.error(format!("{wanted} is not among the numbers spoken of"), hint)
        })
    }

    fn choice<T: Copy>(&self, field: &'static str, choices: [(&'static str, T); 2]) -> Result<T> {
        let names = choices.map(|(name, _)| name);
        let node = self.rule.need(field, &format!("{field} = \"{}\"", names.join("\" or \"")))?;
        let word = node.text()?;
        let chosen = choices.iter().find(|(name, _)| *name == word);
        chosen
            .map(|(_, choice)| *choice)
            .ok_or_else(|| node.error(format!("`{word}` is no {field}"), suggest(&word, names)))
    }
}
