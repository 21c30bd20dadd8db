//! Whether a rule makes sense, and whether the values given to it can be used.

use super::{ClaimError, Rule};

/// Points that a correlation over a sweep needs: r of three points is close to +-1 whatever they are.
const POINTS_FOR_CORRELATION: usize = 4;
/// Interventions at fixed K that a mechanism needs.
const INTERVENTIONS_NEEDED: usize = 6;

impl Rule {
    /// Parameters in range, lengths in agreement, enough points.
    pub fn check(&self) -> Result<(), ClaimError> {
        match self.problem() {
            Some(problem) => Err(ClaimError::Parameter { kind: self.kind(), problem }),
            None => Ok(()),
        }
    }

    fn problem(&self) -> Option<String> {
        match self {
            Self::Monotone { labels, by, .. } => points(labels.len(), 2).or_else(|| not_negative("by", *by)),
            Self::Best { labels, winner, by, .. } => points(labels.len(), 2)
                .or_else(|| not_negative("by", *by))
                .or_else(|| inside("winner", *winner, 0, labels.len())),
            Self::PowerLaw { x, exponent, within } => points(x.len(), 3)
                .or_else(|| x.iter().find_map(|x| positive("x", *x)))
                .or_else(|| repeated(x).then(|| "two values of x are the same".to_owned()))
                .or_else(|| (!exponent.is_finite()).then(|| format!("exponent = {exponent} is not finite")))
                .or_else(|| positive("within", *within)),
            Self::Ratio { low, high } => not_negative("low", *low)
                .or_else(|| region(*low, *high))
                .or_else(|| (*low == 0.0 && high.is_infinite()).then(|| "the region excludes nothing".to_owned())),
            Self::Difference { low, high } => region(*low, *high),
            Self::Equal { labels, within } => points(labels.len(), 1).or_else(|| positive("within", *within)),
            Self::Stable { labels, points: each, within } => points(*each, 2)
                .or_else(|| {
                    let whole = !labels.is_empty() && labels.len().is_multiple_of(*each);
                    (!whole).then(|| format!("{} labels do not fall into groups of {each}", labels.len()))
                })
                .or_else(|| positive("within", *within)),
            Self::LocalExtremum { labels, at, by, .. } => points(labels.len(), 3)
                .or_else(|| not_negative("by", *by))
                .or_else(|| inside("at", *at, 1, labels.len() - 1)),
            Self::RiseThenFall { labels, peak, by } => points(labels.len(), 3)
                .or_else(|| not_negative("by", *by))
                .or_else(|| inside("peak", (*peak)?, 1, labels.len() - 1)),
            Self::Diminishing { labels, by } => points(labels.len(), 3).or_else(|| not_negative("by", *by)),
            Self::CausedBy { effect } => match **effect {
                Self::CausedBy { .. } => Some("an effect is no cause itself".to_owned()),
                ref effect => effect.problem(),
            },
            Self::Bounded { labels, low, high } => points(labels.len(), 1)
                .or_else(|| {
                    let equal = low.len() == labels.len() && high.len() == labels.len();
                    (!equal).then(|| format!("{} values, {} low and {} high ends", labels.len(), low.len(), high.len()))
                })
                .or_else(|| low.iter().zip(high).find_map(|(low, high)| region(*low, *high))),
            Self::Correlation { at_least, index, gain } => points(index.len(), POINTS_FOR_CORRELATION)
                .or_else(|| {
                    let usable = at_least.abs() > 0.0 && at_least.abs() < 1.0;
                    (!usable).then(|| format!("at_least = {at_least} is not in (-1, 0) or (0, 1)"))
                })
                .or_else(|| index.iter().any(|k| !k.is_finite()).then(|| "the index is not finite".to_owned()))
                .or_else(|| index.iter().all(|k| *k == index[0]).then(|| "the index does not vary".to_owned()))
                .or_else(|| not_negative("gain", *gain)),
            Self::Mechanism { across, within, factor, tie } => points(*across, 3)
                .or_else(|| {
                    (within.len() < INTERVENTIONS_NEEDED)
                        .then(|| format!("{} interventions, {INTERVENTIONS_NEEDED} are needed", within.len()))
                })
                .or_else(|| {
                    let usable = factor.is_finite() && *factor > 1.0;
                    (!usable).then(|| format!("factor = {factor} is not above 1"))
                })
                .or_else(|| positive("tie", *tie)),
            Self::Pattern { labels, lowest, highest } => points(labels.len(), 3)
                .or_else(|| {
                    [*lowest, *highest].into_iter().flatten().find_map(|at| inside("extreme", at, 0, labels.len()))
                })
                .or_else(|| {
                    (lowest.is_some() && lowest == highest).then(|| "one point cannot be lowest and highest".to_owned())
                }),
        }
    }

    /// What value `index` of a seed is, for messages.
    fn value_name(&self, index: usize) -> String {
        match self {
            Self::Monotone { labels, .. }
            | Self::Best { labels, .. }
            | Self::Stable { labels, .. }
            | Self::LocalExtremum { labels, .. }
            | Self::RiseThenFall { labels, .. }
            | Self::Diminishing { labels, .. }
            | Self::Bounded { labels, .. }
            | Self::Pattern { labels, .. } => format!("the value at {}", labels[index]),
            Self::CausedBy { effect } => {
                let side = if index < effect.width() { "with" } else { "without" };
                format!("{} {side} the flaw", effect.value_name(index % effect.width()))
            }
            Self::PowerLaw { x, .. } => format!("y at x = {}", super::compact(x[index])),
            Self::Ratio { .. } => ["the numerator", "the denominator"][index].to_owned(),
            Self::Difference { .. } => ["the first value", "the second value"][index].to_owned(),
            Self::Equal { labels, .. } => {
                format!("the {} value of {}", ["left", "right"][index % 2], labels[index / 2])
            }
            Self::Correlation { index: k, .. } => {
                format!("{} at {}", if index < k.len() { "x" } else { "y" }, super::compact(k[index % k.len()]))
            }
            Self::Mechanism { across, within, .. } => match index.checked_sub(2 * across) {
                None => format!("{} at sweep point {}", if index < *across { "x" } else { "y" }, index % across + 1),
                Some(rest) => {
                    format!("{} of {}", if rest < within.len() { "x" } else { "y" }, within[rest % within.len()])
                }
            },
        }
    }

    /// Whether the rule takes the logarithm of value `index`.
    fn takes_logarithm(&self, index: usize) -> bool {
        match self {
            Self::PowerLaw { .. } | Self::Ratio { .. } | Self::Equal { .. } | Self::Stable { .. } => true,
            Self::Mechanism { across, within, .. } => {
                index < *across || (2 * across..2 * across + within.len()).contains(&index)
            }
            Self::CausedBy { effect } => effect.takes_logarithm(index % effect.width()),
            _ => false,
        }
    }
}

/// Widths agree, every value is finite, and positive where the rule takes its logarithm.
pub(super) fn values(rule: &Rule, seeds: &[Vec<f64>]) -> Result<(), ClaimError> {
    for (seed, row) in seeds.iter().enumerate() {
        if row.len() != rule.width() {
            return Err(ClaimError::Width { kind: rule.kind(), seed, needed: rule.width(), got: row.len() });
        }
        for (index, &value) in row.iter().enumerate() {
            if !value.is_finite() {
                return Err(ClaimError::NonFinite { seed, name: rule.value_name(index), value });
            }
            if value <= 0.0 && rule.takes_logarithm(index) {
                return Err(ClaimError::NotPositive { seed, name: rule.value_name(index), value });
            }
        }
    }
    Ok(())
}

fn points(got: usize, needed: usize) -> Option<String> {
    (got < needed).then(|| format!("{got} values, {needed} are needed"))
}

fn not_negative(name: &str, value: f64) -> Option<String> {
    (!(value.is_finite() && value >= 0.0)).then(|| format!("{name} = {value} is not a number from 0 upwards"))
}

fn positive(name: &str, value: f64) -> Option<String> {
    (!(value.is_finite() && value > 0.0)).then(|| format!("{name} = {value} is not a positive number"))
}

fn inside(name: &str, at: usize, first: usize, end: usize) -> Option<String> {
    (at < first || at >= end).then(|| format!("{name} = {at} is not among {first}..{}", end - 1))
}

fn region(low: f64, high: f64) -> Option<String> {
    let sound = low < high && low < f64::INFINITY && high > f64::NEG_INFINITY;
    let excludes = low.is_finite() || high.is_finite();
    (!(sound && excludes)).then(|| format!("{low}..{high} is no region"))
}

fn repeated(values: &[f64]) -> bool {
    values.iter().enumerate().any(|(at, value)| values[..at].contains(value))
}
