//! Paper files: what the shipped ones say, what every kind of table and claim turns into, and that every mistake is
//! located and explained.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod every_kind;
mod mistakes;
mod p87;
mod tables;

use ctlora::paper::{Paper, load, shipped};

fn loaded(text: &str) -> Paper {
    load("test.toml", text).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(*error)))
}

#[test]
fn every_shipped_paper_loads_under_its_own_name() {
    assert!(!shipped().is_empty());
    for (id, text) in shipped() {
        assert_eq!(loaded(text).id, *id);
    }
}
