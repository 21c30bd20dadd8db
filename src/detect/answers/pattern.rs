//! A pattern over an index (layers), seed by seed.

use crate::detect::Sighting;
use crate::stats::{LEVEL, consistency};

/// Values over an index.
#[derive(Debug, Clone)]
pub struct Pattern {
    pub name: String,
    /// `[seed][index]`
    pub values: Vec<Vec<f64>>,
}

/// The interval of the intraclass correlation reaches down to 0: what a claim of a pattern must exclude.
pub fn unrepeated(pattern: &Pattern) -> Vec<Sighting> {
    match consistency(&pattern.values, LEVEL) {
        Ok(agreement) if agreement.interval.low <= 0.0 => {
            let message = format!(
                "the index explains {:.3} of the variance over {} seeds, [{:.3}, {:.3}]",
                agreement.icc,
                pattern.values.len(),
                agreement.interval.low,
                agreement.interval.high
            );
            vec![Sighting::new(&pattern.name, message)]
        }
        _ => Vec::new(),
    }
}
