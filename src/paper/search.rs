//! The least value of a formula over the box of its operands, by branch and bound.
//!
//! An operand in whose direction the formula cannot fall anywhere in a box goes to its corner; where all are decided the end
//! is exact. Else the box is cut in two, across the operand that matters most, and bounded from below by interval
//! arithmetic and by the mean value theorem. A box that cannot hold the least value is dropped.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::formula::Formula;
use super::interval::Interval;
use super::slope::Slope;

/// Boxes that are looked at for one end, fewer where a look takes many steps; what is undecided then stays between
/// the bound and the value found.
const MOST_BOXES: usize = 2000;
const MOST_STEPS: usize = 400_000;

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
pub(super) fn lowest(
    formula: &Formula,
    operands: &[Interval],
    found: Option<f64>,
    resolution: f64,
    negated: bool,
) -> (f64, f64) {
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
