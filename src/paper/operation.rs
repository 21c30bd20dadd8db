//! The operations of expressions on intervals: the value, and the slope in each operand.

use super::interval::Interval;
use super::pearson;
use super::slope::Slope;

/// What a step of a [`Formula`](super::Formula) does with its operands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operation {
    /// A number of the expression itself, exact in decimal.
    Number(f64),
    /// A printed number, by its index among the relation's operands.
    Operand(usize),
    Negative,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Sqrt,
    Abs,
    Ln,
    Exp,
    Round,
    Sum,
    Mean,
    Median,
    /// Standard deviation, n - 1 in the denominator.
    Sd,
    Min,
    Max,
    /// Pearson's r of the first half of the operands with the second half.
    Pearson,
}

impl Operation {
    /// All values that it takes for operands in `arguments`; more than these where an operand occurs twice in the
    /// operation (deviations from a mean). `None` where no finite interval holds them, and for a wrong number of operands.
    pub(super) fn value(self, arguments: &[Interval]) -> Option<Interval> {
        match (self, arguments) {
            (Self::Number(number), []) => literal(number),
            (Self::Negative, [x]) => Some(x.negated()),
            (Self::Add, [a, b]) => a.plus(*b),
            (Self::Subtract, [a, b]) => a.minus(*b),
            (Self::Multiply, [a, b]) => a.times(*b),
            (Self::Divide, [a, b]) => a.over(*b),
            (Self::Power, [a, b]) => a.pow(*b),
            (Self::Sqrt, [x]) => x.sqrt(),
            (Self::Abs, [x]) => x.abs(),
            (Self::Ln, [x]) => x.ln(),
            (Self::Exp, [x]) => x.exp(),
            (Self::Round, [x]) => x.round(),
            (Self::Sum, all) => sum(all),
            (Self::Mean, all) => mean(all),
            (Self::Median, all) => median(all),
            (Self::Sd, all) => standard_deviation(all),
            (Self::Min, all) => all.iter().copied().reduce(Interval::min),
            (Self::Max, all) => all.iter().copied().reduce(Interval::max),
            (Self::Pearson, all) if all.len() % 2 == 0 => {
                let (x, y) = all.split_at(all.len() / 2);
                pearson::enclosure(x, y)
            }
            _ => None,
        }
    }

    /// Bounds of the slope in each operand while all stay in `arguments`; at a kink those of both sides, at a jump
    /// upwards anything that rises.
    pub(super) fn slopes(self, arguments: &[Interval], value: Interval) -> Vec<Slope> {
        let whole = |number: f64| Interval::point(number);
        match (self, arguments) {
            (Self::Negative, [_]) => vec![Slope::ONE.negated()],
            (Self::Add, [_, _]) => vec![Slope::ONE; 2],
            (Self::Subtract, [_, _]) => vec![Slope::ONE, Slope::ONE.negated()],
            (Self::Multiply, [a, b]) => vec![Slope::of(Some(*b)), Slope::of(Some(*a))],
            (Self::Divide, [a, b]) => {
                let inverse = whole(1.0).and_then(|one| one.over(*b));
                let second = b.times(*b).and_then(|square| a.over(square));
                vec![Slope::of(inverse), Slope::of(second).negated()]
            }
            (Self::Power, [a, b]) => {
                let lower = whole(1.0).and_then(|one| b.minus(one)).and_then(|exponent| a.pow(exponent));
                let by_exponent = a.ln().and_then(|log| log.times(value));
                vec![Slope::of(lower.and_then(|power| power.times(*b))), Slope::of(by_exponent)]
            }
            (Self::Sqrt, [_]) => {
                let half = |root: f64| whole(root).and_then(|root| whole(0.5)?.over(root));
                let high = half(value.low()).map_or(f64::INFINITY, Interval::high);
                vec![Slope { low: half(value.high()).map_or(0.0, Interval::low), high }]
            }
            (Self::Abs, [x]) => {
                vec![match (x.low() >= 0.0, x.high() <= 0.0) {
                    (true, _) => Slope::ONE,
                    (_, true) => Slope::ONE.negated(),
                    _ => Slope { low: -1.0, high: 1.0 },
                }]
            }
            (Self::Ln, [x]) => vec![Slope::of(whole(1.0).and_then(|one| one.over(*x)))],
            (Self::Exp, [_]) => vec![Slope::of(Some(value))],
            (Self::Round, [_]) => vec![if value.low() == value.high() { Slope::NONE } else { Slope::RISING }],
            (Self::Sum, all) => vec![Slope::ONE; all.len()],
            (Self::Mean, all) => {
                let share = whole(1.0).zip(whole(all.len() as f64)).and_then(|(one, count)| one.over(count));
                vec![Slope::of(share); all.len()]
            }
            (Self::Median, all) => vec![Slope { low: 0.0, high: 1.0 }; all.len()],
            (Self::Min, all) => chosen(&all.iter().map(|side| side.negated()).collect::<Vec<_>>()),
            (Self::Max, all) => chosen(all),
            (Self::Sd, all) => spread_slopes(all, value),
            (Self::Pearson, all) => {
                let (x, y) = all.split_at(all.len() / 2);
                pearson::slopes(x, y, value)
            }
            _ => vec![Slope::ANY; arguments.len()],
        }
    }
}

/// A number in an expression is exact in decimal; a fraction is not in binary.
pub(super) fn literal(number: f64) -> Option<Interval> {
    if number == number.trunc() { Interval::point(number) } else { Interval::new(number.next_down(), number.next_up()) }
}

pub(super) fn sum(all: &[Interval]) -> Option<Interval> {
    all.iter().copied().map(Some).reduce(|sum, next| sum?.plus(next?)).flatten()
}

fn mean(all: &[Interval]) -> Option<Interval> {
    sum(all)?.over(Interval::point(all.len() as f64)?)
}

/// The median rises with every operand: its ends are the medians of the ends.
fn median(all: &[Interval]) -> Option<Interval> {
    let middle = |mut ends: Vec<f64>| -> Option<Interval> {
        ends.sort_by(f64::total_cmp);
        let (lower, upper) = (*ends.get((ends.len().max(1) - 1) / 2)?, *ends.get(ends.len() / 2)?);
        if lower == upper { Interval::point(lower) } else { mean(&[Interval::point(lower)?, Interval::point(upper)?]) }
    };
    let low = middle(all.iter().map(|side| side.low()).collect())?;
    let high = middle(all.iter().map(|side| side.high()).collect())?;
    Interval::new(low.low(), high.high())
}

/// Each operand's distance from the mean of all, `((n - 1) x_i - the others' sum) / n`: every operand occurs once.
pub(super) fn deviations(all: &[Interval]) -> Option<Vec<Interval>> {
    let (count, others) = (Interval::point(all.len() as f64)?, Interval::point(all.len() as f64 - 1.0)?);
    let (total, whole) = (sum(all)?, all.iter().all(|side| side.is_whole()));
    let deviation = |side: &Interval| {
        // The lows and the highs of the others by themselves, rounded outwards.
        let (low, high) = (total.low() - side.low(), total.high() - side.high());
        let rest = if whole { Interval::point(low) } else { Interval::new(low.next_down(), high.next_up()) };
        side.times(others)?.minus(rest?)?.over(count)
    };
    all.iter().map(deviation).collect()
}

/// The sum of squares; each operand's distance is taken by itself.
pub(super) fn squares(deviations: &[Interval]) -> Option<Interval> {
    let two = Interval::point(2.0)?;
    let squares: Option<Vec<Interval>> = deviations.iter().map(|side| side.pow(two)).collect();
    let sum = sum(&squares?)?;
    Interval::new(sum.low().max(0.0), sum.high())
}

fn standard_deviation(all: &[Interval]) -> Option<Interval> {
    if all.len() < 2 {
        return None;
    }
    squares(&deviations(all)?)?.over(Interval::point(all.len() as f64 - 1.0)?).map(at_least_zero)?.sqrt()
}

fn at_least_zero(interval: Interval) -> Interval {
    Interval::new(interval.low().max(0.0), interval.high()).unwrap_or(interval)
}

/// d sd / d x_i = (x_i - mean) / ((n - 1) sd). Its size is at most 1 / sqrt(n), also where all are equal: a deviation is
/// at most sqrt((n - 1) / n) times the root of the sum of squares, sqrt(n - 1) sd.
fn spread_slopes(all: &[Interval], sd: Interval) -> Vec<Slope> {
    let steepest = (1.0 / (all.len() as f64).sqrt()).next_up();
    let most = Slope { low: -steepest, high: steepest };
    let exact = || {
        let scale = sd.times(Interval::point(all.len() as f64 - 1.0)?)?;
        deviations(all)?.into_iter().map(|deviation| deviation.over(scale)).collect::<Option<Vec<_>>>()
    };
    match exact() {
        Some(slopes) => slopes.into_iter().map(|slope| Slope::of(Some(slope)).and(most)).collect(),
        None => vec![most; all.len()],
    }
}

/// The slopes of the largest of `all`: 1 for the one that certainly is it, 0 for those that cannot be.
fn chosen(all: &[Interval]) -> Vec<Slope> {
    let largest =
        |ends: Vec<f64>| {
            ends.into_iter().fold([f64::NEG_INFINITY; 2], |[first, second], end| {
                if end > first { [end, first] } else { [first, second.max(end)] }
            })
        };
    let [high, second_high] = largest(all.iter().map(|side| side.high()).collect());
    let [low, _] = largest(all.iter().map(|side| side.low()).collect());
    let slope = |side: &Interval| {
        let others = if side.high() == high { second_high } else { high };
        if others < side.low() {
            Slope::ONE
        } else if low > side.high() {
            Slope::NONE
        } else {
            Slope { low: 0.0, high: 1.0 }
        }
    };
    all.iter().map(slope).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [(Operation, usize); 16] = [
        (Operation::Negative, 1),
        (Operation::Add, 2),
        (Operation::Subtract, 2),
        (Operation::Multiply, 2),
        (Operation::Divide, 2),
        (Operation::Sqrt, 1),
        (Operation::Abs, 1),
        (Operation::Ln, 1),
        (Operation::Exp, 1),
        (Operation::Sum, 4),
        (Operation::Mean, 4),
        (Operation::Median, 4),
        (Operation::Sd, 4),
        (Operation::Min, 4),
        (Operation::Max, 4),
        (Operation::Pearson, 8),
    ];

    proptest! {
        /// The mean value theorem: between two points of the box, one coordinate apart, the value changes by at most
        /// the bounds of the slope.
        #[test]
        fn slopes_bound_every_change(
            lows in prop::collection::vec(-3.0..3.0, 8),
            widths in prop::collection::vec(0.0..0.5, 8),
            places in prop::collection::vec(0.0..=1.0, 8),
            moved in (0_usize..8, 0.0..=1.0),
        ) {
            for (operation, count) in ALL {
                let sides: Vec<Interval> =
                    lows.iter().zip(&widths).take(count).map(|(low, width)| Interval::new(*low, low + width).unwrap()).collect();
                let Some(value) = operation.value(&sides) else { continue };
                let at = |share: f64, side: &Interval| side.low() + share * (side.high() - side.low());
                let from: Vec<f64> = sides.iter().zip(&places).map(|(side, share)| at(*share, side)).collect();
                let index = moved.0 % count;
                let mut to = from.clone();
                to[index] = at(moved.1, &sides[index]);
                let exact = |point: &[f64]| {
                    let point: Vec<Interval> = point.iter().map(|x| Interval::point(*x).unwrap()).collect();
                    operation.value(&point).map(|value| (value.low() + value.high()) / 2.0)
                };
                let (Some(before), Some(after)) = (exact(&from), exact(&to)) else { continue };
                let slope = operation.slopes(&sides, value)[index];
                let (step, change) = (to[index] - from[index], after - before);
                let (a, b) = (slope.low * step, slope.high * step);
                // Values of size 20 at most, each off by a few units in its last place.
                let slack = 1e-12;
                prop_assert!(
                    step == 0.0 || (a.min(b) - slack <= change && change <= a.max(b) + slack),
                    "{operation:?}: {change} for a step of {step}, slope {slope:?}"
                );
                prop_assert!(value.low() - slack <= before && before <= value.high() + slack, "{operation:?}");
            }
        }
    }

    #[test]
    fn rounding_is_flat_between_its_jumps() {
        let side = |low, high| Interval::new(low, high).unwrap();
        let slope = |side: Interval| Operation::Round.slopes(&[side], Operation::Round.value(&[side]).unwrap())[0];
        assert_eq!(slope(side(1.6, 2.4)), Slope::NONE);
        assert_eq!(slope(side(1.4, 1.6)), Slope::RISING);
    }

    #[test]
    fn the_spread_of_numbers_by_hand() {
        let exact = |values: &[f64]| values.iter().map(|&value| Interval::point(value).unwrap()).collect::<Vec<_>>();
        // Deviations -2, 0, 2: sqrt(8 / 2) = 2. Two equal numbers: 0.
        let sd = Operation::Sd.value(&exact(&[1.0, 3.0, 5.0])).unwrap();
        assert!((sd.low() - 2.0).abs() < 1e-14 && (sd.high() - 2.0).abs() < 1e-14);
        assert!(Operation::Sd.value(&exact(&[3.0, 3.0])).unwrap().contains(0.0));
        assert_eq!(Operation::Sd.value(&exact(&[3.0])), None);
        assert_eq!(Operation::Median.value(&exact(&[7.0, 1.0, 3.0])), Interval::point(3.0));
    }
}
