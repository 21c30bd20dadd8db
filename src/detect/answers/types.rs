//! An average, and a type of matrix that it does not speak for.

use std::collections::BTreeMap;

use super::strict;
use crate::detect::Sighting;

/// An effect (a difference, or the logarithm of a ratio) within each seed: in the average and in each type of matrix.
#[derive(Debug, Clone)]
pub struct ByType {
    pub name: String,
    /// `[seed]`
    pub average: Vec<f64>,
    /// `[seed]` each.
    pub types: BTreeMap<String, Vec<f64>>,
}

/// An effect this many times as large as the average is another one.
const SEVERAL: f64 = 3.0;

pub fn hidden(seen: &ByType) -> Vec<Sighting> {
    let looks = seen.types.len() + 1;
    let Ok(average) = strict(&seen.average, looks) else { return Vec::new() };
    let most = average.low.abs().max(average.high.abs());
    let look = |(name, effects): (&String, &Vec<f64>)| {
        let of_type = strict(effects, looks).ok()?;
        let opposite = (of_type.high < 0.0 && average.low > 0.0) || (of_type.low > 0.0 && average.high < 0.0);
        let least = if of_type.low > 0.0 { of_type.low } else { (-of_type.high).max(0.0) };
        (opposite || least > SEVERAL * most).then(|| {
            let message = format!(
                "[{:.4}, {:.4}] in {name}, [{:.4}, {:.4}] in the average",
                of_type.low, of_type.high, average.low, average.high
            );
            Sighting::new(format!("{}, {name}", seen.name), message)
        })
    };
    seen.types.iter().filter_map(look).collect()
}
