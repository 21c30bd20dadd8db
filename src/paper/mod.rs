#![doc = include_str!("FORMAT.md")]

mod at;
mod claims;
mod derived;
mod error;
mod evaluate;
mod expression;
mod formula;
mod interval;
mod kinds;
mod operation;
mod pearson;
mod printed;
mod reach;
mod reader;
mod relation;
mod rows;
mod slope;
mod table;
mod term;
mod verdict;

pub use error::PaperError;
pub use formula::{Formula, Step, Steps};
pub use interval::Interval;
pub use operation::Operation;
pub use printed::{Exactness, Printed, PrintedError};
pub use reach::Reach;
pub use relation::{Follows, Operand, Place, Relation, Spot};

use std::ops::Range;

use toml::de::DeTable;

use crate::claim::Rule;
use crate::question::{Condition, Quantity, Question};
use error::Source;
use reader::{Fields, Result};

/// One paper of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// The file that it was read from and its text: where errors that show up later point to.
    pub file: String,
    pub text: String,
    /// `p87`
    pub id: String,
    pub title: String,
    /// What the paper says of itself.
    pub status: String,
    /// The papers that it continues.
    pub builds_on: Vec<String>,
    /// The paper's own condition: every question starts from it.
    pub setup: Condition,
    pub tables: Vec<Table>,
    pub derived: Vec<Derived>,
    pub claims: Vec<Claim>,
    pub notes: Vec<Note>,
}

/// A table as printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its bytes in the file.
    pub span: Range<usize>,
    pub id: String,
    pub says: String,
    /// What tells the rows apart: a condition (`k`, `step`, `layer`), or a word of the paper's own (`scheme`).
    pub row_axis: String,
    /// The columns of numbers, in printed order.
    pub columns: Vec<Column>,
    /// The names of the columns of words, which stand behind the numbers.
    pub word_columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// A column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    /// What its cells measure, if they do.
    pub quantity: Option<Quantity>,
    /// Field and value of the condition that tells it from its neighbours: `step`, `40`.
    pub axis: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The row's key as printed.
    pub label: String,
    /// One per column of the table.
    pub cells: Vec<Cell>,
    /// One per column of words.
    pub words: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub printed: Printed,
    pub meaning: Meaning,
}

/// What a printed number stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A quantity that a run can measure again.
    Measured(Question),
    /// A number that follows from others of the page: the expression, where it leads, and whether the page agrees.
    Derived { is: String, relation: Relation, interval: (f64, f64), consistency: Consistency },
    /// A number that only the page speaks of.
    PageOnly,
}

/// A number in the paper's text that follows from others.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    pub id: String,
    pub says: String,
    pub printed: Printed,
    /// The expression that it follows from.
    pub is: String,
    /// The printed numbers that it follows from, and how.
    pub relation: Relation,
    /// All values that the expression can take while its operands are rounded as printed.
    pub interval: (f64, f64),
    pub consistency: Consistency,
}

/// Whether a printed number can follow from the printed numbers that it is derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Some choice inside the rounding of every operand gives it.
    Consistent,
    /// No choice gives it, but one gives something within one unit of its last place: authors truncate.
    Truncated,
    /// The printed precision, or the effort of the search, does not decide.
    Undetermined,
    /// No choice gives it, nor anything within one unit of its last place.
    Inconsistent,
}

/// A claim, ready to be asked and judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its bytes in the file.
    pub span: Range<usize>,
    pub id: String,
    /// The claim in one sentence.
    pub says: String,
    pub rule: Rule,
    /// What to measure, in the order that the rule's layout wants.
    pub questions: Vec<Question>,
    pub asked_at: AskedAt,
    pub recorded: Recorded,
}

/// The scales at which a claim makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedAt {
    Both,
    PaperOnly { because: String },
}

/// The verdicts that the project stands behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub paper: Expected,
    /// At ci scale; the paper scale's unless the file says otherwise.
    pub ci: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `confirmed`, `refuted`, `artifact(head: random)`, `holds only if base: crystallized`, ...
    pub verdict: String,
    pub because: String,
}

/// Something that the paper prints and this file does not encode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub prints: String,
    pub because: String,
}

impl Table {
    /// Everything that its cells measure.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        cells.filter_map(|cell| match &cell.meaning {
            Meaning::Measured(question) => Some(question),
            _ => None,
        })
    }
}

impl Paper {
    /// An error that only a model or a run brings to light, shown at the bytes `span` of the paper's file.
    pub fn error_at(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Box<PaperError> {
        Source { name: &self.file, text: &self.text }.error(span.clone(), message, hint)
    }
}

/// The papers in `fixtures/papers`, embedded: id (the file's name) and text, sorted by id.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/shipped_papers.rs"))
}

/// Reads a paper file. `name` is the file's name for messages.
///
/// # Errors
/// The first mistake, with its place and a hint.
pub fn load(name: &str, text: &str) -> Result<Paper> {
    let source = Source { name, text };
    let document = DeTable::parse(text).map_err(|error| {
        let end = text.len();
        let message = format!("this is no TOML: {}", error.message());
        source.error(error.span().unwrap_or(end..end), message, "https://toml.io shows the notation on one page")
    })?;
    // A missing field of the paper itself is shown at the top of the file.
    let top = 0..text.find('\n').unwrap_or(text.len());
    let file = Fields::new(source, top, "the paper", document.get_ref());

    let id = reader::id(&file, "the paper's id: id = \"p87\"")?;
    let title = file.text("title", "title = \"..\"")?;
    let status = file.text("status", "what the paper says of itself: status = \"confirmed\"")?;
    let builds_on = match file.take("builds_on") {
        Some(list) => list.list()?.iter().map(reader::Node::text).collect::<Result<_>>()?,
        None => Vec::new(),
    };
    let protocol = Condition { k: at::UNSAID, step: at::UNSAID, ..Condition::default() };
    let setup = at::Patch::read_or_none(file.take("setup"))?.apply(&protocol)?;
    let mut paper = Paper {
        file: name.to_owned(),
        text: text.to_owned(),
        id,
        title,
        status,
        builds_on,
        setup,
        tables: vec![],
        derived: vec![],
        claims: vec![],
        notes: vec![],
    };
    for node in elements(&file, "table")? {
        let table = table::read(&node, &paper)?;
        paper.tables.push(table);
    }
    for node in elements(&file, "derived")? {
        let number = derived::read(&node, &paper)?;
        paper.derived.push(number);
    }
    for node in elements(&file, "claim")? {
        let claim = claims::read(&node, &paper)?;
        paper.claims.push(claim);
    }
    for node in elements(&file, "note")? {
        let fields = node.fields("the note")?;
        let prints = fields.text("prints", "what the paper prints: prints = \"..\"")?;
        let because = fields.text("because", "why it is not encoded: because = \"..\"")?;
        fields.finish()?;
        paper.notes.push(Note { prints, because });
    }
    file.finish()?;
    paper.setup = at::said_or_default(paper.setup);
    Ok(paper)
}

/// The elements of an array of tables, none if it is absent.
fn elements<'a>(file: &Fields<'a>, name: &'static str) -> Result<Vec<reader::Node<'a>>> {
    file.take(name).map_or(Ok(Vec::new()), |node| node.list())
}
