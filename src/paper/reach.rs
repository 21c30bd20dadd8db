//! All values that a formula takes while its operands are rounded as printed.
//!
//! A formula is continuous on the box of its operands, so its values fill the interval between its least and its largest
//! one. (A formula with `round` jumps; its values then lie in the interval but need not fill it.)

use super::formula::Formula;
use super::interval::Interval;
use super::operation::Operation;
use super::pearson;
use super::search::lowest;

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
