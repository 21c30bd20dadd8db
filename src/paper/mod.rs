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
mod passage;
mod pearson;
mod printed;
mod reach;
mod reader;
mod relation;
mod rows;
mod shelf;
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
pub use shelf::{load_all, shipped};

use std::ops::Range;

use crate::claim::{Ends, PageRule, Rule};
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
    /// Other papers whose numbers it refers to.
    pub cites: Vec<String>,
    /// What it says of its model's size.
    pub model: ModelFacts,
    /// The paper's own condition: every question starts from it.
    pub setup: Condition,
    pub tables: Vec<Table>,
    pub stated: Vec<Stated>,
    pub derived: Vec<Derived>,
    pub statements: Vec<Statement>,
    pub claims: Vec<Claim>,
    pub standings: Vec<Standing>,
    pub findings: Vec<RecordedFinding>,
    pub notes: Vec<Note>,
}

/// The size of a model as its paper states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModelFacts {
    pub vocab: Option<usize>,
    pub width: Option<usize>,
    pub layers: Option<usize>,
    pub heads: Option<usize>,
    /// Tokens in a training sequence.
    pub tokens: Option<usize>,
}

/// A number of the text that follows from no other.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated {
    pub id: String,
    pub says: String,
    pub printed: Printed,
}

/// A sentence about printed numbers: the page alone decides it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Its bytes in the file.
    pub span: Range<usize>,
    pub id: String,
    pub says: String,
    pub rule: PageRule,
    /// The numbers that it is about, in the rule's order, each between the ends that its rounding leaves.
    pub values: Vec<Ends>,
}

/// What a paper makes of a paper or claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// `p82`, or `p82::dead-zone`.
    pub of: String,
    pub is: Status,
    pub says: String,
}

/// What a finding is in a later paper's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Confirmed,
    Revised,
    Artifact,
    Falsified,
    Unsure,
}

impl Status {
    pub const ALL: [Self; 5] = [Self::Confirmed, Self::Revised, Self::Artifact, Self::Falsified, Self::Unsure];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Revised => "revised",
            Self::Artifact => "artifact",
            Self::Falsified => "falsified",
            Self::Unsure => "unsure",
        }
    }

    /// True where a finding does not stand any more.
    pub const fn is_withdrawn(self) -> bool {
        matches!(self, Self::Artifact | Self::Falsified)
    }
}

/// A finding of the audit that the project knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFinding {
    pub code: String,
    pub places: Vec<String>,
    pub because: String,
}

/// What the cells of a column that measures nothing are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Trainable parameters as the paper counts them.
    Parameters,
    Budget,
    /// Nats.
    Loss,
    Coverage,
    /// A part of a whole, in [0, 1].
    Share,
    EffectiveRank,
    K,
    Steps,
}

impl Sort {
    pub const ALL: [Self; 8] = [
        Self::Parameters,
        Self::Budget,
        Self::Loss,
        Self::Coverage,
        Self::Share,
        Self::EffectiveRank,
        Self::K,
        Self::Steps,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Budget => "budget",
            Self::Loss => "loss",
            Self::Coverage => "coverage",
            Self::Share => "share",
            Self::EffectiveRank => "effective-rank",
            Self::K => "k",
            Self::Steps => "steps",
        }
    }
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
    /// What its cells are, where they measure nothing and the file says so.
    pub sort: Option<Sort>,
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
    /// The claims of other papers that it builds on: `p82::dead-zone`.
    pub leans_on: Vec<String>,
    /// True for a claim whose runs are many times longer than its paper's own: it is asked on demand, or where other
    /// claims need these runs anyway.
    pub long: bool,
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

/// The word for a verdict that is not on record yet: the claim has not been run at that scale.
pub const OPEN: &str = "open";

/// A verdict and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// `confirmed`, `refuted`, `artifact(head: random)`, `holds only if base: crystallized`, ...
    pub verdict: String,
    pub because: String,
    /// What fresh seeds made of a verdict that the usual ones left inconclusive.
    pub fresh: Option<Fresh>,
}

/// The verdict of a second look (`verify --settle N`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    pub seeds: usize,
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

/// Reads a paper file that refers to no other. `name` is the file's name for messages.
///
/// # Errors
/// The first mistake, with its place and a hint.
pub fn load(name: &str, text: &str) -> Result<Paper> {
    load_beside(name, text, &[])
}

/// Reads a paper file that may refer to `others`, those of them that it builds on or cites.
///
/// # Errors
/// The first mistake, with its place and a hint.
pub fn load_beside(name: &str, text: &str, others: &[&Paper]) -> Result<Paper> {
    let source = Source { name, text };
    let document = shelf::parse(source)?;
    // A missing field of the paper itself is shown at the top of the file.
    let top = 0..text.find('\n').unwrap_or(text.len());
    let file = Fields::new(source, top, "the paper", document.get_ref());

    let id = reader::id(&file, "the paper's id: id = \"p87\"")?;
    let title = file.text("title", "title = \"..\"")?;
    let status = file.text("status", "what the paper says of itself: status = \"confirmed\"")?;
    let builds_on = file.names("builds_on")?;
    let cites = file.names("cites")?;
    let named = |other: &&&Paper| builds_on.contains(&other.id) || cites.contains(&other.id);
    let others: Vec<&Paper> = others.iter().filter(named).copied().collect();
    let model = file.take("model").map(|node| passage::model(&node)).transpose()?.unwrap_or_default();
    let protocol = Condition { k: at::UNSAID, step: at::UNSAID, ..Condition::default() };
    let setup = at::Patch::read_or_none(file.take("setup"))?.apply(&protocol)?;
    let mut paper = Paper {
        file: name.to_owned(),
        text: text.to_owned(),
        id,
        title,
        status,
        builds_on,
        cites,
        model,
        setup,
        tables: vec![],
        stated: vec![],
        derived: vec![],
        statements: vec![],
        claims: vec![],
        standings: vec![],
        findings: vec![],
        notes: vec![],
    };
    let parts = PARTS.map(|name| elements(&file, name));
    // A misspelt name is shown where it stands, before anything misses what it was meant to say.
    file.finish()?;
    let [stated, tables, derived, statements, claims, standings, findings, notes] = parts;
    for node in stated? {
        let number = passage::stated(&node, &paper)?;
        paper.stated.push(number);
    }
    for node in tables? {
        let table = table::read(&node, &paper, &others)?;
        paper.tables.push(table);
    }
    for node in derived? {
        let number = derived::read(&node, &paper, &others)?;
        paper.derived.push(number);
    }
    for node in statements? {
        let statement = passage::statement(&node, &paper, &others)?;
        paper.statements.push(statement);
    }
    for node in claims? {
        let claim = claims::read(&node, &paper, &others)?;
        paper.claims.push(claim);
    }
    for node in standings? {
        let standing = passage::standing(&node, &paper, &others)?;
        paper.standings.push(standing);
    }
    for node in findings? {
        paper.findings.push(passage::finding(&node)?);
    }
    for node in notes? {
        let fields = node.fields("the note")?;
        let prints = fields.text("prints", "what the paper prints: prints = \"..\"")?;
        let because = fields.text("because", "why it is not encoded: because = \"..\"")?;
        fields.finish()?;
        paper.notes.push(Note { prints, because });
    }
    paper.setup = at::said_or_default(paper.setup);
    Ok(paper)
}

/// The arrays of tables that a paper file is made of.
const PARTS: [&str; 8] = ["stated", "table", "derived", "statement", "claim", "standing", "finding", "note"];

/// The elements of an array of tables, none if it is absent.
fn elements<'a>(file: &Fields<'a>, name: &'static str) -> Result<Vec<reader::Node<'a>>> {
    file.take(name).map_or(Ok(Vec::new()), |node| node.list())
}
