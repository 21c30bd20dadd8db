//! The estimators against certified values and against data whose truth is known.

#![allow(clippy::unwrap_used)] // clippy sees only #[test] functions as tests, not their helpers

mod decisions;
mod nist;
mod stats_command;
