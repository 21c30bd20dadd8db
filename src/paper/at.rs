//! Conditions as papers write them: patches `{ k = 64, step = 1 }` of the setup, and axes `{ k = [2, 4, 8] }`.

use serde_json::Value as Json;

use super::error::suggest;
use super::reader::{Node, Result};
use crate::question::{Condition, ConditionError, Question};

/// The protocol has a default for everything but K and the step: those every question says for itself.
pub(super) const UNSAID: usize = usize::MAX;

/// The condition with the defaults of [`Condition`] in place of what nobody said.
pub(super) fn said_or_default(condition: Condition) -> Condition {
    let defaults = Condition::default();
    let or_default = |said: usize, default: usize| if said == UNSAID { default } else { said };
    Condition { k: or_default(condition.k, defaults.k), step: or_default(condition.step, defaults.step), ..condition }
}

/// What a question that is about to be asked leaves open, or asks in vain; and what to do about it.
pub(super) fn unanswerable(question: &Question) -> Option<(String, String)> {
    if let Err(message) = question.check() {
        return Some((message, "leave that field out, or ask for another quantity".to_owned()));
    }
    let condition = &question.condition;
    let open = [("k", condition.k), ("step", condition.step)].into_iter().find(|(_, value)| *value == UNSAID);
    open.map(|(field, _)| {
        (
            format!("nothing says at which `{field}` this is measured"),
            format!("say it here, or for all in [setup]: {field} = .."),
        )
    })
}

/// Fields of a condition to change, each with its place in the file.
#[derive(Clone, Default)]
pub(super) struct Patch<'a> {
    changes: Vec<(String, Node<'a>)>,
}

impl<'a> Patch<'a> {
    /// Reads `{ field = value, .. }`.
    pub fn read(node: &Node<'a>) -> Result<Self> {
        let changes = node.fields(&node.name)?.rest();
        if changes.is_empty() {
            return Err(node.error(format!("{} changes nothing", node.name), "name a field and its value: { k = 64 }"));
        }
        Ok(Self { changes })
    }

    /// The same for a field that may be absent: no change then.
    pub fn read_or_none(node: Option<Node<'a>>) -> Result<Self> {
        node.as_ref().map_or(Ok(Self::default()), Self::read)
    }

    /// The condition with all changes made.
    pub fn apply(&self, condition: &Condition) -> Result<Condition> {
        self.changes.iter().try_fold(condition.clone(), |condition, (field, node)| {
            if field == "base" {
                let message = "a paper file does not choose the base".to_owned();
                return Err(node.source.error(
                    node.key.clone(),
                    message,
                    "every question is put to each base: leave it out",
                ));
            }
            condition.with(field, &node.json()?).map_err(|error| {
                let at = if matches!(error, ConditionError::UnknownField { .. }) { &node.key } else { &node.span };
                node.source.error(at.clone(), error.to_string(), hint(&error))
            })
        })
    }

    /// The first field that it changes and the value: what tells a point from its neighbours.
    pub fn first(&self) -> Option<(&str, Json)> {
        let (field, node) = self.changes.first()?;
        Some((field, node.json().ok()?))
    }

    /// The fields that it changes.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|(field, _)| field.as_str())
    }

    /// The first change as a number.
    fn number(&self) -> Option<f64> {
        self.changes.first().and_then(|(_, node)| node.number().ok())
    }

    fn label(&self) -> Result<String> {
        let parts = self.changes.iter().map(|(field, node)| Ok(label(field, &node.json()?)));
        Ok(parts.collect::<Result<Vec<_>>>()?.join(" "))
    }
}

/// What to do about a condition that cannot be.
pub(super) fn hint(error: &ConditionError) -> String {
    match error {
        ConditionError::UnknownField { field, known } => suggest(field, known.iter().map(String::as_str)),
        ConditionError::BadValue { reason, .. } => format!("change the value: {reason}"),
    }
}

/// A value without the quotes of a text.
pub(super) fn value_text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `K=64`, `step 40`, `svd`.
fn label(field: &str, value: &Json) -> String {
    let value = value_text(value);
    match field {
        "k" => format!("K={value}"),
        "step" => format!("step {value}"),
        _ => value,
    }
}

/// The points that a claim compares.
pub(super) struct Axis<'a> {
    pub node: Node<'a>,
    pub points: Vec<Point<'a>>,
}

/// One point: its name in evidence and the condition's changes.
pub(super) struct Point<'a> {
    pub label: String,
    pub patch: Patch<'a>,
}

impl<'a> Axis<'a> {
    /// Reads `{ k = [2, 4, 8] }`, or a list of patches where several fields move together.
    pub fn read(node: Node<'a>) -> Result<Self> {
        let patches: Vec<Patch<'a>> = if node.is_list() {
            node.list()?.iter().map(Patch::read).collect::<Result<_>>()?
        } else {
            let mut changes = node.fields(&node.name)?.rest();
            let (Some((field, values)), true) = (changes.pop(), changes.is_empty()) else {
                return Err(node.error(
                    format!("{} names no single field", node.name),
                    "write one field, { k = [2, 4, 8] }, or a list where several move together: [{ k = 2, step = 640 }, ..]",
                ));
            };
            let single = |value: Node<'a>| Patch { changes: vec![(field.clone(), value)] };
            values.list()?.into_iter().map(single).collect()
        };
        let known = Condition::fields();
        for (field, value) in patches.iter().flat_map(|patch| &patch.changes) {
            if !known.contains(field) {
                let hint = suggest(field, known.iter().map(String::as_str));
                return Err(value.source.error(value.key.clone(), format!("unknown condition `{field}`"), hint));
            }
        }
        for patch in &patches {
            if !patch.fields().eq(patches[0].fields()) {
                let wanted = patches[0].fields().collect::<Vec<_>>().join(", ");
                return Err(node.error(
                    format!("the points of {} do not set the same fields", node.name),
                    format!("set the same at every point, in the same order: {wanted}"),
                ));
            }
        }
        let point = |patch: Patch<'a>| Ok(Point { label: patch.label()?, patch });
        let points: Vec<Point<'a>> = patches.into_iter().map(point).collect::<Result<_>>()?;
        for (index, point) in points.iter().enumerate() {
            if points[..index].iter().any(|other| other.label == point.label) {
                return Err(node.error(format!("{} has {} twice", node.name, point.label), "write every point once"));
            }
        }
        Ok(Self { node, points })
    }

    pub fn labels(&self) -> Vec<String> {
        self.points.iter().map(|point| point.label.clone()).collect()
    }

    /// The condition at every point, from `base`.
    pub fn conditions(&self, base: &Condition) -> Result<Vec<Condition>> {
        self.points.iter().map(|point| point.patch.apply(base)).collect()
    }

    /// The points as numbers: what a law or a correlation is over.
    pub fn numbers(&self) -> Result<Vec<f64>> {
        let numbers = self.points.iter().map(|point| point.patch.number());
        numbers.collect::<Option<_>>().ok_or_else(|| {
            self.node.error(
                format!("{} is not made of numbers", self.node.name),
                "this kind needs numbers: { k = [2, 4, 8] }",
            )
        })
    }

    /// The point that `node` names, by value (`64`) or by label (`K=64`).
    pub fn index_of(&self, node: &Node<'a>) -> Result<usize> {
        let wanted = node.json()?;
        let named =
            |point: &Point<'a>| point.patch.first().is_some_and(|(_, value)| value == wanted) || wanted == *point.label;
        self.points.iter().position(named).ok_or_else(|| {
            let wanted = value_text(&wanted);
            let labels = self.labels();
            let hint = suggest(&wanted, labels.iter().map(String::as_str));
            node.error(format!("{}: {wanted} is not among the points of {}", node.name, self.node.name), hint)
        })
    }
}
