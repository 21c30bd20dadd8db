//! Dropout on alpha, in every reading that Paper 85 C allows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;

/// A share of dropped entries above 0 and below 1, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u32);

impl Rate {
    /// `None` where `hundredths` is not in 1..=99.
    pub fn new(hundredths: u32) -> Option<Self> {
        (1..=99).contains(&hundredths).then_some(Self(hundredths))
    }

    /// The rate as a number.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(10) { write!(f, "0.{}", self.0 / 10) } else { write!(f, "0.{:02}", self.0) }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || format!("`{text}` is no rate between 0 and 1 with one or two decimals, such as 0.1");
        let digits = text.strip_prefix("0.").ok_or_else(error)?;
        let unit = match digits.len() {
            1 => 10,
            2 => 1,
            _ => return Err(error()),
        };
        // `parse` alone would take a sign.
        let number = digits.chars().all(|c| c.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten();
        number.and_then(|n| Self::new(n * unit)).ok_or_else(error)
    }
}

/// What happens to alpha at random, entry by entry, with a mask drawn anew at each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Dropout {
    /// Nothing: `none`.
    None,
    /// The forward pass of each step sees alpha with the dropped entries at zero; they get no gradient: `masked-0.1`.
    Masked(Rate),
    /// The same, the others divided by 1 - rate: `rescaled-0.1`.
    Rescaled(Rate),
    /// After each step's update the dropped entries are set to zero for good; the optimiser's state is kept:
    /// `zeroed-0.1`.
    Zeroed(Rate),
}

impl Dropout {
    /// The share of entries that each step drops; `None` without dropout.
    pub const fn rate(self) -> Option<Rate> {
        match self {
            Self::None => None,
            Self::Masked(rate) | Self::Rescaled(rate) | Self::Zeroed(rate) => Some(rate),
        }
    }
}

impl fmt::Display for Dropout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Masked(rate) => write!(f, "masked-{rate}"),
            Self::Rescaled(rate) => write!(f, "rescaled-{rate}"),
            Self::Zeroed(rate) => write!(f, "zeroed-{rate}"),
        }
    }
}

impl FromStr for Dropout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('-') {
            None if text == "none" => Ok(Self::None),
            Some(("masked", rate)) => rate.parse().map(Self::Masked),
            Some(("rescaled", rate)) => rate.parse().map(Self::Rescaled),
            Some(("zeroed", rate)) => rate.parse().map(Self::Zeroed),
            _ => Err(format!("`{text}` is none of none, masked-0.1, rescaled-0.1, zeroed-0.1 (any rate)")),
        }
    }
}

text_form!(Dropout);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        for text in ["none", "masked-0.1", "rescaled-0.25", "zeroed-0.05", "masked-0.99"] {
            assert_eq!(text.parse::<Dropout>().unwrap().to_string(), text);
        }
        assert_eq!("masked-0.10".parse(), "masked-0.1".parse::<Dropout>());
        assert!((Rate::new(30).unwrap().value() - 0.3).abs() < f64::EPSILON);
    }

    #[test]
    fn rates_outside_0_to_1_and_other_words_are_refused() {
        for text in ["masked", "masked-0", "masked-0.0", "masked-1.0", "masked-0.125", "zeroed-0.+1", "none-0.1", "in"]
        {
            assert!(text.parse::<Dropout>().is_err(), "{text}");
        }
    }
}
