//! The engine's invariants: weight tying, the adapter, its dropout and schedules, full training, files in and out.

// Clippy takes only functions marked `#[test]` for tests; fixtures are theirs.
#![allow(clippy::unwrap_used, clippy::panic)]

mod adapter;
mod checkpoint;
mod dropout;
mod export;
mod fixture;
mod full_training;
mod schedule;
mod threads;
mod tying;
