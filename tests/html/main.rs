//! The report's page: what it is made of, and how a browser shows it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod browser;
#[path = "../common/mod.rs"]
mod common;
mod document;
mod named;
mod structure;
mod terminal;
