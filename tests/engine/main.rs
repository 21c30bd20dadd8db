//! The engine's invariants: weight tying, the adapter, full training, files in and out.

// Clippy takes only functions marked `#[test]` for tests; fixtures are theirs.
#![allow(clippy::unwrap_used, clippy::panic)]

mod adapter;
mod checkpoint;
mod export;
mod fixture;
mod full_training;
mod threads;
mod tying;
