//! All values that a formula takes while its operands are rounded as printed.
//!
//! A formula is continuous on the box of its operands, so its values fill the interval between its least and its largest
//! one. Either end is found by branch and bound: an operand in whose direction the formula cannot fall (or rise) anywhere in
//! a box goes to its corner; where all are decided the end is exact. Else the box is cut in two, across the operand that
//! matters most, and bounded from below by interval arithmetic and by the mean value theorem. A box that cannot hold
//! the end is dropped. (A formula with `round` jumps; its values then lie in the interval but need not fill it.)

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::formula::Formula;
use super::interval::Interval;
use super::operation::Operation;
use super::pearson;
use super::slope::Slope;

/// The values of a formula over its box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// Holds every value.
    pub outer: Interval,
    /// Both ends are values that some choice of operands gives, up to a few floats.
    pub inner: Interval,
    /// True for a whole number calculated from exact ones, with nothing rounded on the way: a count.
    pub counted: bool,
}

/// Boxes that are looked at for one end, fewer where a look takes many steps; what is undecided then stays between
/// `inner` and `outer`.
const MOST_BOXES: usize = 2000;
const MOST_STEPS: usize = 400_000;

impl Reach {
    /// The range of `formula` while operand i stays in `operands[i]`. The search stops where `outer` and `inner` are
    /// within `resolution` of each other. `None` where a step has no finite value.
    pub fn of(formula: &Formula, operands: &[Interval], resolution: f64) -> Option<Self> {
        let natural = formula.value(operands)?;
        let columns = columns(formula, operands);
        if let Some((x, y)) = &columns
            && x.len() > pearson::MOST_ROWS
        {
            return Some(Self { outer: natural, inner: pearson::attained(x, y)?, counted: false });
        }
        let found = columns.as_ref().and_then(|(x, y)| pearson::attained(x, y));
        let nearer_zero = columns.as_ref().and_then(|(x, y)| pearson::end_nearer_zero(x, y));
        let low = match nearer_zero {
            Some(end) if end.low() > 0.0 => (end.low(), end.high()),
            _ => lowest(formula, operands, found.map(Interval::low), resolution, false),
        };
        let high = match nearer_zero {
            Some(end) if end.high() < 0.0 => (end.high(), end.low()),
            _ => {
                let (outer, inner) = lowest(formula, operands, found.map(|found| -found.high()), resolution, true);
                (-outer, -inner)
            }
        };
        let outer = Interval::new(low.0.max(natural.low()), high.0.min(natural.high())).unwrap_or(natural);
        let inner = Interval::new(low.1.min(high.1), high.1.max(low.1))?;
        let rounds = formula.steps().iter().any(|step| step.operation == Operation::Round);
        let counted = outer.low() == outer.high() && outer.low() == outer.low().trunc() && !rounds;
        Some(Self { outer, inner, counted })
    }
}

/// The two columns of a formula that is one correlation of different printed numbers, or of exact ones.
fn columns(formula: &Formula, operands: &[Interval]) -> Option<(Vec<Interval>, Vec<Interval>)> {
    let last = formula.last().filter(|step| step.operation == Operation::Pearson)?;
    let mut seen = Vec::new();
    let mut sides = Vec::new();
    for &used in &last.of {
        let step = formula.steps().get(used)?;
        sides.push(match step.operation {
            Operation::Operand(operand) if !seen.contains(&operand) => {
                seen.push(operand);
                *operands.get(operand)?
            }
            Operation::Number(_) => step.operation.value(&[])?,
            _ => return None,
        });
    }
    let y = sides.split_off(sides.len() / 2);
    Some((sides, y))
}

/// A part of the box, with a lower bound of the values in it.
struct Part {
    bound: f64,
    sides: Vec<Interval>,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Part {}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Part {
    /// The lowest bound comes first out of a heap.
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound)
    }
}

/// A proven lower bound of the formula (of its negative if `negated`), and the lowest value found, `found` included.
fn lowest(formula: &Formula, operands: &[Interval], found: Option<f64>, resolution: f64, negated: bool) -> (f64, f64) {
    let search = Search { formula, negated };
    let mut best = found.unwrap_or(f64::INFINITY);
    let mut heap = BinaryHeap::from([Part { bound: f64::NEG_INFINITY, sides: operands.to_vec() }]);
    let most = MOST_BOXES.min(MOST_STEPS / formula.steps().len().max(1)).max(1);
    let mut looked_at = 0;
    while let Some(part) = heap.pop() {
        if part.bound >= best - resolution || looked_at == most {
            return (part.bound.min(best), best);
        }
        looked_at += 1;
        let Some(look) = search.look(part.sides, part.bound) else { return (f64::NEG_INFINITY, best) };
        best = best.min(look.attained);
        match look.cut {
            // Every operand is at its corner: the value is this one, up to its own rounding.
            None => best = best.min(look.bound),
            Some(halves) => {
                heap.extend(
                    halves.into_iter().map(|sides| Part { bound: look.bound, sides }).filter(|half| half.bound < best),
                );
            }
        }
    }
    (best, best)
}

struct Search<'f> {
    formula: &'f Formula,
    negated: bool,
}

/// What a look at a part tells.
struct Look {
    bound: f64,
    attained: f64,
    /// Two halves that hold the lowest value of the part, where it is not a single point by now.
    cut: Option<[Vec<Interval>; 2]>,
}

impl Search<'_> {
    /// Moves operands to their corners, bounds what is left and cuts it.
    fn look(&self, mut sides: Vec<Interval>, known: f64) -> Option<Look> {
        // Each round fixes an operand or ends; fixed ones sharpen the slopes of the others.
        let (natural, slopes) = loop {
            let (value, slopes) = self.value_and_slopes(&sides)?;
            let mut moved = false;
            for (side, slope) in sides.iter_mut().zip(&slopes) {
                let corner = match (slope.never_falls(), slope.never_rises()) {
                    (true, _) => side.low(),
                    (_, true) => side.high(),
                    _ => continue,
                };
                moved |= side.low() < side.high();
                *side = Interval::point(corner)?;
            }
            if !moved {
                break (value, slopes);
            }
        };
        let centre: Vec<Interval> = sides.iter().map(|side| side.middle()).collect::<Option<_>>()?;
        let at_centre = self.value(&centre)?;
        let attained =
            self.value(&downhill(&sides, &slopes)?).map_or(at_centre.low(), |corner| corner.low().min(at_centre.low()));
        let fall: f64 =
            sides.iter().zip(&centre).zip(&slopes).map(|((side, centre), slope)| fall(*side, *centre, *slope)).sum();
        // The sum's own rounding is far below one part in 10^12.
        let by_slopes = at_centre.low() - fall * (1.0 + 1e-12);
        let bound = if by_slopes.is_nan() { natural.low() } else { natural.low().max(by_slopes) }.max(known);
        let widest = sides.iter().zip(&slopes).enumerate().filter(|(_, (side, _))| side.low() < side.high());
        let weight = |side: &Interval, slope: &Slope| {
            (side.high() - side.low()) * slope.steepest().clamp(f64::MIN_POSITIVE, f64::MAX / 2.0)
        };
        let widest =
            widest.max_by(|(_, (a, slope_a)), (_, (b, slope_b))| weight(a, slope_a).total_cmp(&weight(b, slope_b)));
        let cut = match widest {
            None => None,
            Some((at, (side, _))) => Some(halves(&sides, at, side.middle()?.low())?),
        };
        Some(Look { bound, attained, cut })
    }

    fn value(&self, sides: &[Interval]) -> Option<Interval> {
        let value = self.formula.value(sides)?;
        Some(if self.negated { value.negated() } else { value })
    }

    fn value_and_slopes(&self, sides: &[Interval]) -> Option<(Interval, Vec<Slope>)> {
        let values = self.formula.values(sides)?;
        let slopes = self.formula.slopes(&values, sides.len());
        let value = *values.last()?;
        Some(if self.negated {
            (value.negated(), slopes.into_iter().map(Slope::negated).collect())
        } else {
            (value, slopes)
        })
    }
}

/// How far the value can fall, seen from the centre, along one operand.
fn fall(side: Interval, centre: Interval, slope: Slope) -> f64 {
    if side.low() == side.high() {
        return 0.0;
    }
    let left = (centre.low() - side.low()).next_up() * slope.high.max(0.0);
    let right = (side.high() - centre.low()).next_up() * (-slope.low).max(0.0);
    left.max(right)
}

/// The corner towards which the slopes lead down.
fn downhill(sides: &[Interval], slopes: &[Slope]) -> Option<Vec<Interval>> {
    let corner = |(side, slope): (&Interval, &Slope)| {
        let rises = slope.low + slope.high;
        Interval::point(if rises >= 0.0 { side.low() } else { side.high() })
    };
    sides.iter().zip(slopes).map(corner).collect()
}

fn halves(sides: &[Interval], at: usize, middle: f64) -> Option<[Vec<Interval>; 2]> {
    let mut left = sides.to_vec();
    let mut right = sides.to_vec();
    let side = *sides.get(at)?;
    // Two neighbouring floats have no middle: both halves are their points.
    let (end, start) =
        if middle == side.low() || middle == side.high() { (side.low(), side.high()) } else { (middle, middle) };
    *left.get_mut(at)? = Interval::new(side.low(), end)?;
    *right.get_mut(at)? = Interval::new(start, side.high())?;
    Some([left, right])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::formula::Steps;
    use super::*;

    fn of(low: f64, high: f64) -> Interval {
        Interval::new(low, high).unwrap()
    }

    fn operand(steps: &mut Steps, index: usize) -> usize {
        steps.push(Operation::Operand(index), vec![])
    }

    /// (a - b) / c with a, b, c any of the operands.
    fn gain(a: usize, b: usize, c: usize) -> Formula {
        let mut steps = Steps::default();
        let (a, b, c) = (operand(&mut steps, a), operand(&mut steps, b), operand(&mut steps, c));
        let difference = steps.push(Operation::Subtract, vec![a, b]);
        let result = steps.push(Operation::Divide, vec![difference, c]);
        steps.finish(result)
    }

    fn correlation(rows: usize) -> Formula {
        let mut steps = Steps::default();
        let all = (0..2 * rows).map(|index| operand(&mut steps, index)).collect();
        let result = steps.push(Operation::Pearson, all);
        steps.finish(result)
    }

    #[test]
    fn a_number_that_occurs_twice_is_one_number() {
        // (a - b) / b with a, b in [1, 2]: from (1 - 2) / 2 to (2 - 1) / 1. Plain interval arithmetic gives [-1, 1].
        let range = Reach::of(&gain(0, 1, 1), &[of(1.0, 2.0), of(1.0, 2.0)], 1e-9).unwrap();
        assert!((range.outer.low() + 0.5).abs() < 1e-14 && (range.outer.high() - 1.0).abs() < 1e-14, "{range:?}");
        assert!((range.inner.low() + 0.5).abs() < 1e-14 && (range.inner.high() - 1.0).abs() < 1e-14, "{range:?}");
        // x - x is 0 whatever x is.
        let mut steps = Steps::default();
        let x = operand(&mut steps, 0);
        let result = steps.push(Operation::Subtract, vec![x, x]);
        let range = Reach::of(&steps.finish(result), &[of(1.0, 2.0)], 1e-9).unwrap();
        assert!(range.outer.low().abs() < 1e-14 && range.outer.high().abs() < 1e-14, "{range:?}");
    }

    #[test]
    fn an_end_inside_the_box_is_found_by_bisection() {
        // x^2 - x over [0, 2]: least at 1/2, -1/4; largest at 2, 2.
        let mut steps = Steps::default();
        let x = operand(&mut steps, 0);
        let two = steps.push(Operation::Number(2.0), vec![]);
        let square = steps.push(Operation::Power, vec![x, two]);
        let result = steps.push(Operation::Subtract, vec![square, x]);
        let range = Reach::of(&steps.finish(result), &[of(0.0, 2.0)], 1e-6).unwrap();
        assert!(range.outer.low() <= -0.25 && range.outer.low() > -0.25 - 1e-6, "{range:?}");
        assert!(range.inner.low() >= -0.25 - 1e-15 && range.inner.low() < -0.25 + 1e-6, "{range:?}");
        assert!((range.outer.high() - 2.0).abs() < 1e-14 && (range.inner.high() - 2.0).abs() < 1e-14, "{range:?}");
    }

    #[test]
    fn a_perfect_correlation_can_be_reached_and_not_be_passed() {
        let sides = [of(0.9, 1.1), of(1.9, 2.1), of(2.9, 3.1), of(0.9, 1.1), of(1.9, 2.1), of(2.9, 3.1)];
        let range = Reach::of(&correlation(3), &sides, 1e-6).unwrap();
        assert!(range.outer.high() <= 1.0 && range.inner.high() > 1.0 - 1e-12, "{range:?}");
        assert!(range.outer.low() > 0.97 && range.inner.low() < 1.0 - 1e-3, "{range:?}");
    }

    #[test]
    fn above_ten_rows_a_correlation_only_shows_what_it_reaches() {
        let sides: Vec<Interval> =
            (0..22).map(|index| of(f64::from(index % 11) - 0.1, f64::from(index % 11) + 0.1)).collect();
        let range = Reach::of(&correlation(11), &sides, 1e-6).unwrap();
        assert_eq!(range.outer, of(-1.0, 1.0));
        assert!(range.inner.low() > 0.98, "{range:?}");
    }

    #[test]
    fn the_far_end_of_ten_rows_is_bounded_by_angles_at_least() {
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        let y: Vec<f64> = (0..10).map(|row| f64::from(row) + 0.12 * f64::from(row * 7 % 10) - 0.54).collect();
        let sides: Vec<Interval> = x.iter().chain(&y).map(|value| of(value - 0.05, value + 0.05)).collect();
        // By the definition: deviations, their products, the angle between the middles, and how far each column can turn.
        let dot = |a: &[f64], b: &[f64]| -> f64 {
            let mean = |of: &[f64]| of.iter().sum::<f64>() / 10.0;
            a.iter().zip(b).map(|(p, q)| (p - mean(a)) * (q - mean(b))).sum()
        };
        let angle = (dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt()).acos();
        let turn = |of: &[f64]| (0.05 * 10.0_f64.sqrt() / dot(of, of).sqrt()).asin();
        let bound = (angle - turn(&x) - turn(&y)).cos();
        let range = Reach::of(&correlation(10), &sides, 1e-6).unwrap();
        assert!(bound < 1.0 && range.outer.high() <= bound + 1e-12, "{range:?} against {bound}");
        assert!(range.inner.high() <= range.outer.high() && range.inner.high() > angle.cos(), "{range:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        /// Brute force over a grid: nothing lies outside `outer`, and `inner` reaches as far as the grid does.
        #[test]
        fn every_grid_point_lies_in_the_range(
            lows in prop::collection::vec(0.5..3.0, 6),
            wide in prop::collection::vec(0.0..0.4, 6),
        ) {
            let sides: Vec<Interval> = lows.iter().zip(&wide).map(|(low, wide)| of(*low, low + wide)).collect();
            for (formula, count) in [(gain(0, 1, 0), 2), (gain(0, 1, 2), 3), (correlation(3), 6)] {
                let sides = &sides[..count];
                let Some(range) = Reach::of(&formula, sides, 1e-7) else { continue };
                prop_assert!(range.outer.low() <= range.inner.low() + 1e-9 && range.inner.high() <= range.outer.high() + 1e-9);
                let mut grid: Vec<Vec<Interval>> = vec![Vec::new()];
                for side in sides {
                    let places = [0.0, 0.4, 1.0].map(|share| {
                        Interval::point((side.low() + share * (side.high() - side.low())).min(side.high())).unwrap()
                    });
                    grid = grid.iter().flat_map(|point| places.map(|place| [point.as_slice(), &[place]].concat())).collect();
                }
                for point in grid {
                    let value = formula.value(&point).unwrap();
                    // Near a constant column the value of a correlation itself is only enclosed: nothing to compare.
                    if value.high() - value.low() > 1e-9 { continue }
                    prop_assert!(range.outer.low() <= value.high() && value.low() <= range.outer.high());
                    // What the grid reaches, `inner` reaches, up to the resolution.
                    let near = |end: f64, grid: f64| end <= grid + 1e-6;
                    prop_assert!(near(range.inner.low(), value.low()) || range.outer.low() < range.inner.low() - 1e-7);
                    prop_assert!(near(-range.inner.high(), -value.high()) || range.outer.high() > range.inner.high() + 1e-7);
                }
            }
        }
    }
}
