//! Laws that hold for every shape, rank and seed, tried on random ones.
//!
//! A law is a function of the implementation it speaks about. Beside each law stands a broken implementation that it must
//! reject: a law that accepts anything proves nothing.

#![allow(clippy::unwrap_used)] // clippy sees only #[test] functions as tests, not their helpers

mod coverage;
mod effective_rank;
mod frames;
mod haar_null;
mod problem;
