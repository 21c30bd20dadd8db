//! How a measured number stands to the printed one.

use crate::judge::Measured;
use crate::paper::Printed;

/// Spreads within which the printed number is one of the measured ones: about 95 % of runs lie this close to the mean.
pub const SPREADS: f64 = 2.0;

/// Printed against measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// The mean over seeds is printed so.
    WithinPrecision,
    /// The mean is as close as another seed would come.
    WithinSpread,
    Beyond,
}

impl Difference {
    pub const ALL: [Self; 3] = [Self::WithinPrecision, Self::WithinSpread, Self::Beyond];

    /// `None` where the printed text is no number.
    pub fn of(printed: &str, measured: &Measured) -> Option<Self> {
        let printed = Printed::parse(printed).ok()?;
        let (low, high) = printed.interval();
        if low <= measured.mean && measured.mean <= high {
            return Some(Self::WithinPrecision);
        }
        let off = if measured.mean < low { low - measured.mean } else { measured.mean - high };
        let spread = measured.sd.filter(|sd| sd.is_finite());
        Some(if spread.is_some_and(|sd| off <= SPREADS * sd) { Self::WithinSpread } else { Self::Beyond })
    }

    pub const fn class(self) -> &'static str {
        match self {
            Self::WithinPrecision => "same",
            Self::WithinSpread => "near",
            Self::Beyond => "far",
        }
    }

    pub const fn sign(self) -> &'static str {
        match self {
            Self::WithinPrecision => "=",
            Self::WithinSpread => "\u{2248}",
            Self::Beyond => "\u{2260}",
        }
    }

    pub const fn means(self) -> &'static str {
        match self {
            Self::WithinPrecision => "inside the printed precision",
            Self::WithinSpread => "inside the seed spread (2 standard deviations)",
            Self::Beyond => "outside both",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn measured(mean: f64, sd: Option<f64>) -> Measured {
        Measured { mean, sd, n: 3, null: None, by_type: BTreeMap::new() }
    }

    /// 0.131 stands for 0.1305 to 0.1315; a spread of 0.002 reaches from there to 0.1265 and 0.1355.
    #[test]
    fn precision_comes_first_then_the_spread() {
        let of = |mean, sd| Difference::of("0.131", &measured(mean, sd));
        assert_eq!(of(0.1312, Some(0.0)), Some(Difference::WithinPrecision));
        assert_eq!(of(0.1268, Some(0.002)), Some(Difference::WithinSpread));
        assert_eq!(of(0.1352, Some(0.002)), Some(Difference::WithinSpread));
        assert_eq!(of(0.1262, Some(0.002)), Some(Difference::Beyond));
        assert_eq!(of(0.1268, None), Some(Difference::Beyond), "one seed has no spread");
        assert_eq!(Difference::of("about", &measured(1.0, None)), None);
    }
}
