//! A strict reader of TOML: fields are taken by name, what is left over is an error, every error has its place.

use std::cell::RefCell;
use std::ops::Range;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{PaperError, Source, nearest, suggest};
use super::printed::Printed;

pub(super) type Result<T> = std::result::Result<T, Box<PaperError>>;

/// One value and where it stands.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub source: Source<'a>,
    pub span: Range<usize>,
    /// Its key, where it has one.
    pub key: Range<usize>,
    /// What the value is, for messages: `` `title` ``.
    pub name: String,
    value: &'a DeValue<'a>,
}

/// A table whose fields have not all been taken yet.
pub(super) struct Fields<'a> {
    pub source: Source<'a>,
    pub span: Range<usize>,
    what: String,
    left: RefCell<Vec<(String, Range<usize>, Node<'a>)>>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    pub fn new(source: Source<'a>, span: Range<usize>, what: &str, table: &'a DeTable<'a>) -> Self {
        let left = table.iter().map(|(key, value)| {
            let name = key.get_ref().to_string();
            (name.clone(), key.span(), Node::new(source, format!("`{name}`"), key.span(), value))
        });
        Self { source, span, what: what.to_owned(), left: RefCell::new(left.collect()), asked: RefCell::default() }
    }

    /// The field, if it is there.
    pub fn take(&self, name: &'static str) -> Option<Node<'a>> {
        self.asked.borrow_mut().push(name);
        let mut left = self.left.borrow_mut();
        let index = left.iter().position(|(key, ..)| key == name)?;
        Some(left.remove(index).2)
    }

    /// The field without taking it.
    pub fn peek(&self, name: &str) -> Option<Node<'a>> {
        self.left.borrow().iter().find(|(key, ..)| key == name).map(|(.., node)| node.clone())
    }

    /// The field, which must be there. `hint` says what to write.
    pub fn need(&self, name: &'static str, hint: &str) -> Result<Node<'a>> {
        if let Some(node) = self.take(name) {
            return Ok(node);
        }
        let left = self.left.borrow();
        let misspelt = left.iter().find(|(key, ..)| nearest(key, [name]).is_some());
        Err(match misspelt {
            Some((key, span, _)) => self.unknown(key, span.clone(), format!("did you mean `{name}`?")),
            None => {
                self.source.error(self.span.clone(), format!("{} has no `{name}`", self.what), format!("write {hint}"))
            }
        })
    }

    /// A text field, which must be there and not empty.
    pub fn text(&self, name: &'static str, hint: &str) -> Result<String> {
        self.need(name, hint)?.text()
    }

    /// A list of texts, none where the field is absent.
    pub fn names(&self, name: &'static str) -> Result<Vec<String>> {
        self.take(name).map_or(Ok(Vec::new()), |node| node.list()?.iter().map(Node::text).collect())
    }

    /// Every field that nobody took, by name.
    pub fn rest(&self) -> Vec<(String, Node<'a>)> {
        self.left.borrow_mut().drain(..).map(|(key, _, node)| (key, node)).collect()
    }

    /// All fields must have been taken.
    pub fn finish(self) -> Result<()> {
        match self.left.borrow().first() {
            Some((key, span, _)) => {
                Err(self.unknown(key, span.clone(), suggest(key, self.asked.borrow().iter().copied())))
            }
            None => Ok(()),
        }
    }

    /// None of several fields was there: a misspelt one is shown, else the table as a whole.
    pub fn incomplete(&self, message: &str, hint: &str) -> Box<PaperError> {
        let left = self.left.borrow();
        let asked = self.asked.borrow();
        let near = |key: &str| nearest(key, asked.iter().copied());
        match left.iter().find_map(|(key, span, _)| Some((key, span, near(key)?))) {
            Some((key, span, name)) => self.unknown(key, span.clone(), format!("did you mean `{name}`?")),
            None => self.error(message, hint),
        }
    }

    /// An error about the table as a whole.
    pub fn error(&self, message: impl Into<String>, hint: impl Into<String>) -> Box<PaperError> {
        self.source.error(self.span.clone(), message, hint)
    }

    fn unknown(&self, key: &str, span: Range<usize>, hint: String) -> Box<PaperError> {
        self.source.error(span, format!("{} has an unknown field `{key}`", self.what), hint)
    }
}

impl<'a> Node<'a> {
    fn new(source: Source<'a>, name: String, key: Range<usize>, value: &'a Spanned<DeValue<'a>>) -> Self {
        // Tables made by dotted keys have no span of their own.
        let span = if value.span().is_empty() { key.clone() } else { value.span() };
        Self { source, span, key, name, value: value.get_ref() }
    }

    pub fn error(&self, message: impl Into<String>, hint: impl Into<String>) -> Box<PaperError> {
        self.source.error(self.span.clone(), message, hint)
    }

    fn mismatch(&self, wanted: &str) -> Box<PaperError> {
        self.error(format!("{} is {}", self.name, article(self.value)), format!("it must be {wanted}"))
    }

    /// A text that is not empty, without the blanks around it.
    pub fn text(&self) -> Result<String> {
        let text = self.raw()?.trim();
        if text.is_empty() {
            return Err(self.error(format!("{} is empty", self.name), "write a text, or leave the field out"));
        }
        Ok(text.to_owned())
    }

    /// A text exactly as parsed.
    pub fn raw(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.mismatch("a text in quotes"))
    }

    pub fn is_text(&self) -> bool {
        self.value.is_str()
    }

    pub fn is_list(&self) -> bool {
        matches!(self.value, DeValue::Array(_))
    }

    /// A number, whole or not; finite.
    pub fn number(&self) -> Result<f64> {
        let number = match self.value {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', "").parse::<f64>().ok(),
            DeValue::Float(number) => number.as_str().replace('_', "").parse::<f64>().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite()).ok_or_else(|| self.mismatch("a finite number, without quotes"))
    }

    /// A whole number from 1.
    pub fn count(&self) -> Result<usize> {
        let number = self.number()?;
        let whole = number == number.trunc() && (1.0..=9_007_199_254_740_992.0).contains(&number);
        if whole { Ok(number as usize) } else { Err(self.mismatch("a whole number from 1")) }
    }

    pub fn flag(&self) -> Result<bool> {
        self.value.as_bool().ok_or_else(|| self.mismatch("true or false"))
    }

    /// A number in quotes, as the paper prints it.
    pub fn printed(&self) -> Result<Printed> {
        let text = self.value.as_str().ok_or_else(|| self.mismatch(QUOTED))?;
        Printed::parse(text).map_err(|error| self.error(format!("{}: {error}", self.name), QUOTED_FORMS))
    }

    /// The elements of a list that is not empty.
    pub fn list(&self) -> Result<Vec<Node<'a>>> {
        let DeValue::Array(array) = self.value else {
            return Err(self.mismatch("a list in square brackets"));
        };
        if array.is_empty() {
            return Err(self.error(format!("{} is empty", self.name), "write at least one element"));
        }
        let element = |value| Node::new(self.source, format!("an element of {}", self.name), self.span.clone(), value);
        Ok(array.iter().map(element).collect())
    }

    /// The fields of a table; `what` names it in messages.
    pub fn fields(&self, what: &str) -> Result<Fields<'a>> {
        match self.value {
            DeValue::Table(table) => Ok(Fields::new(self.source, self.span.clone(), what, table)),
            _ => Err(self.mismatch("a table: { name = value, .. }")),
        }
    }

    /// The same value for [`crate::question::Condition::with`].
    pub fn json(&self) -> Result<Json> {
        Ok(match self.value {
            DeValue::String(text) => Json::from(text.as_ref()),
            DeValue::Boolean(flag) => Json::from(*flag),
            DeValue::Integer(number) => match number.as_str().replace('_', "").parse::<i64>() {
                Ok(whole) if number.radix() == 10 => Json::from(whole),
                _ => return Err(self.mismatch("a whole number below 2^63, in decimal")),
            },
            DeValue::Float(_) => Json::from(self.number()?),
            DeValue::Table(table) => {
                let entries = table.iter().map(|(key, value)| {
                    let node = Node::new(self.source, format!("`{}`", key.get_ref()), self.span.clone(), value);
                    Ok((key.get_ref().to_string(), node.json()?))
                });
                Json::Object(entries.collect::<Result<_>>()?)
            }
            DeValue::Array(_) | DeValue::Datetime(_) => return Err(self.mismatch("one value")),
        })
    }

    /// Where bytes `inside` of this text stand in the file; the whole value where escapes hide it.
    pub fn part(&self, inside: Range<usize>) -> Range<usize> {
        let verbatim = self.value.as_str().and_then(|text| {
            let quoted = self.source.text.get(self.span.clone())?;
            quoted.find(text).map(|start| self.span.start + start)
        });
        verbatim.map_or(self.span.clone(), |start| start + inside.start..start + inside.end)
    }

    /// An error about bytes `inside` of this text.
    pub fn error_at(
        &self,
        inside: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Box<PaperError> {
        self.source.error(self.part(inside), message, hint)
    }
}

const QUOTED: &str = "a number in quotes, exactly as printed";
pub(super) const QUOTED_FORMS: &str = "write it as printed: 0.003, -0.9963, 93.8%, 1.01x, 61.5M, 1,536,992 or ~0.00205";

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The `id` of a part: a name that expressions and the command line can speak of.
pub(super) fn id(fields: &Fields<'_>, hint: &str) -> Result<String> {
    let node = fields.need("id", hint)?;
    let id = node.text()?;
    if super::expression::is_name(&id) {
        return Ok(id);
    }
    Err(node.error(format!("`{id}` cannot be an id"), "start with a letter; go on with letters, digits, `-` and `_`"))
}

/// The `id` of a part, which none of `taken` has.
pub(super) fn fresh_id<'n>(
    fields: &Fields<'_>,
    hint: &str,
    taken: impl IntoIterator<Item = &'n str>,
) -> Result<String> {
    let place = fields.peek("id");
    let id = id(fields, hint)?;
    match place {
        Some(place) if taken.into_iter().any(|other| other == id) => {
            Err(place.error(format!("the id `{id}` is taken"), "give every part its own id"))
        }
        _ => Ok(id),
    }
}
