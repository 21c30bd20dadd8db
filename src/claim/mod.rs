//! Claim kinds: each one a pure rule from values per seed to an outcome. No knowledge of engine, papers or questions.
//!
//! In: `seeds[s]`, the values that one seed measured, in the layout that the [`Rule`] documents. Each rule computes its
//! statistic within every seed and takes t intervals over seeds (the unit of evidence is a seed). Out: a [`Ruling`]. A
//! rule is a list of requirements that must all hold: confirmed if every interval lies inside its region, refuted if
//! one lies outside (Bonferroni over the requirements), else inconclusive with the seeds that would settle it. The same rules
//! speak of printed numbers in [`PageRule`].

mod cause;
mod check;
mod equality;
mod error;
mod evidence;
mod number;
mod opposite;
mod order;
mod page;
mod pattern;
mod relation;
mod rule;
mod sentence;
mod size;
#[cfg(test)]
mod tests;

pub use error::ClaimError;
pub use number::compact;
pub use page::{Ends, OnPage, PageRule, PageRuling};
pub use rule::{Direction, Extreme, Outcome, Rule, Ruling, Turn};

/// The fewest seeds that a rule decides from.
pub const SEEDS_NEEDED: usize = 3;
