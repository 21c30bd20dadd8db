//! One pass over a file, then every estimate that its rows allow.

use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use super::analysis::{Analysis, Column, Omitted, Rows};
use super::associate::associate;
use super::error::DatasetError;
use super::read::read;
use super::regress::regress;
use crate::stats::{LEVEL, Resampler, RowStream, StatsError, Triangle};

/// Above so many rows, what needs whole columns is left out unless the user asks for all.
pub const HELD_ROWS: usize = 10_000;

/// The spread of a column, if it is none of these sizes, has a square that 64 bits cannot hold with all its digits.
const SPREADS: std::ops::RangeInclusive<f64> = 1e-140..=1e140;

/// What is asked of a file.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub file: &'a Path,
    pub y: String,
    pub x: Vec<String>,
    pub given: Vec<String>,
    pub intercept: bool,
    /// Ranks, Theil-Sen, resampling and influence above [`HELD_ROWS`] rows, too.
    pub all: bool,
    pub seed: u64,
}

/// The rows of a file: their second moments, and themselves where they are few.
pub(super) struct Sample {
    pub triangle: Triangle,
    /// `None`: too many rows.
    pub whole: Option<Whole>,
}

/// Rows that are held.
pub(super) struct Whole {
    /// y, each x, each given column, `[rows]`.
    pub columns: Vec<Vec<f64>>,
    /// The line of each row in the file.
    pub lines: Vec<u64>,
    /// `None`: fewer rows than columns.
    pub resampler: Option<Resampler>,
}

/// Reads `request.file` and computes all that is asked of it.
///
/// # Errors
/// What reading finds, a column that is named twice or constant, fewer than three complete rows, columns that determine
/// each other.
pub fn analyse(request: &Request<'_>) -> Result<Analysis, DatasetError> {
    let file = request.file.display().to_string();
    let names: Vec<String> = [&request.y].into_iter().chain(&request.x).chain(&request.given).cloned().collect();
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            return Err(DatasetError::new(
                format!("column `{name}` is named twice"),
                "--y, --x and --given name different columns",
            ));
        }
    }
    let mut stream = RowStream::new(names.len());
    let mut held = Some(vec![Vec::new(); names.len()]);
    let mut lines = Vec::new();
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); names.len()];
    let mut hashes = Vec::new();
    let counted = read(request.file, &names, |line, row| {
        stream.push(row).map_err(|error| DatasetError::undefined(&file, &names, &error))?;
        for ((low, high), value) in ends.iter_mut().zip(row) {
            (*low, *high) = (low.min(*value), high.max(*value));
        }
        hashes.push(hash(row));
        if !request.all && stream.rows() > HELD_ROWS {
            held = None;
        }
        if let Some(columns) = &mut held {
            lines.push(line);
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(*value));
        }
        Ok(())
    })?;
    let triangle = stream.finish().map_err(|error| DatasetError::undefined(&file, &names, &error))?;
    let used = triangle.rows();
    if used < 3 {
        return Err(DatasetError::undefined(&file, &names, &StatsError::TooFew { needed: 3, got: used }));
    }
    if let Some(at) = ends.iter().position(|(low, high)| low == high) {
        return Err(DatasetError::new(
            format!("{file}: column `{}` is {} in every row", names[at], ends[at].0),
            "a column that does not vary explains nothing; leave it out",
        ));
    }
    if let Some(at) = ends.iter().position(|(low, high)| !SPREADS.contains(&(high - low))) {
        let (low, high) = ends[at];
        return Err(DatasetError::new(
            format!("{file}: column `{}` runs from {low} to {high}, which leaves its squares no digits", names[at]),
            "give it in other units",
        ));
    }
    let whole = match held {
        None => None,
        Some(columns) => {
            let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let resampler = (used > names.len()).then(|| Resampler::new(&slices)).transpose();
            let resampler = resampler.map_err(|error| DatasetError::undefined(&file, &names, &error))?;
            Some(Whole { columns, lines, resampler })
        }
    };
    let sample = Sample { triangle, whole };
    let mut omitted = Vec::new();
    let columns = moments(&file, &names, &ends, &sample)?;
    let regression = regress(&file, request, &sample, &mut omitted)?;
    let associations = associate(&file, request, &sample, &mut omitted)?;
    if sample.whole.is_none() {
        let why = format!("{used} rows are more than {HELD_ROWS}; --all computes it for any number");
        for what in
            ["spearman", "kendall", "theil-sen", "power-law", "permutation", "bootstrap", "durbin-watson", "influence"]
        {
            omitted.push(Omitted { what, of: None, why: why.clone() });
        }
    }
    Ok(Analysis {
        schema: "ctlora.stats/1",
        file,
        y: request.y.clone(),
        x: request.x.clone(),
        given: request.given.clone(),
        level: LEVEL,
        seed: request.seed,
        rows: Rows { read: counted.rows, used, missing: counted.missing, duplicated: repeated(hashes) },
        columns,
        associations,
        regression,
        omitted,
    })
}

fn moments(file: &str, names: &[String], ends: &[(f64, f64)], sample: &Sample) -> Result<Vec<Column>, DatasetError> {
    let column = |(at, name): (usize, &String)| {
        let of = sample.triangle.moments(at).map_err(|error| DatasetError::undefined(file, names, &error))?;
        let (minimum, maximum) = ends[at];
        let (mean, standard_deviation) = (of.mean, of.standard_deviation);
        Ok(Column { name: name.clone(), mean, standard_deviation, minimum, maximum })
    };
    names.iter().enumerate().map(column).collect()
}

/// 64 bits that stand for a row. Two of a million different rows share them in one file of thirty million.
fn hash(row: &[f64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Adding 0 makes -0 a 0: the same value, other bits.
    row.iter().for_each(|value| hasher.write_u64((value + 0.0).to_bits()));
    hasher.finish()
}

/// How many rows repeat an earlier one.
fn repeated(mut hashes: Vec<u64>) -> usize {
    let rows = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();
    rows - hashes.len()
}
