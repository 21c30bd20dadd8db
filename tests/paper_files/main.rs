//! Paper files: what the shipped ones say, what every kind of table and claim turns into, and that every mistake is
//! located and explained.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod every_kind;
mod mistakes;
mod p87;
mod tables;

use ctlora::paper::{Paper, PaperError, load_all, load_beside, shipped};

/// Reads `text` beside the shipped papers, which it may refer to.
fn load(text: &str) -> Result<Paper, Box<PaperError>> {
    static SHELF: std::sync::OnceLock<Vec<Paper>> = std::sync::OnceLock::new();
    let shelf = SHELF.get_or_init(|| load_all(shipped().iter().copied()).unwrap());
    load_beside("test.toml", text, &shelf.iter().collect::<Vec<_>>())
}

fn loaded(text: &str) -> Paper {
    load(text).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(*error)))
}

#[test]
fn every_shipped_paper_loads_under_its_own_name() {
    assert!(!shipped().is_empty());
    for (id, text) in shipped() {
        assert_eq!(loaded(text).id, *id);
    }
}
