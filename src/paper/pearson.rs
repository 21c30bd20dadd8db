//! The correlation of two printed columns: how far rounding lets it reach.

use super::interval::Interval;

/// Sweeps of the search; it stops as soon as one sweep improves nothing.
const MAX_SWEEPS: usize = 64;

/// The lowest and the highest Pearson correlation that moving each number inside its rounding interval reaches, by
/// coordinate ascent from the middle: an inner range, each of whose values some choice of numbers attains.
/// `None` where a column is constant.
pub(super) fn pearson(x: &[Interval], y: &[Interval]) -> Option<Interval> {
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
    for _ in 0..MAX_SWEEPS {
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

/// Pearson's r of the first half of `point` with the second half.
fn correlation(point: &[f64]) -> Option<f64> {
    let (x, y) = point.split_at(point.len() / 2);
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
    use super::*;

    fn exact(values: &[f64]) -> Vec<Interval> {
        values.iter().map(|&value| Interval::point(value).unwrap()).collect()
    }

    #[test]
    fn exact_columns_give_one_correlation() {
        // Deviations (-1, 0, 1) and (-1, 1, 0): r = 1 / sqrt(2 * 2) = 0.5.
        let r = pearson(&exact(&[1.0, 2.0, 3.0]), &exact(&[1.0, 3.0, 2.0])).unwrap();
        // Six operations, each within half a unit in the last place of 1.
        assert!((r.low() - 0.5).abs() < 1e-15 && (r.high() - 0.5).abs() < 1e-15);
        assert_eq!(pearson(&exact(&[1.0, 1.0, 1.0]), &exact(&[1.0, 3.0, 2.0])), None);
    }

    #[test]
    fn rounding_widens_it_up_to_what_some_choice_attains() {
        let loose: Vec<Interval> = [1.0, 2.0, 3.0].map(|v: f64| Interval::new(v - 0.5, v + 0.5).unwrap()).to_vec();
        let r = pearson(&loose, &exact(&[1.0, 3.0, 2.0])).unwrap();
        // The corner (0.5, 2.5, 2.5): r = 2 sqrt(3) / 4 = 0.8660; (1.5, 1.5, 3.5): r = 0.
        assert!(r.low() <= 1e-12 && r.high() >= 0.75_f64.sqrt() - 1e-12, "{r:?}");
    }
}
