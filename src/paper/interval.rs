//! Interval arithmetic with outward rounding: what a printed number can be, carried through an expression.
//!
//! Every result contains the exact result for every choice of operands inside their intervals. `None` means
//! that no finite interval does: a division by an interval that holds 0, a root or logarithm of a negative number.

/// A closed interval of finite numbers, `low <= high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    /// `[low, high]`, or `None` where an end is not finite or the ends are swapped.
    pub fn new(low: f64, high: f64) -> Option<Self> {
        (low.is_finite() && high.is_finite() && low <= high).then_some(Self { low, high })
    }

    /// One exact number.
    pub fn point(value: f64) -> Option<Self> {
        Self::new(value, value)
    }

    /// The ends of a result, each moved outwards to the next float: covers the rounding of the operation just made. A
    /// whole result of whole operands needs none: below 2^53 no other result rounds to a whole number.
    fn rounded(low: f64, high: f64, whole_operands: bool) -> Option<Self> {
        let result = Self { low, high };
        if whole_operands && result.is_whole() {
            return Some(result);
        }
        Self::new(low.next_down(), high.next_up())
    }

    /// One whole number, small enough that floats hold its neighbours.
    pub(super) fn is_whole(self) -> bool {
        self.low == self.high && self.low == self.low.trunc() && self.low.abs() < EXACT_INTEGERS
    }

    fn hull(ends: &[f64], whole_operands: bool) -> Option<Self> {
        if ends.iter().any(|end| end.is_nan()) {
            return None;
        }
        let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self::rounded(low, high, whole_operands)
    }

    pub const fn low(self) -> f64 {
        self.low
    }

    pub const fn high(self) -> f64 {
        self.high
    }

    pub const fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }

    pub const fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    pub const fn overlaps(self, other: Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// `by` more on either side.
    pub fn widened(self, by: f64) -> Option<Self> {
        Self::rounded(self.low - by, self.high + by, false)
    }

    /// The point in the middle.
    pub fn middle(self) -> Option<Self> {
        Self::point((self.low / 2.0 + self.high / 2.0).clamp(self.low, self.high))
    }

    pub fn plus(self, other: Self) -> Option<Self> {
        Self::rounded(self.low + other.low, self.high + other.high, self.is_whole() && other.is_whole())
    }

    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    pub const fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    pub fn times(self, other: Self) -> Option<Self> {
        let (a, b) = (self, other);
        Self::hull(&[a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high], a.is_whole() && b.is_whole())
    }

    pub fn over(self, other: Self) -> Option<Self> {
        if other.contains(0.0) {
            return None;
        }
        let (a, b) = (self, other);
        Self::hull(&[a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high], a.is_whole() && b.is_whole())
    }

    pub fn sqrt(self) -> Option<Self> {
        if self.low < 0.0 {
            return None;
        }
        let root = Self::rounded(self.low.sqrt(), self.high.sqrt(), self.is_whole())?;
        Some(Self { low: root.low.max(0.0), ..root })
    }

    pub fn abs(self) -> Option<Self> {
        let largest = self.low.abs().max(self.high.abs());
        let smallest = if self.contains(0.0) { 0.0 } else { self.low.abs().min(self.high.abs()) };
        Self::new(smallest, largest)
    }

    pub fn ln(self) -> Option<Self> {
        if self.low <= 0.0 {
            return None;
        }
        Self::new(transcendental_down(self.low.ln()), transcendental_up(self.high.ln()))
    }

    pub fn exp(self) -> Option<Self> {
        Self::new(transcendental_down(self.low.exp()).max(0.0), transcendental_up(self.high.exp()))
    }

    /// To the nearest whole number, halves away from zero.
    pub fn round(self) -> Option<Self> {
        Self::new(self.low.round(), self.high.round())
    }

    /// `self` to the power `exponent`. A whole exponent takes any base; another one needs a base above 0.
    pub fn pow(self, exponent: Self) -> Option<Self> {
        let whole = exponent.low == exponent.high && exponent.low == exponent.low.trunc();
        if whole && exponent.low.abs() <= f64::from(MAX_WHOLE_POWER) {
            let power =
                (0..exponent.low.abs() as u32).try_fold(Self { low: 1.0, high: 1.0 }, |power, _| power.times(self));
            let power = match power {
                // An even power is never negative; multiplying the interval with itself forgets that.
                Some(power) if exponent.low.abs() % 2.0 == 0.0 && power.low < 0.0 => Self::new(0.0, power.high),
                power => power,
            };
            return if exponent.low < 0.0 { Self::point(1.0)?.over(power?) } else { power };
        }
        if self.low <= 0.0 {
            return None;
        }
        let ends = [self.low, self.high].map(|base| [base.powf(exponent.low), base.powf(exponent.high)]);
        let hull = Self::hull(ends.as_flattened(), false)?;
        Self::new(transcendental_down(hull.low), transcendental_up(hull.high))
    }

    pub fn min(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.min(other.high) }
    }

    pub fn max(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.max(other.high) }
    }
}

/// Below this every integer is a float and integer arithmetic on floats is exact.
pub(super) const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

/// Whole powers are made by multiplication; no paper needs more.
const MAX_WHOLE_POWER: u32 = 64;

/// The platform's `ln`, `exp`, `powf` and angles are within 2 units in the last place; four steps cover them.
pub(super) fn transcendental_down(x: f64) -> f64 {
    (0..4).fold(x, |x, _| x.next_down())
}

pub(super) fn transcendental_up(x: f64) -> f64 {
    (0..4).fold(x, |x, _| x.next_up())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(low: f64, high: f64) -> Interval {
        Interval::new(low, high).unwrap()
    }

    /// The two intervals agree to within a few floats, and `outer` holds the exact ends.
    fn assert_holds(outer: Option<Interval>, low: f64, high: f64) {
        let outer = outer.unwrap();
        assert!(outer.low() <= low && high <= outer.high(), "{outer:?} does not hold [{low}, {high}]");
        // A handful of outward steps, each one part in 2^52.
        assert!(low - outer.low() <= 1e-14 * low.abs().max(1.0), "{outer:?} against [{low}, {high}]");
        assert!(outer.high() - high <= 1e-14 * high.abs().max(1.0), "{outer:?} against [{low}, {high}]");
    }

    #[test]
    fn operations_by_hand() {
        assert_holds(of(1.0, 2.0).plus(of(-3.0, 0.5)), -2.0, 2.5);
        assert_holds(of(1.0, 2.0).minus(of(-3.0, 0.5)), 0.5, 5.0);
        assert_holds(of(-1.0, 2.0).times(of(-3.0, 4.0)), -6.0, 8.0);
        assert_holds(of(1.0, 2.0).over(of(-4.0, -2.0)), -1.0, -0.25);
        assert_holds(of(4.0, 9.0).sqrt(), 2.0, 3.0);
        assert_holds(of(-3.0, 2.0).abs(), 0.0, 3.0);
        assert_holds(of(1.0, std::f64::consts::E).ln(), 0.0, 1.0);
        assert_holds(of(0.0, 1.0).exp(), 1.0, std::f64::consts::E);
        assert_holds(of(-0.5, 2.4).round(), -1.0, 2.0);
        assert_holds(of(-2.0, 1.0).pow(of(2.0, 2.0)), 0.0, 4.0);
        assert_holds(of(2.0, 4.0).pow(of(-1.0, -1.0)), 0.25, 0.5);
        assert_holds(of(4.0, 9.0).pow(of(0.5, 0.5)), 2.0, 3.0);
    }

    #[test]
    fn no_finite_answer_is_none() {
        assert_eq!(of(1.0, 2.0).over(of(-1.0, 1.0)), None);
        assert_eq!(of(-1.0, 2.0).sqrt(), None);
        assert_eq!(of(0.0, 2.0).ln(), None);
        assert_eq!(of(-1.0, 2.0).pow(of(0.5, 0.5)), None);
        assert_eq!(of(-1.0, 2.0).pow(of(-2.0, -2.0)), None);
        assert_eq!(of(1e300, 1e301).times(of(1e300, 1e301)), None);
        assert_eq!(Interval::new(2.0, 1.0), None);
        assert_eq!(Interval::point(f64::NAN), None);
    }

    #[test]
    fn integers_stay_exact_and_other_results_widen() {
        assert_eq!(of(64.0, 64.0).over(of(32.0, 32.0)), Interval::point(2.0));
        let third = of(1.0, 1.0).over(of(3.0, 3.0)).unwrap();
        assert!(third.low() < third.high());
    }

    proptest! {
        /// The definition: whatever the operands are inside their intervals, the result is inside its own.
        #[test]
        fn results_hold_every_choice_of_operands(
            (low, wide) in (-10.0..10.0, 0.0..3.0),
            (other_low, other_wide) in (-10.0..10.0, 0.0..3.0),
            (s, t) in (0.0..=1.0, 0.0..=1.0),
        ) {
            let (a, b) = (of(low, low + wide), of(other_low, other_low + other_wide));
            let inside = |i: Interval, share: f64| (i.low() + share * (i.high() - i.low())).clamp(i.low(), i.high());
            let (x, y) = (inside(a, s), inside(b, t));
            let results = [
                (a.plus(b), x + y),
                (a.minus(b), x - y),
                (a.times(b), x * y),
                (a.over(b), x / y),
                (a.sqrt(), x.sqrt()),
                (a.abs(), x.abs()),
                (a.ln(), x.ln()),
                (a.pow(of(3.0, 3.0)), x.powi(3)),
                (a.pow(of(-2.0, -2.0)), x.powi(-2)),
                (a.pow(b), x.powf(y)),
            ];
            for (index, (interval, value)) in results.into_iter().enumerate() {
                // The float `value` is itself rounded, by a few units in its last place at most.
                let slack = 1e-15 * value.abs();
                let held = interval.is_none_or(|i| i.low() - slack <= value && value <= i.high() + slack);
                prop_assert!(held, "operation {index}: {interval:?} does not hold {value}");
            }
        }
    }
}
