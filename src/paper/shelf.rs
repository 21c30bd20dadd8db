//! Several paper files that refer to each other: each is read after those that it builds on or cites.

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
            let (_, source, outline) = &waiting[0];
            return Err(in_a_circle(*source, outline));
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
    Ok(Outline { id, needs })
}

fn in_a_circle(source: Source<'_>, outline: &Outline) -> Box<PaperError> {
    let key = source.text.find("builds_on").or_else(|| source.text.find("cites")).unwrap_or(0);
    let id = outline.id.clone().unwrap_or_default();
    let message = format!("`{id}` and {} wait for each other", outline.needs.join(", "));
    source.error(key..key, message, "a paper refers to earlier papers only")
}
