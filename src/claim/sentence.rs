//! The decision rule in words, generated from its parameters.

use super::size::STRAIGHT;
use super::{Direction, Extreme, Rule, Turn, compact};

impl Rule {
    /// What is required, what confirms and what refutes, in one or two sentences.
    pub fn sentence(&self) -> String {
        let (required, decides) = match self {
            Self::Monotone { labels, direction, by } => {
                let verb = match direction {
                    Direction::Rising => "rises",
                    Direction::Falling => "falls",
                };
                (format!("every step along {} {verb}{}", labels.join(", "), more_than(*by)), Decides::Contrasts)
            }
            Self::Best { labels, winner, extreme, by } => {
                let rank = match extreme {
                    Extreme::Highest => "highest",
                    Extreme::Lowest => "lowest",
                };
                let among = labels.join(", ");
                (format!("{} is the {rank} of {among}{}", label(labels, *winner), ahead(*by)), Decides::Contrasts)
            }
            Self::PowerLaw { exponent, within, .. } => (
                format!(
                    "y ~ x^p with p in {}..{}, and the quadratic term of ln y on ln x within +-{}",
                    compact(exponent - within),
                    compact(exponent + within),
                    compact(STRAIGHT)
                ),
                Decides::Regions,
            ),
            Self::Ratio { low, high } => (format!("the ratio is {}", span(*low, *high, 0.0)), Decides::Regions),
            Self::Difference { low, high } => {
                let region = match (low.is_finite(), high.is_finite()) {
                    (true, false) => format!("above {}", compact(*low)),
                    (false, true) => format!("below {}", compact(*high)),
                    _ => span(*low, *high, f64::NEG_INFINITY),
                };
                (format!("the difference is {region}"), Decides::Regions)
            }
            Self::Equal { labels, within } => {
                let of = labels.join(", ");
                (format!("the two sides are equal within {} in each of {of}", percent(*within)), Decides::Equivalence)
            }
            Self::Stable { labels, points, within } => (
                format!(
                    "any two values along {} are equal within {}{}",
                    labels[..(*points).min(labels.len())].join(", "),
                    percent(*within),
                    if *points < labels.len() { ", and likewise in every other group" } else { "" }
                ),
                Decides::Equivalence,
            ),
            Self::LocalExtremum { labels, at, turn, by } => {
                let side = match turn {
                    Turn::Peak => "above",
                    Turn::Dip => "below",
                };
                let (before, after) = (label(labels, at.wrapping_sub(1)), label(labels, at + 1));
                (
                    format!("{} lies {side} {before} and {after}{}", label(labels, *at), more_than(*by)),
                    Decides::Contrasts,
                )
            }
            Self::RiseThenFall { labels, peak: Some(peak), by } => (
                format!(
                    "every step along {} rises up to {} and falls after it{}",
                    labels.join(", "),
                    label(labels, *peak),
                    more_than(*by)
                ),
                Decides::Contrasts,
            ),
            Self::RiseThenFall { labels, peak: None, by } => {
                return format!(
                    "a point inside lies above {} and {}{}: confirmed if one of the {} has both one-sided lower bounds over \
                     seeds above that, at 97.5 % with the error shared among them (Bonferroni), refuted if each has an upper \
                     bound that is not",
                    label(labels, 0),
                    label(labels, labels.len().wrapping_sub(1)),
                    more_than(*by),
                    labels.len().saturating_sub(2)
                );
            }
            Self::Diminishing { labels, by } => (
                format!("each step along {} is smaller than the one before{}", labels.join(", "), more_than(*by)),
                Decides::Contrasts,
            ),
            Self::CausedBy { effect } => {
                return format!(
                    "with the flaw the effect is confirmed, without it refuted, and the difference that the flaw makes is \
                     clear of 0; the effect: {}",
                    effect.sentence()
                );
            }
            Self::Bounded { labels, low, high } => {
                let each = labels
                    .iter()
                    .zip(low.iter().zip(high))
                    .map(|(label, (low, high))| format!("{label} is {}", span(*low, *high, f64::NEG_INFINITY)));
                (each.collect::<Vec<_>>().join(", "), Decides::Regions)
            }
            Self::Correlation { at_least, gain, .. } => {
                let side = if *at_least > 0.0 { "at least" } else { "at most" };
                let r = compact(*at_least);
                (
                    format!("r(x, y) is {side} {r}, and |r| exceeds the index's own by more than {}", compact(*gain)),
                    Decides::Regions,
                )
            }
            Self::Mechanism { within, factor, tie, .. } => (
                format!(
                    "over {} interventions y moves with ln x as over the sweep (slope ratio in {}..{}), and those whose \
                     ln x differ by at most {} tie in y",
                    within.len(),
                    compact(1.0 / factor),
                    compact(*factor),
                    compact(*tie)
                ),
                Decides::Regions,
            ),
            Self::Pattern { labels, lowest, highest } => {
                let mut text = format!("the pattern over {} repeats over seeds (ICC(3,1) above 0)", labels.join(", "));
                for (named, rank) in [(lowest, "lowest"), (highest, "highest")] {
                    if let Some(at) = named {
                        text = format!("{text}, {} is {rank}", label(labels, *at));
                    }
                }
                (text, Decides::Regions)
            }
        };
        format!("{required}: {}", decides.words())
    }
}

/// Which intervals confirm and refute.
enum Decides {
    Contrasts,
    Regions,
    Equivalence,
}

impl Decides {
    const fn words(&self) -> &'static str {
        match self {
            Self::Contrasts => {
                "confirmed if every one-sided 97.5 % lower bound over seeds is above that, refuted if any upper bound is \
                 not (Bonferroni)"
            }
            Self::Regions => {
                "confirmed if every 95 % t interval over seeds lies there, refuted if one lies outside (Bonferroni)"
            }
            Self::Equivalence => {
                "confirmed if the 90 % t interval over seeds of every ln ratio lies within, refuted if a 95 % interval \
                 lies outside (Bonferroni)"
            }
        }
    }
}

/// The label, or `?` in the sentence of a rule that [`Rule::check`] refuses.
fn label(labels: &[String], at: usize) -> &str {
    labels.get(at).map_or("?", String::as_str)
}

fn more_than(by: f64) -> String {
    if by == 0.0 { String::new() } else { format!(" by more than {}", compact(by)) }
}

fn ahead(by: f64) -> String {
    if by == 0.0 { String::new() } else { format!(", ahead by more than {}", compact(by)) }
}

fn percent(share: f64) -> String {
    format!("{} %", compact(100.0 * share))
}

/// `in low..high`, `at least low`, `at most high`; `open` is the low end that leaves the side open.
fn span(low: f64, high: f64, open: f64) -> String {
    if high.is_infinite() {
        format!("at least {}", compact(low))
    } else if low == open {
        format!("at most {}", compact(high))
    } else {
        format!("in {}..{}", compact(low), compact(high))
    }
}
