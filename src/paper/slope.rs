//! Bounds of a slope: how fast an expression can rise or fall with one of its numbers. Unlike an
//! [`Interval`] the ends may be infinite (a root at 0, a step of `round`), so nothing is ever without a value.

use super::interval::Interval;

/// `low <= slope <= high`; the ends may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slope {
    pub low: f64,
    pub high: f64,
}

impl Slope {
    pub const NONE: Self = Self { low: 0.0, high: 0.0 };
    pub const ONE: Self = Self { low: 1.0, high: 1.0 };
    /// Rises or stays, as steeply as it likes.
    pub const RISING: Self = Self { low: 0.0, high: f64::INFINITY };
    /// Nothing is known.
    pub const ANY: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    /// The slope that `interval` bounds; nothing is known where there is none.
    pub fn of(interval: Option<Interval>) -> Self {
        interval.map_or(Self::ANY, |interval| Self { low: interval.low(), high: interval.high() })
    }

    pub fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    /// The part that both bounds allow.
    pub fn and(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    pub fn plus(self, other: Self) -> Self {
        if self == Self::NONE {
            return other;
        }
        Self::outward(self.low + other.low, self.high + other.high)
    }

    pub fn times(self, other: Self) -> Self {
        match (self, other) {
            (Self::ONE, slope) | (slope, Self::ONE) => slope,
            _ => {
                // An infinite end stands for "arbitrarily large": times 0 it is 0.
                let product = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
                let ends =
                    [(self.low, other.low), (self.low, other.high), (self.high, other.low), (self.high, other.high)]
                        .map(|(a, b)| product(a, b));
                let low = ends.into_iter().fold(f64::INFINITY, f64::min);
                let high = ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
                Self::outward(low, high)
            }
        }
    }

    /// Moved outwards by one float, but never across 0: a product or sum that rounds to 0 keeps its sign.
    fn outward(low: f64, high: f64) -> Self {
        let down = |x: f64| if x == 0.0 { x } else { x.next_down() };
        let up = |x: f64| if x == 0.0 { x } else { x.next_up() };
        if low.is_nan() || high.is_nan() { Self::ANY } else { Self { low: down(low), high: up(high) } }
    }

    /// The largest steepness.
    pub fn steepest(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    pub const fn never_falls(self) -> bool {
        self.low >= 0.0
    }

    pub const fn never_rises(self) -> bool {
        self.high <= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infinite_ends_keep_their_sign() {
        let rising = Slope::RISING.times(Slope { low: 2.0, high: 3.0 });
        assert!(rising.never_falls() && rising.high == f64::INFINITY);
        assert!(Slope::RISING.times(Slope { low: -1.0, high: 0.0 }).never_rises());
        assert!(!Slope::RISING.plus(Slope { low: -1.0, high: 0.0 }).never_falls());
        assert_eq!(Slope::ANY.plus(Slope::ANY), Slope::ANY);
        assert_eq!(Slope::ANY.times(Slope::NONE), Slope::NONE);
    }
}
