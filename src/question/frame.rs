//! The frames of an adapter, by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_form::text_form;

/// The frames `U_K`, `V_K` of the adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Frame {
    /// First K singular vectors of W: `svd`.
    Svd,
    /// Last K singular vectors of W: `bottom`.
    Bottom,
    /// Haar-distributed and independent of W and G; the number tells several apart: `haar`, `haar-2`, ...
    Haar(u32),
    /// First K singular vectors of the gradient at step 1: `gradient`.
    Gradient,
    /// The same with V turned by a Haar rotation inside its span: same core coverage: `rotated-gradient`.
    RotatedGradient,
    /// U of `gradient`, V = c Q + sqrt(1-c^2) N with N orthogonal to the gradient's rows' first K directions: every
    /// diagonal entry of `gradient` times c, in hundredths: `mixture-0.50`.
    Mixture(u32),
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Svd => f.write_str("svd"),
            Self::Bottom => f.write_str("bottom"),
            Self::Haar(1) => f.write_str("haar"),
            Self::Haar(n) => write!(f, "haar-{n}"),
            Self::Gradient => f.write_str("gradient"),
            Self::RotatedGradient => f.write_str("rotated-gradient"),
            Self::Mixture(hundredths) => write!(f, "mixture-{}.{:02}", hundredths / 100, hundredths % 100),
        }
    }
}

impl FromStr for Frame {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            || format!("`{text}` is none of svd, bottom, haar, haar-2, .., gradient, rotated-gradient, mixture-0.50");
        match text {
            "svd" => return Ok(Self::Svd),
            "bottom" => return Ok(Self::Bottom),
            "haar" => return Ok(Self::Haar(1)),
            "gradient" => return Ok(Self::Gradient),
            "rotated-gradient" => return Ok(Self::RotatedGradient),
            _ => {}
        }
        if let Some(number) = text.strip_prefix("haar-") {
            return number.parse().ok().filter(|&n| n > 1).map(Self::Haar).ok_or_else(error);
        }
        let digits = text.strip_prefix("mixture-0.").filter(|digits| digits.len() == 2).ok_or_else(error)?;
        digits.parse().ok().filter(|&h| h > 0).map(Self::Mixture).ok_or_else(error)
    }
}

text_form!(Frame);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        for text in ["svd", "bottom", "haar", "haar-3", "gradient", "rotated-gradient", "mixture-0.05"] {
            assert_eq!(text.parse::<Frame>().unwrap().to_string(), text);
        }
        for text in ["mixture-1.50", "mixture-0.00", "haar-0", "haar-1", "SVD"] {
            assert!(text.parse::<Frame>().is_err(), "{text}");
        }
    }
}
