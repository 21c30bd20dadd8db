//! The matrix of claims and flips: what becomes of each claim when one thing about its experiment is changed.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::document::Document;
use crate::claim::compact;
use crate::judge::{ClaimResult, Fate, FlipResult};

/// One sign for each fate, as the legend explains them.
const fn sign(fate: Fate) -> char {
    match fate {
        Fate::Holds => '+',
        Fate::Fails => '-',
        Fate::ChangesSign => '!',
        Fate::Unclear => '?',
        Fate::NotAsked => 'x',
    }
}

const LEGEND: &str = "+ holds  - fails  ! the opposite holds  ? unclear  x could not be asked  . has no meaning there";

pub(super) const fn words(fate: Fate) -> &'static str {
    match fate {
        Fate::Holds => "holds",
        Fate::Fails => "fails",
        Fate::ChangesSign => "the opposite holds",
        Fate::Unclear => "unclear",
        Fate::NotAsked => "not asked",
    }
}

/// A field of the condition and the value that it is given.
pub(super) type Column = (&'static str, String);

/// A column of the matrix: a field and the value that it takes. Dropout in one reading is one column, whatever its rate.
pub(super) fn column(flip: &FlipResult) -> Column {
    let reading = if flip.field == "dropout" { flip.to.split('-').next() } else { None };
    (flip.field, reading.unwrap_or(&flip.to).to_owned())
}

/// Every claim that was flipped.
pub(super) fn flipped(document: &Document) -> Vec<&ClaimResult> {
    document.papers.iter().flat_map(|paper| &paper.claims).filter(|claim| !claim.flips.is_empty()).collect()
}

/// The matrix's columns and their fields: those of one field stand together, in the order in which the fields first appear.
pub(super) fn columns(claims: &[&ClaimResult]) -> (Vec<Column>, Vec<&'static str>) {
    let mut columns: Vec<Column> = Vec::new();
    let mut fields: Vec<&'static str> = Vec::new();
    for column in claims.iter().flat_map(|claim| &claim.flips).map(column) {
        if !fields.contains(&column.0) {
            fields.push(column.0);
        }
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns.sort_by_key(|(field, _)| fields.iter().position(|other| other == field));
    (columns, fields)
}

/// The matrix of every claim that was flipped, one line each; nothing where none was.
pub fn matrix(document: &Document) -> String {
    let claims = flipped(document);
    let (columns, fields) = columns(&claims);
    let mut out = String::new();
    if claims.is_empty() {
        return out;
    }
    let widest = claims.iter().map(|claim| claim.id.len()).max().unwrap_or(0);
    let _ = writeln!(out, "{LEGEND}");
    for field in &fields {
        let of_field = columns.iter().enumerate().filter(|(_, column)| column.0 == *field);
        let named: Vec<String> = of_field.map(|(at, (_, value))| format!("{} {value}", letter(at))).collect();
        let _ = writeln!(out, "  {field}: {}", named.join(", "));
    }
    let _ = writeln!(out, "\n{:widest$}  {}", "", (0..columns.len()).map(letter).collect::<String>());
    for claim in &claims {
        let cell = |wanted: &Column| {
            claim.flips.iter().find(|flip| column(flip) == *wanted).map_or('.', |flip| sign(flip.fate))
        };
        let cells: String = columns.iter().map(cell).collect();
        let robust = if claim.robust { ", whatever is flipped" } else { "" };
        let _ = writeln!(out, "{:widest$}  {cells}  {}{robust}", claim.id, claim.verdict);
    }
    let hangs: BTreeSet<&str> = claims
        .iter()
        .filter(|claim| claim.flips.iter().any(|flip| flip.makes.is_some()))
        .map(|c| c.id.as_str())
        .collect();
    let robust = claims.iter().filter(|claim| claim.robust).count();
    let _ = writeln!(
        out,
        "\n{} claims flipped: {} hang on one value, {robust} hold whatever is flipped.",
        claims.len(),
        hangs.len()
    );
    out
}

/// A column's name: A to Z, then a to z.
fn letter(at: usize) -> char {
    let letters = ('A'..='Z').chain('a'..='z');
    letters.into_iter().nth(at).unwrap_or('*')
}

/// Every flip of one claim, a line each, those that the verdict hangs on first.
pub fn lines(claim: &ClaimResult) -> String {
    let mut flips: Vec<&FlipResult> = claim.flips.iter().collect();
    flips.sort_by_key(|flip| flip.makes.is_none());
    flips.into_iter().map(|flip| line(flip) + "\n").collect()
}

/// What became of a claim under one flip, and what follows.
pub(super) fn line(flip: &FlipResult) -> String {
    let mut out = format!("    {}: {} for {}: {}", flip.field, flip.to, flip.own, words(flip.fate));
    if let Some(verdict) = &flip.makes {
        let _ = write!(out, ", so that it is {}", verdict.to_string().to_uppercase());
    }
    if !flip.evidence.is_empty() {
        let _ = write!(out, ": {}", flip.evidence);
    }
    if let Some((mean, low, high)) = flip.difference {
        let _ = write!(out, "; difference {} [{}, {}]", compact(mean), compact(low), compact(high));
    }
    for (name, p) in [("p", flip.p_value), ("BH", flip.p_accusation)] {
        if let Some(p) = p {
            let _ = write!(out, "; {name} {}", compact(p));
        }
    }
    out
}
