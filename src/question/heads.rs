//! Attention heads, by number.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;

/// How many heads attention has. The weights are the same: heads only say how qkv's columns are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Heads {
    /// As many as the model has: `own`.
    Own,
    /// So many: `8`.
    Count(NonZeroU16),
}

impl Heads {
    /// The number for a model that has `own`.
    pub fn of(self, own: usize) -> usize {
        match self {
            Self::Own => own,
            Self::Count(count) => usize::from(count.get()),
        }
    }
}

impl fmt::Display for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("own"),
            Self::Count(count) => write!(f, "{count}"),
        }
    }
}

impl FromStr for Heads {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "own" {
            return Ok(Self::Own);
        }
        // `parse` alone would take a sign.
        let digits = text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        digits.map(Self::Count).ok_or_else(|| format!("`{text}` is neither own nor a number of heads, such as 8"))
    }
}

text_form!(Heads);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        for (text, of_four) in [("own", 4), ("8", 8), ("1", 1)] {
            let heads: Heads = text.parse().unwrap();
            assert_eq!((heads.to_string(), heads.of(4)), (text.to_owned(), of_four));
        }
        for text in ["0", "-1", "+8", "eight", "70000", ""] {
            assert!(text.parse::<Heads>().is_err(), "{text}");
        }
    }
}
