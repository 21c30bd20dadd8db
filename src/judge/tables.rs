//! A paper's tables with the measured numbers beside the printed ones.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Inquiry;
use crate::lab::{Answers, LabError};
use crate::paper::{Consistency, Derived, Meaning, Paper};
use crate::question::Question;

/// A cell measured over seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    pub mean: f64,
    /// Standard deviation over seeds; `None` with one seed.
    pub sd: Option<f64>,
    pub n: usize,
    /// Mean over seeds and the null's draws.
    pub null: Option<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_type: BTreeMap<&'static str, f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellResult {
    pub printed: String,
    /// On the paper's base, or on the one that was asked for.
    pub measured: Option<Measured>,
    /// On the other bases.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_base: BTreeMap<&'static str, Measured>,
    /// For a derived cell: what the printed cells give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub derived: Option<DerivedResult>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableResult {
    pub id: String,
    pub says: String,
    /// The row axis first.
    pub columns: Vec<String>,
    pub labels: Vec<String>,
    pub rows: Vec<Vec<CellResult>>,
}

/// A printed number that follows from others, re-derived from their rounding intervals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DerivedResult {
    pub id: String,
    pub says: String,
    pub printed: String,
    pub is: String,
    pub interval: (f64, f64),
    /// `None` where the printed precision does not decide, and where digits were cut off.
    pub consistent: Option<bool>,
    /// True where it follows but for its last place: off by more than rounding and by less than a unit.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

const fn decided(consistency: Consistency) -> Option<bool> {
    match consistency {
        Consistency::Consistent => Some(true),
        Consistency::Inconsistent => Some(false),
        Consistency::Truncated | Consistency::Undetermined => None,
    }
}

impl From<&Derived> for DerivedResult {
    fn from(derived: &Derived) -> Self {
        Self {
            id: derived.id.clone(),
            says: derived.says.clone(),
            printed: derived.printed.text().to_owned(),
            is: derived.is.clone(),
            interval: derived.interval,
            consistent: decided(derived.consistency),
            truncated: derived.consistency == Consistency::Truncated,
        }
    }
}

pub(super) fn measured(paper: &Paper, inquiry: &Inquiry, answers: &Answers) -> Result<Vec<TableResult>, LabError> {
    let mut tables = Vec::new();
    for table in &paper.tables {
        let mut rows = Vec::new();
        for row in &table.rows {
            let mut cells = Vec::new();
            for (cell, column) in row.cells.iter().zip(&table.columns) {
                let mut result = CellResult {
                    printed: cell.printed.text().to_owned(),
                    measured: None,
                    by_base: BTreeMap::new(),
                    derived: None,
                };
                match &cell.meaning {
                    Meaning::Measured(question) => {
                        for (i, &base) in inquiry.bases.iter().enumerate() {
                            let measured = over_seeds(&Answers::on_base(question, base), &inquiry.seeds, answers)?;
                            match measured {
                                Some(measured) if i == 0 => result.measured = Some(measured),
                                Some(measured) => drop(result.by_base.insert(base.name(), measured)),
                                None => {}
                            }
                        }
                    }
                    Meaning::Derived { is, interval, consistency, .. } => {
                        result.derived = Some(DerivedResult {
                            id: format!("{}[{}={}].{}", table.id, table.row_axis, row.label, column.name),
                            says: String::new(),
                            printed: cell.printed.text().to_owned(),
                            is: is.clone(),
                            interval: *interval,
                            consistent: decided(*consistency),
                            truncated: *consistency == Consistency::Truncated,
                        });
                    }
                    Meaning::PageOnly => {}
                }
                cells.push(result);
            }
            rows.push(cells);
        }
        tables.push(TableResult {
            id: table.id.clone(),
            says: table.says.clone(),
            columns: std::iter::once(&table.row_axis).chain(table.columns.iter().map(|c| &c.name)).cloned().collect(),
            labels: table.rows.iter().map(|row| row.label.clone()).collect(),
            rows,
        });
    }
    Ok(tables)
}

fn over_seeds(question: &Question, seeds: &[u64], answers: &Answers) -> Result<Option<Measured>, LabError> {
    let mut values = Vec::new();
    let mut null = Vec::new();
    let mut by_type: BTreeMap<&'static str, f64> = BTreeMap::new();
    for &seed in seeds {
        let answer = match answers.get(question, seed) {
            Ok(answer) => answer,
            Err(LabError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        values.push(answer.value);
        null.extend(answer.null);
        for (kind, value) in answer.by_type {
            *by_type.entry(kind.name()).or_default() += value / seeds.len() as f64;
        }
    }
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let sd = (n > 1).then(|| (squares / (n - 1) as f64).sqrt());
    let null = (!null.is_empty()).then(|| null.iter().sum::<f64>() / null.len() as f64);
    Ok(Some(Measured { mean, sd, n, null, by_type }))
}
