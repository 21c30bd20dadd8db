//! Questions through whole runs of a tiny scale: each condition changes what it names and nothing else.

// Clippy takes only functions marked `#[test]` for tests; fixtures are theirs.
#![allow(clippy::unwrap_used, clippy::panic)]

mod course;
mod dimensions;
mod dropout;
mod fixture;
mod full_training;
mod records;
