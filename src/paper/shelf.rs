//! Several paper files that refer to each other: each is read after those that it builds on or cites.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{PaperError, Source};
use super::reader::Result;
use super::{Paper, load_beside};

/// The papers in `fixtures/papers`, embedded: id (the file's name) and text, sorted by id.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    include!(concat!(env!("OUT_DIR"), "/shipped_papers.rs"))
}

/// Reads paper files (name and text of each) in an order in which each finds those that it refers to; gives them back in
/// the order of `files`.
///
/// # Errors
/// The first mistake, with its place and a hint; two papers that wait for each other.
pub fn load_all<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Vec<Paper>> {
    let mut waiting = Vec::new();
    for (at, (name, text)) in files.into_iter().enumerate() {
        waiting.push((at, Source { name, text }, outline(Source { name, text })?));
    }
    let mut read: Vec<(usize, Paper)> = Vec::new();
    while !waiting.is_empty() {
        let ids: Vec<Option<String>> = waiting.iter().map(|(.., outline)| outline.id.clone()).collect();
        let is_ready = |outline: &Outline| !outline.needs.iter().any(|need| ids.contains(&Some(need.clone())));
        let Some(next) = waiting.iter().position(|(.., outline)| is_ready(outline)) else {
            return Err(in_a_circle(&waiting));
        };
        let (at, source, _) = waiting.remove(next);
        let others: Vec<&Paper> = read.iter().map(|(_, paper)| paper).collect();
        let paper = load_beside(source.name, source.text, &others)?;
        if let Some((_, other)) = read.iter().find(|(_, other)| other.id == paper.id) {
            let message = format!("the id `{}` is also that of {}", paper.id, other.file);
            return Err(source.error(0..0, message, "give every paper its own id"));
        }
        read.push((at, paper));
    }
    read.sort_by_key(|(at, _)| *at);
    Ok(read.into_iter().map(|(_, paper)| paper).collect())
}

pub(super) fn parse(source: Source<'_>) -> Result<Spanned<DeTable<'_>>> {
    DeTable::parse(source.text).map_err(|error| {
        let end = source.text.len();
        let message = format!("this is no TOML: {}", error.message());
        source.error(error.span().unwrap_or(end..end), message, "https://toml.io shows the notation on one page")
    })
}

/// What must be known of a file to order it: its id and the papers that it names. Anything malformed is left for the
/// reading itself to report.
struct Outline {
    id: Option<String>,
    needs: Vec<String>,
    /// Where it names the first of them.
    at: Range<usize>,
}

fn outline(source: Source<'_>) -> Result<Outline> {
    let document = parse(source)?;
    let table = document.get_ref();
    let value = |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value.get_ref());
    let names = |name: &str| match value(name) {
        Some(DeValue::Array(array)) => {
            array.iter().filter_map(|value| value.get_ref().as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let id = value("id").and_then(DeValue::as_str).map(str::to_owned);
    let mut needs = names("builds_on");
    needs.extend(names("cites"));
    let named = table.iter().find(|(key, _)| ["builds_on", "cites"].contains(&key.get_ref().as_ref()));
    let at = named.map_or(0..0, |(key, _)| key.span());
    Ok(Outline { id, needs, at })
}

/// From any paper that waits, following what it waits for comes back to where it was: that is the circle.
fn in_a_circle(waiting: &[(usize, Source<'_>, Outline)]) -> Box<PaperError> {
    let mut path: Vec<&(usize, Source<'_>, Outline)> = vec![&waiting[0]];
    loop {
        let needs = path.last().map(|(.., outline)| &outline.needs);
        let is_needed = |(.., other): &&(usize, Source<'_>, Outline)| {
            other.id.as_ref().zip(needs).is_some_and(|(id, needs)| needs.contains(id))
        };
        let Some(next) = waiting.iter().find(is_needed) else { break };
        if let Some(start) = path.iter().position(|seen| seen.0 == next.0) {
            path.drain(..start);
            break;
        }
        path.push(next);
    }
    let (_, source, outline) = path[0];
    let names: Vec<String> = path.iter().filter_map(|(.., outline)| outline.id.clone()).collect();
    let message = match names.as_slice() {
        [one] => format!("`{one}` builds on itself"),
        many => format!("{} wait for each other", many.join(", ")),
    };
    source.error(outline.at.clone(), message, "a paper refers to earlier papers only")
}
