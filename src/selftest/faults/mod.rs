//! The planted faults: each a change of one part of a run, from outside, and the code that should name it.

mod data;
mod engine;
mod measure;
mod optimizer;
mod page;

use super::{Configuration, SelftestError};
use crate::detect::Evidence;

/// Where a fault lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    Engine,
    Data,
    Optimizer,
    Measure,
    Page,
}

/// How a fault is put in.
#[derive(Debug, Clone, Copy)]
pub enum Plant {
    /// A run with one part replaced, observed.
    Run(fn(&Configuration) -> Result<Evidence, SelftestError>),
    /// Numbers over K, seeds, types or layers.
    Answers(fn(&Configuration) -> Result<Evidence, SelftestError>),
    /// The first text of the sound page, replaced by the second.
    Page(&'static str, &'static str),
}

/// One fault.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    /// The code that names the cause.
    pub code: &'static str,
    pub part: Part,
    pub plant: Plant,
}

/// Every fault.
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    [engine::FAULTS.as_slice(), &data::FAULTS, &optimizer::FAULTS, &measure::FAULTS, &page::FAULTS]
        .into_iter()
        .flatten()
}

pub use data::compared;
pub use measure::{correlated, layered, ordered, over_seeds, sweep, typed};
pub use optimizer::dropped;
pub use page::audited;

const fn run(
    name: &'static str,
    code: &'static str,
    part: Part,
    plant: fn(&Configuration) -> Result<Evidence, SelftestError>,
) -> Fault {
    Fault { name, code, part, plant: Plant::Run(plant) }
}
