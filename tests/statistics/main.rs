//! The estimators against certified values and against data whose truth is known.

#![allow(clippy::unwrap_used)] // clippy sees only #[test] functions as tests, not their helpers

mod decisions;
mod large_tables;
mod nist;
mod procedures;
mod rates;
mod stats_command;
mod table;
