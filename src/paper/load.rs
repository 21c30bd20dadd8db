//! Reads a paper file from top to bottom: each part may refer to those above it.

use super::error::Source;
use super::reader::{Fields, Node, Result};
use super::{Note, Paper, at, claims, derived, passage, reader, shelf, table};
use crate::question::Condition;

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
    let setup = at::Patch::read_or_none(file.take("setup"))?;
    let setup_names = setup.fields().map(str::to_owned).collect();
    let setup = setup.apply(&protocol)?;
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
        setup_names,
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
fn elements<'a>(file: &Fields<'a>, name: &'static str) -> Result<Vec<Node<'a>>> {
    file.take(name).map_or(Ok(Vec::new()), |node| node.list())
}
