//! One wrong digit in a random consistent paper, in a number that takes part in a relation.

use proptest::prelude::*;

use super::sheet::{Sheet, Slot, read, sheets};

/// What there is to say of a derived number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    Nothing,
    /// Undetermined by the printed precision.
    Open,
    /// Beyond rounding, within a unit of the last place.
    Truncated,
    /// Beyond a unit.
    Wrong,
}

impl Says {
    /// By the distance of the text from a range; `None` where it decides by less than one part in a million of a unit.
    pub fn of([low, high]: [f64; 2], text: &str) -> Option<Self> {
        let (value, half_unit) = read(text);
        let distance = (value - high).max(low - value) / half_unit;
        if !distance.is_finite() || [1.0, 2.0].iter().any(|edge| (distance - edge).abs() < 1e-6) {
            return None;
        }
        Some(match distance {
            ..1.0 => Self::Nothing,
            ..2.0 => Self::Truncated,
            _ => Self::Wrong,
        })
    }
}

/// A paper before and after.
#[derive(Debug, Clone)]
pub struct Planted {
    pub before: Sheet,
    pub sheet: Sheet,
    pub words: String,
}

pub fn plants() -> impl Strategy<Value = Planted> {
    let picks = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..=9_u8);
    (sheets(), picks).prop_map(|(before, (number, digit, by))| {
        let related: Vec<Slot> = before
            .relations
            .iter()
            .flat_map(|relation| relation.operands.iter().copied().chain([relation.result]))
            .collect();
        let slot = *number.get(&related);
        let text = &before.texts[&slot];
        let digits: Vec<usize> =
            text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(at, _)| at).collect();
        let at = *digit.get(&digits);
        let mut bytes = text.clone().into_bytes();
        bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(bytes).unwrap();
        let words = format!("{} for {text} at {}", wrong, before.place(slot));
        let mut sheet = before.clone();
        sheet.texts.insert(slot, wrong);
        Planted { before, sheet, words }
    })
}
