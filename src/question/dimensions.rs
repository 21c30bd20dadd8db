//! Parts of an adapter's dimensions: the ones that a read-out keeps, the ones that a statistic is over.
//!
//! Dimension i of a diagonal adapter is entry i of alpha. Entry (i, j) of a core belongs to dimension max(i, j), so that
//! the first n dimensions are the leading n x n block: the core of K = n.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;

/// Whose alpha is there at read-out (Paper 85, B); the others count as zero. Training knows nothing of it.
///
/// The number is printed as K is, and scales as K does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Kept {
    /// `all`
    All,
    /// `first-32`
    First(usize),
    /// `last-32`
    Last(usize),
}

impl Kept {
    /// Whether dimension `index` of `k` is there.
    pub const fn keeps(self, index: usize, k: usize) -> bool {
        match self {
            Self::All => true,
            Self::First(n) => index < n,
            Self::Last(n) => index.saturating_add(n) >= k,
        }
    }

    /// How many dimensions it names, if it names any.
    pub const fn count(self) -> Option<usize> {
        match self {
            Self::All => None,
            Self::First(n) | Self::Last(n) => Some(n),
        }
    }
}

/// The dimensions that a gradient statistic is over (Paper 85, A).
///
/// The number is printed as K is, and scales as K does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Dims {
    /// `all`
    All,
    /// `first-20`
    First(usize),
    /// All but the first 20: `beyond-20`
    Beyond(usize),
}

impl Dims {
    /// Whether dimension `index` belongs to it.
    pub const fn contains(self, index: usize) -> bool {
        match self {
            Self::All => true,
            Self::First(n) => index < n,
            Self::Beyond(n) => index >= n,
        }
    }
}

/// The number behind `prefix`, if it is at least 1.
fn count(text: &str, prefix: &str) -> Option<usize> {
    let digits = text.strip_prefix(prefix)?;
    digits.chars().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok()).flatten().filter(|&n| n > 0)
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::First(n) => write!(f, "first-{n}"),
            Self::Last(n) => write!(f, "last-{n}"),
        }
    }
}

impl FromStr for Kept {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = (text == "all").then_some(Self::All);
        let first = || count(text, "first-").map(Self::First);
        let last = || count(text, "last-").map(Self::Last);
        all.or_else(first).or_else(last).ok_or_else(|| format!("`{text}` is none of all, first-32, last-32 (any K)"))
    }
}

text_form!(Kept);

impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::First(n) => write!(f, "first-{n}"),
            Self::Beyond(n) => write!(f, "beyond-{n}"),
        }
    }
}

impl FromStr for Dims {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = (text == "all").then_some(Self::All);
        let first = || count(text, "first-").map(Self::First);
        let beyond = || count(text, "beyond-").map(Self::Beyond);
        all.or_else(first)
            .or_else(beyond)
            .ok_or_else(|| format!("`{text}` is none of all, first-20, beyond-20 (any number)"))
    }
}

text_form!(Dims);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        for text in ["all", "first-32", "last-1"] {
            assert_eq!(text.parse::<Kept>().unwrap().to_string(), text);
        }
        for text in ["all", "first-20", "beyond-20"] {
            assert_eq!(text.parse::<Dims>().unwrap().to_string(), text);
        }
        for text in ["first-0", "last-", "first-+3", "beyond-2", "32"] {
            assert!(text.parse::<Kept>().is_err(), "{text}");
        }
        for text in ["first-0", "beyond-x", "last-3", ""] {
            assert!(text.parse::<Dims>().is_err(), "{text}");
        }
    }

    #[test]
    fn first_and_the_rest_share_out_the_dimensions() {
        for index in 0..8 {
            assert_ne!(Kept::First(3).keeps(index, 8), Kept::Last(5).keeps(index, 8));
            assert_ne!(Dims::First(3).contains(index), Dims::Beyond(3).contains(index));
            assert!(Kept::All.keeps(index, 8) && Dims::All.contains(index));
        }
        for n in [9, usize::MAX] {
            assert!((0..4).all(|index| Kept::Last(n).keeps(index, 4)), "more than there are: all of them");
        }
    }
}
