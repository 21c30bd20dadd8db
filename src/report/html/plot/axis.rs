//! The axes of a chart: from values to positions, and the ticks.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::claim::compact;

/// How an axis lays out its values.
#[derive(Debug, Clone, PartialEq)]
pub enum Spacing {
    Even,
    /// For positive values that span much: equal ratios take equal room.
    Logarithmic,
    /// The values are places in a list of words.
    Words(Vec<String>),
}

/// One axis: a coordinate of the charting crate. Inside, positions are values or their logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What stands at the end of a horizontal axis; a chart's title says what goes up.
    pub name: String,
    spacing: Spacing,
    low: f64,
    high: f64,
    /// Value and label.
    ticks: Vec<(f64, String)>,
}

/// From this ratio of largest to smallest on, values are laid out by their logarithms.
const WIDE: f64 = 8.0;

/// Ticks that fit side by side, and one above the other.
const MOST_ACROSS: usize = 7;
const MOST_UP: usize = 5;

/// Letters of a word below an axis.
const LETTERS: usize = 56;

impl Axis {
    /// A horizontal axis with a tick at every value, or at as many as fit.
    pub fn across(name: &str, values: &[f64]) -> Self {
        let mut at: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        at.sort_by(f64::total_cmp);
        at.dedup();
        let spacing = spacing_of(&at, true);
        let every = at.len().div_ceil(MOST_ACROSS).max(1);
        // Counted from the end: the largest value is the one that people look for.
        let ticks = at.iter().rev().step_by(every).map(|&value| (value, compact(value))).collect();
        let mut axis = Self { name: name.to_owned(), spacing, low: 0.0, high: 1.0, ticks };
        axis.reach(&at, 0.04);
        axis
    }

    /// A horizontal axis of words, one place each.
    pub fn of_words(name: &str, words: Vec<String>) -> Self {
        let room = LETTERS / words.len().max(1);
        let short = |word: &String| match word.char_indices().nth(room.max(4)) {
            Some((end, _)) => format!("{}\u{2026}", &word[..end]),
            None => word.clone(),
        };
        let ticks = words.iter().enumerate().map(|(place, word)| (place as f64, short(word))).collect();
        let high = words.len() as f64 - 0.6;
        Self { name: name.to_owned(), spacing: Spacing::Words(words), low: -0.4, high, ticks }
    }

    /// A vertical axis that holds all of `values`, with round ticks.
    pub fn up(values: &[f64]) -> Self {
        Self::over("", values)
    }

    /// An axis of measured values, with round ticks.
    pub fn over(name: &str, values: &[f64]) -> Self {
        let mut at: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        at.sort_by(f64::total_cmp);
        let spacing = spacing_of(&at, false);
        let mut axis = Self { name: name.to_owned(), spacing, low: 0.0, high: 1.0, ticks: Vec::new() };
        axis.reach(&at, 0.07);
        let values = match axis.spacing {
            Spacing::Logarithmic => round_powers(axis.low, axis.high),
            _ => round_steps(axis.low, axis.high),
        };
        axis.ticks = values.into_iter().map(|value| (value, compact(value))).collect();
        axis
    }

    fn position(&self, value: f64) -> f64 {
        match self.spacing {
            Spacing::Logarithmic => value.log10(),
            Spacing::Even | Spacing::Words(_) => value,
        }
    }

    /// True where the axis has a place for the value: zero has no logarithm.
    pub fn holds(&self, value: f64) -> bool {
        self.position(value).is_finite()
    }

    pub const fn is_of_words(&self) -> bool {
        matches!(self.spacing, Spacing::Words(_))
    }

    /// Spans sorted values, with a margin on both sides that is a share of the whole.
    fn reach(&mut self, sorted: &[f64], margin: f64) {
        let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else { return };
        let (low, high) = (self.position(first), self.position(last));
        let span = if high > low { high - low } else { low.abs().max(1.0) * 0.1 };
        (self.low, self.high) = (low - margin * span, high + margin * span);
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (self.position(*value) - self.low) / (self.high - self.low);
        // A value without a position is never drawn; what lies far outside must not overflow.
        limit.0 + (share.clamp(-1.0, 2.0) * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // No light lines between the ticks.
        let are_light = hint.weight().allow_light_points();
        self.ticks.iter().filter(|_| !are_light).map(|(value, _)| *value).collect()
    }

    fn range(&self) -> Range<f64> {
        match self.spacing {
            Spacing::Logarithmic => 10_f64.powf(self.low)..10_f64.powf(self.high),
            Spacing::Even | Spacing::Words(_) => self.low..self.high,
        }
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|(tick, _)| tick == value);
        tick.map_or_else(|| compact(*value), |(_, label)| label.clone())
    }
}

/// Logarithms for what spans much; across, only where the values themselves lie at about equal ratios (2, 4, 8, ..).
fn spacing_of(sorted: &[f64], across: bool) -> Spacing {
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else { return Spacing::Even };
    if low <= 0.0 || high / low < WIDE {
        return Spacing::Even;
    }
    let gaps = |of: fn(f64) -> f64| -> f64 {
        let gaps = || sorted.windows(2).map(|pair| of(pair[1]) - of(pair[0]));
        gaps().fold(0.0, f64::max) / gaps().fold(f64::INFINITY, f64::min)
    };
    if across && gaps(f64::ln) > gaps(|value| value) { Spacing::Even } else { Spacing::Logarithmic }
}

/// Round values between two ends: 1, 2 or 5 times a power of ten apart.
fn round_steps(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / MOST_UP as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    if !(step.is_finite() && step > 0.0) {
        return Vec::new();
    }
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|times| times as f64 * step).collect()
}

/// Powers of ten between two exponents, with their 2 and 5 where few are there.
fn round_powers(low: f64, high: f64) -> Vec<f64> {
    let times: &[f64] = match high - low {
        decades if decades < 2.2 => &[1.0, 2.0, 5.0],
        decades if decades < 3.5 => &[1.0, 3.0],
        _ => &[1.0],
    };
    let exponents = low.floor() as i32..=high.floor() as i32;
    let values = exponents.flat_map(|exponent| times.iter().map(move |times| times * 10_f64.powi(exponent)));
    values.filter(|value| (low..=high).contains(&value.log10())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_double_and_layers_count() {
        let k = Axis::across("K", &[2.0, 4.0, 8.0, 16.0, 32.0, 64.0]);
        let gap = |a: f64, b: f64| k.position(b) - k.position(a);
        assert!((gap(2.0, 4.0) - gap(32.0, 64.0)).abs() < 1e-12, "equal ratios, equal room; rounding of a logarithm");
        assert_eq!((k.format_ext(&16.0), k.map(&64.0, (0, 100)) > 90), ("16".to_owned(), true));
        let layers = Axis::across("layer", &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(layers.position(3.0), 3.0);
        let layers = Axis::across("layer", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(layers.position(3.0), 3.0, "evenly printed, evenly drawn");
    }

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let loss = Axis::up(&[6.0559, 7.7594]);
        assert_eq!(labels(&loss), ["6", "6.5", "7", "7.5"]);
        let coverage = Axis::up(&[0.003, 0.157]);
        // The room above 0.157 reaches beyond 0.2.
        assert_eq!(labels(&coverage), ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2"]);
        assert!(shows(&coverage, 0.2));
    }

    fn shows(axis: &Axis, value: f64) -> bool {
        axis.range().start < value && value < axis.range().end
    }

    #[test]
    fn equal_values_and_no_values_have_an_axis() {
        let flat = Axis::up(&[1.0, 1.0]);
        assert!(shows(&flat, 1.0) && !flat.ticks.is_empty());
        let nothing = Axis::up(&[]).range();
        assert!(nothing.start < nothing.end);
        let zero = Axis::up(&[0.0, 0.0]);
        assert!(shows(&zero, 0.0));
        let words = Axis::of_words("scheme", vec!["uniform".to_owned(), "adaptive".to_owned()]);
        assert!(shows(&words, 0.0) && shows(&words, 1.0) && words.format_ext(&1.0) == "adaptive");
    }
}
