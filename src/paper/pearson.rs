//! The correlation of two printed columns: how far rounding lets it reach.
//!
//! r is the cosine between the centred columns x' and y'. For every t >= 0 and every y the set of all x with
//! `<x', y'> >= t |x'| |y'|` is convex: its left side is linear in x and its right side convex. The same holds for y with x
//! fixed. Let t >= 0 be the least r at a vertex of the box of x and y. For a vertex y the set holds every vertex x, hence
//! every x of the box. So for any x of the box the set of y holds every vertex y, hence every y of the box. Where r is
//! nowhere negative at the vertices, **its least value over the box is therefore taken at a vertex**: the end nearer zero.
//! With -y for y the same holds for the largest value where r is nowhere positive. The far end may lie anywhere; branch and
//! bound ([`super::reach`]) encloses it.

use super::interval::{Interval, transcendental_down, transcendental_up};
use super::operation::{deviations, squares, sum};
use super::slope::Slope;

/// Above this many rows there are too many vertices, and a correlation alone accuses nobody.
pub(super) const MOST_ROWS: usize = 10;

/// Sweeps of the search, fewer for very long columns; it stops as soon as one sweep improves nothing.
const MAX_SWEEPS: usize = 64;
const MAX_PRODUCTS: usize = 20_000_000;

/// An interval that holds r for every choice of numbers; all of [-1, 1] where a column may be constant and above
/// [`MOST_ROWS`]. `None` only for columns that do not pair.
pub(super) fn enclosure(x: &[Interval], y: &[Interval]) -> Option<Interval> {
    if x.len() != y.len() || x.len() < 2 {
        return None;
    }
    let all = Interval::new(-1.0, 1.0)?;
    if x.len() > MOST_ROWS {
        return Some(all);
    }
    let exact = x.iter().chain(y).all(|side| side.low() == side.high());
    let bounds = [quotient(x, y), if exact { None } else { by_angles(x, y) }].into_iter().flatten();
    Some(bounds.fold(all, |all, bound| {
        // Both hold r; where rounding keeps them apart either will do.
        Interval::new(all.low().max(bound.low()), all.high().min(bound.high())).unwrap_or(bound)
    }))
}

/// r by its definition; `None` where a column may be constant.
fn quotient(x: &[Interval], y: &[Interval]) -> Option<Interval> {
    let (a, b) = (deviations(x)?, deviations(y)?);
    let products: Option<Vec<Interval>> = a.iter().zip(&b).map(|(a, b)| a.times(*b)).collect();
    let r = sum(&products?)?.over(squares(&a)?.sqrt()?.times(squares(&b)?.sqrt()?)?)?;
    // Rounding may reach beyond 1, r itself never does.
    Interval::new(r.low().clamp(-1.0, 1.0), r.high().clamp(-1.0, 1.0))
}

/// r is the cosine of the angle between the centred columns. In the box this angle differs from the one between the
/// columns of its middle by no more than the two columns turn (triangle inequality on the sphere).
fn by_angles(x: &[Interval], y: &[Interval]) -> Option<Interval> {
    let middle = |sides: &[Interval]| sides.iter().map(|side| side.middle()).collect::<Option<Vec<_>>>();
    let (middle_x, middle_y) = (middle(x)?, middle(y)?);
    let r = quotient(&middle_x, &middle_y)?;
    let turns = transcendental_up(turn(x, &middle_x)? + turn(y, &middle_y)?);
    let least = transcendental_down(transcendental_down(r.high().acos()) - turns).max(0.0);
    let most = transcendental_up(transcendental_up(r.low().acos()) + turns).min(std::f64::consts::PI);
    let high = if least == 0.0 { 1.0 } else { transcendental_up(least.cos()) };
    let low = if most == std::f64::consts::PI { -1.0 } else { transcendental_down(most.cos()) };
    Interval::new(low.clamp(-1.0, 1.0), high.clamp(-1.0, 1.0))
}

/// The largest angle by which a centred column can turn away from that of the box's middle: centring makes no vector
/// longer, so its tip moves at most half the box's diagonal. `None` where that reaches the origin.
fn turn(sides: &[Interval], middle: &[Interval]) -> Option<f64> {
    let reach = |(side, middle): (&Interval, &Interval)| side.minus(*middle)?.abs();
    let moves: Option<Vec<Interval>> = sides.iter().zip(middle).map(reach).collect();
    let diagonal = squares(&moves?)?.sqrt()?.high();
    let length = squares(&deviations(middle)?)?.sqrt()?.low();
    let sine = (diagonal / length).next_up();
    (sine < 1.0).then(|| transcendental_up(sine.asin()))
}

/// Bounds of the slope of r in each number, x before y, while r stays in `r`: with deviations a and b,
/// dr / dx_i = b_i / (|a| |b|) - r a_i / |a|^2.
pub(super) fn slopes(x: &[Interval], y: &[Interval], r: Interval) -> Vec<Slope> {
    let exact = || {
        let (a, b) = (deviations(x)?, deviations(y)?);
        let (aa, bb) = (squares(&a)?, squares(&b)?);
        let both = aa.sqrt()?.times(bb.sqrt()?)?;
        let slope = |own: &Interval, other: &Interval, own_square: Interval| {
            other.over(both)?.minus(r.times(*own)?.over(own_square)?)
        };
        let of_x = a.iter().zip(&b).map(|(a, b)| slope(a, b, aa));
        let of_y = a.iter().zip(&b).map(|(a, b)| slope(b, a, bb));
        of_x.chain(of_y).map(|slope| slope.map(|slope| Slope::of(Some(slope)))).collect::<Option<Vec<_>>>()
    };
    let known = x.len() <= MOST_ROWS;
    known.then(exact).flatten().unwrap_or_else(|| vec![Slope::ANY; x.len() + y.len()])
}

/// An interval around that end of r's range that is nearer zero: the vertex that the module's proof speaks of, and the
/// rounding error of its calculation. `None` where r has no single sign at the vertices, a column may be constant, or
/// there are too many rows.
pub(super) fn end_nearer_zero(x: &[Interval], y: &[Interval]) -> Option<Interval> {
    if x.len() != y.len() || x.len() > MOST_ROWS {
        return None;
    }
    let ((x, error_x), (y, error_y)) = (vertices(x)?, vertices(y)?);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for x in &x {
        for y in &y {
            let r: f64 = x.iter().zip(y).map(|(x, y)| x * y).sum();
            (low, high) = (low.min(r), high.max(r));
        }
    }
    let error = error_x + error_y;
    match (low - error > 0.0, high + error < 0.0) {
        (true, _) => Interval::new(low - error, low + error),
        (_, true) => Interval::new(high - error, high + error),
        _ => None,
    }
}

/// The centred unit vectors of all vertices of a box, and a bound of what their rounding errors make in r.
///
/// A mean of n floats and a difference from it are off by less than 4 n u max|x| (u = 2^-53), which moves a unit vector
/// by at most twice the length of that error over the length of the vector; scalar product and norm add less than 8 n u.
fn vertices(sides: &[Interval]) -> Option<(Vec<Vec<f64>>, f64)> {
    let mut points = vec![Vec::new()];
    for side in sides {
        let ends = if side.low() == side.high() { vec![side.low()] } else { vec![side.low(), side.high()] };
        points = points.iter().flat_map(|point| ends.iter().map(|end| [point.as_slice(), &[*end]].concat())).collect();
    }
    let n = sides.len() as f64;
    let largest = sides.iter().map(|side| side.low().abs().max(side.high().abs())).fold(0.0, f64::max);
    let unit = f64::EPSILON / 2.0;
    let mut shortest = f64::INFINITY;
    for point in &mut points {
        let mean = point.iter().sum::<f64>() / n;
        point.iter_mut().for_each(|value| *value -= mean);
        let length = point.iter().map(|value| value * value).sum::<f64>().sqrt();
        shortest = shortest.min(length);
        point.iter_mut().for_each(|value| *value /= length);
    }
    let off = 4.0 * n * unit * largest * n.sqrt() / shortest;
    (off < MOST_OFF).then_some((points, 2.0 * off + 8.0 * n * unit))
}

/// Beyond this relative error of a column's deviations its digits are lost: it is as good as constant.
const MOST_OFF: f64 = 1e-6;

/// The lowest and the highest r that moving each number inside its interval reaches, by coordinate ascent from the
/// middle: an inner range, each of whose values some choice of numbers attains (up to a few floats). `None` where a
/// column is constant.
pub(super) fn attained(x: &[Interval], y: &[Interval]) -> Option<Interval> {
    let boxes: Vec<Interval> = x.iter().chain(y).copied().collect();
    let middle: Vec<f64> = boxes.iter().map(|side| side.low() / 2.0 + side.high() / 2.0).collect();
    correlation(&middle)?;
    let low = -ascend(&boxes, middle.clone(), |point| correlation(point).map(|r| -r))?;
    let high = ascend(&boxes, middle, correlation)?;
    // Rounding may leave a perfect correlation a few floats above 1.
    Interval::new(low.clamp(-1.0, 1.0), high.clamp(-1.0, 1.0))
}

fn ascend(boxes: &[Interval], mut point: Vec<f64>, goal: impl Fn(&[f64]) -> Option<f64>) -> Option<f64> {
    let mut best = goal(&point)?;
    let sweeps = (MAX_PRODUCTS / (boxes.len() * boxes.len()).max(1)).clamp(1, MAX_SWEEPS);
    for _ in 0..sweeps {
        let before = best;
        for (index, side) in boxes.iter().enumerate() {
            for end in [side.low(), side.high()] {
                let kept = std::mem::replace(&mut point[index], end);
                match goal(&point) {
                    Some(value) if value > best => best = value,
                    _ => point[index] = kept,
                }
            }
        }
        if best == before {
            break;
        }
    }
    Some(best)
}

/// Pearson's r of the first half of `point` with the second half; `None` where one of them is constant.
fn correlation(point: &[f64]) -> Option<f64> {
    let (x, y) = point.split_at(point.len() / 2);
    let constant = |side: &[f64]| side.iter().all(|value| Some(value) == side.first());
    if constant(x) || constant(y) {
        return None;
    }
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (a, b) = (a - mean_x, b - mean_y);
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    let r = xy / (xx.sqrt() * yy.sqrt());
    r.is_finite().then_some(r)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(values: &[f64]) -> Vec<Interval> {
        values.iter().map(|&value| Interval::point(value).unwrap()).collect()
    }

    fn loose(values: &[f64], by: f64) -> Vec<Interval> {
        values.iter().map(|&value| Interval::new(value - by, value + by).unwrap()).collect()
    }

    #[test]
    fn exact_columns_give_one_correlation() {
        // Deviations (-1, 0, 1) and (-1, 1, 0): r = 1 / sqrt(2 * 2) = 0.5.
        let (x, y) = (exact(&[1.0, 2.0, 3.0]), exact(&[1.0, 3.0, 2.0]));
        for r in [attained(&x, &y), enclosure(&x, &y), end_nearer_zero(&x, &y)] {
            let r = r.unwrap();
            // A few tens of operations, each within half a unit in the last place of 1.
            assert!((r.low() - 0.5).abs() < 1e-13 && (r.high() - 0.5).abs() < 1e-13, "{r:?}");
        }
        assert_eq!(attained(&exact(&[1.0, 1.0, 1.0]), &y), None);
        assert_eq!(enclosure(&exact(&[1.0, 1.0, 1.0]), &y), Interval::new(-1.0, 1.0));
        assert_eq!(end_nearer_zero(&exact(&[1.0, 1.0, 1.0]), &y), None);
    }

    #[test]
    fn rounding_widens_it_up_to_what_some_choice_attains() {
        let r = attained(&loose(&[1.0, 2.0, 3.0], 0.5), &exact(&[1.0, 3.0, 2.0])).unwrap();
        // The corner (0.5, 2.5, 2.5): r = 2 sqrt(3) / 4 = 0.8660; (1.5, 1.5, 3.5): r = 0.
        assert!(r.low() <= 1e-12 && r.high() >= 0.75_f64.sqrt() - 1e-12, "{r:?}");
    }

    #[test]
    fn too_many_rows_say_nothing() {
        let rows: Vec<f64> = (0..11).map(f64::from).collect();
        let (x, y) = (exact(&rows), exact(&rows));
        assert_eq!(enclosure(&x, &y), Interval::new(-1.0, 1.0));
        assert_eq!(end_nearer_zero(&x, &y), None);
        assert!(slopes(&x, &y, Interval::point(1.0).unwrap()).iter().all(|slope| *slope == Slope::ANY));
    }

    proptest! {
        /// Brute force: no point of a grid over the box has an r nearer zero than the vertex's, nor one outside the
        /// enclosure; and the vertex's own value is attained.
        #[test]
        fn no_point_of_the_box_is_nearer_zero_than_the_vertex(
            x in prop::collection::vec(-3.0..3.0, 3),
            y in prop::collection::vec(-3.0..3.0, 3),
            by in 0.01..0.8,
        ) {
            let (x, y) = (loose(&x, by), loose(&y, by));
            let sides: Vec<Interval> = x.iter().chain(&y).copied().collect();
            let mut grid: Vec<Vec<f64>> = vec![Vec::new()];
            for side in &sides {
                let places = [0.0, 0.31, 0.74, 1.0].map(|share| (side.low() + share * (side.high() - side.low())).min(side.high()));
                grid = grid.iter().flat_map(|point| places.map(|place| [point.as_slice(), &[place]].concat())).collect();
            }
            let found: Vec<f64> = grid.iter().filter_map(|point| correlation(point)).collect();
            let low = found.iter().copied().fold(f64::INFINITY, f64::min);
            let high = found.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let all = enclosure(&x, &y).unwrap();
            // Grid values are off by a few units in the last place of 1, more where a column is nearly constant.
            let slack = 1e-9;
            prop_assert!(all.low() - slack <= low && high <= all.high() + slack);
            if let Some(end) = end_nearer_zero(&x, &y) {
                // The grid holds all vertices.
                let nearest = if end.low() > 0.0 { low } else { high };
                prop_assert!((nearest - end.low()).abs() < slack && (nearest - end.high()).abs() < slack, "{end:?} {nearest}");
            } else {
                // Silent only where both signs occur, or nearly so, or a column may be constant.
                prop_assert!(low <= slack && high >= -slack, "{low}..{high}");
            }
        }
    }
}
