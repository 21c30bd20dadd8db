//! Where a report's numbers come from: the question behind every measured cell and every value of a claim, in the words of
//! the paper files, and the run that answers it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::claim::Rule;
use crate::judge::{Inquiry, Selection};
use crate::lab::{Answers, LabError, Run, Store};
use crate::paper::{Meaning, Paper};
use crate::question::{Base, Condition, Question};

/// Fields of a condition, as paper files write them.
pub type Fields = Map<String, Json>;

/// What a paper asked, and what it says of other papers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provenance {
    pub paper: String,
    /// What the paper says of itself.
    pub status: String,
    pub builds_on: Vec<String>,
    /// The paper's own condition.
    pub setup: Fields,
    /// Every question once, in the order of tables and claims.
    pub questions: Vec<Asked>,
    pub tables: Vec<TableOrigin>,
    pub claims: Vec<ClaimOrigin>,
    pub standings: Vec<StandingOf>,
}

/// One question: a quantity and its condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked {
    pub quantity: &'static str,
    /// K, the step, and what else differs from the paper's setup; as printed, at the papers' own size.
    pub condition: Fields,
    /// Base and run: `SEED-RUN` is the cell that `ctlora run` takes.
    pub runs: BTreeMap<&'static str, String>,
}

/// The questions behind a table's cells, by row and column; `None` for cells that measure nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableOrigin {
    pub id: String,
    pub cells: Vec<Vec<Option<usize>>>,
}

/// The questions behind a claim, in the order of its rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimOrigin {
    pub id: String,
    /// The claims that it builds on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leans_on: Vec<String>,
    pub questions: Vec<usize>,
    /// What each of its flips asked, in the order of their results: of a tuned rate, at every candidate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flips: Vec<Vec<usize>>,
    /// For a correlation: what its sweep varied, one number per point.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub index: Vec<f64>,
}

/// What the paper makes of another paper or claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StandingOf {
    pub of: String,
    pub is: &'static str,
    /// True where the finding does not stand any more.
    pub withdrawn: bool,
}

/// Characters of a run's name in a cell's id ([`crate::lab::Cell`]).
const RUN_NAME: usize = 12;

impl Provenance {
    /// # Errors
    /// A run that has no address.
    pub fn of(paper: &Paper, inquiry: &Inquiry) -> Result<Self, LabError> {
        let setup = fields(&paper.setup)?;
        let mut asked = AskedOnce { inquiry, setup: &setup, places: BTreeMap::new(), questions: Vec::new() };
        let mut tables = Vec::new();
        if matches!(inquiry.claims, Selection::Whole { .. }) {
            for table in &paper.tables {
                let mut cells = Vec::new();
                for row in &table.rows {
                    let of_cell = row.cells.iter().map(|cell| match &cell.meaning {
                        Meaning::Measured(question) => asked.on_every_base(question).map(Some),
                        _ => Ok(None),
                    });
                    cells.push(of_cell.collect::<Result<_, _>>()?);
                }
                tables.push(TableOrigin { id: table.id.clone(), cells });
            }
        }
        let mut claims = Vec::new();
        for claim in &paper.claims {
            let questions = claim.questions.iter().filter(|_| inquiry.asks(claim));
            let questions = questions.map(|question| asked.on_every_base(question)).collect::<Result<_, _>>()?;
            let mut flips = Vec::new();
            if inquiry.asks(claim) {
                for flip in inquiry.asked_by_flips(claim) {
                    let places = flip.iter().map(|question| asked.place(question, &[question.condition.base]));
                    flips.push(places.collect::<Result<_, _>>()?);
                }
            }
            let index = match &claim.rule {
                Rule::Correlation { index, .. } => index.clone(),
                _ => Vec::new(),
            };
            claims.push(ClaimOrigin {
                id: format!("{}::{}", paper.id, claim.id),
                leans_on: claim.leans_on.clone(),
                questions,
                flips,
                index,
            });
        }
        let questions = asked.questions;
        let standings = paper.standings.iter();
        let standings =
            standings.map(|s| StandingOf { of: s.of.clone(), is: s.is.name(), withdrawn: s.is.is_withdrawn() });
        Ok(Self {
            paper: paper.id.clone(),
            status: paper.status.clone(),
            builds_on: paper.builds_on.clone(),
            questions,
            tables,
            claims,
            standings: standings.collect(),
            setup,
        })
    }
}

/// The questions so far, each once.
struct AskedOnce<'a> {
    inquiry: &'a Inquiry,
    setup: &'a Fields,
    places: BTreeMap<String, usize>,
    questions: Vec<Asked>,
}

impl AskedOnce<'_> {
    fn on_every_base(&mut self, question: &Question) -> Result<usize, LabError> {
        self.place(question, &self.inquiry.bases)
    }

    /// Where the question stands, with the runs that answer it on `bases` beside those that are known.
    fn place(&mut self, question: &Question, bases: &[Base]) -> Result<usize, LabError> {
        let mut all = fields(&question.condition)?;
        // A base that only a flip turns to is part of the question.
        if let Some(other) = bases.iter().find(|base| !self.inquiry.bases.contains(base)) {
            all.insert("base".to_owned(), other.name().into());
        }
        let identity = format!("{} {}", question.quantity, Json::Object(all.clone()));
        let place = self.places.get(&identity).copied().unwrap_or(self.questions.len());
        if place == self.questions.len() {
            let telling =
                |field: &str, value: &Json| ["k", "step"].contains(&field) || self.setup.get(field) != Some(value);
            let condition = all.into_iter().filter(|(field, value)| telling(field, value)).collect();
            self.questions.push(Asked { quantity: question.quantity.name(), condition, runs: BTreeMap::new() });
            self.places.insert(identity, place);
        }
        let (scale, runs) = (self.inquiry.scale.scale(), &mut self.questions[place].runs);
        for &base in bases.iter().filter(|base| !runs.contains_key(base.name())).collect::<Vec<_>>() {
            let sized = scale.sized(&Answers::on_base(question, base));
            let name = Store::key(&Run::of(&sized.condition))?;
            runs.insert(base.name(), name.chars().take(RUN_NAME).collect());
        }
        Ok(place)
    }
}

/// A condition field by field, but for the base: every question is put to each.
fn fields(condition: &Condition) -> Result<Fields, LabError> {
    match serde_json::to_value(condition) {
        Ok(Json::Object(mut fields)) => {
            fields.shift_remove("base");
            Ok(fields)
        }
        Ok(other) => Err(LabError::Internal(format!("a condition is written as {other}"))),
        Err(error) => Err(LabError::Internal(error.to_string())),
    }
}

/// A condition in words: `K=64, step 40, lens haar`.
pub fn in_words(fields: &Fields) -> String {
    let words = fields.iter().map(|(field, value)| match (field.as_str(), value) {
        ("k", value) => format!("K={value}"),
        ("optimizer", Json::Object(kind)) => of_optimizer(kind),
        (field, Json::String(value)) => format!("{field} {value}"),
        (field, value) => format!("{field} {value}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// `adam lr 0.005`.
fn of_optimizer(kind: &Fields) -> String {
    let named = kind.iter().map(|(name, settings)| match settings {
        Json::Object(settings) => {
            let settings = settings.iter().map(|(name, value)| format!(" {name} {value}"));
            format!("{name}{}", settings.collect::<String>())
        }
        other => format!("{name} {other}"),
    });
    named.collect::<Vec<_>>().join(", ")
}
