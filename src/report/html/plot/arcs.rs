//! Arcs between rows: which paper leads to which. The rows themselves, with their links, are the page's own text beside it.

use maud::{Markup, PreEscaped, html};
use plotters::prelude::*;

use super::PlotError;
use super::draw::inside;
use super::palette::{FALLS, NULL, TEXT};

/// The height of a row and the width of the drawing, in the SVG's own units: pixels.
pub const ROW: u32 = 58;
const WIDTH: u32 = 120;
/// Where the rows' own dots stand, from the left.
const DOTS: i32 = 112;
/// Points of an arc: more than its pixels need.
const POINTS: i32 = 40;

/// From one row to another.
pub type Arc = (usize, usize);

/// A dot for each of `rows`, thin arcs for `plain`, thick ones with a cross on them for `falling`.
///
/// # Errors
/// The charting crate refuses.
pub fn arcs(rows: usize, plain: &[Arc], falling: &[Arc], in_words: &str) -> Result<Markup, PlotError> {
    let size = (WIDTH, ROW * rows as u32);
    let mut drawn = String::new();
    let root = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
    draw(&root, rows, plain, falling).map_err(|error| PlotError(error.to_string()))?;
    root.present().map_err(|error| PlotError(error.to_string()))?;
    drop(root);
    Ok(html! {
        svg class="chart arcs" viewBox={ "0 0 " (size.0) " " (size.1) } width=(size.0) height=(size.1) role="img"
            data-plain=(plain.len()) data-falling=(falling.len()) aria-label=(in_words) { (PreEscaped(inside(&drawn))) }
    })
}

fn draw<Backend: DrawingBackend>(
    root: &DrawingArea<Backend, plotters::coord::Shift>,
    rows: usize,
    plain: &[Arc],
    falling: &[Arc],
) -> Result<(), DrawingAreaErrorKind<Backend::ErrorType>> {
    for &(from, to) in plain {
        root.draw(&PathElement::new(curve(from, to, 0), NULL.day.stroke_width(1)))?;
    }
    for &(from, to) in falling {
        let curve = curve(from, to, 6);
        // In the middle of the arc, its leftmost point.
        root.draw(&Cross::new(curve[curve.len() / 2], 5, FALLS.day.stroke_width(2)))?;
        root.draw(&PathElement::new(curve, FALLS.day.stroke_width(2)))?;
    }
    for row in 0..rows {
        root.draw(&Circle::new((DOTS, middle(row)), 5, TEXT.day.filled()))?;
    }
    Ok(())
}

const fn middle(row: usize) -> i32 {
    (row as u32 * ROW + ROW / 2) as i32
}

/// A cubic curve from dot to dot, the wider the further, `inwards` narrower.
fn curve(from: usize, to: usize, inwards: i32) -> Vec<(i32, i32)> {
    let reach = f64::from((18 + 15 * from.abs_diff(to) as i32).min(DOTS - 4) - inwards);
    let (start, end) = (f64::from(middle(from)), f64::from(middle(to)));
    let at = |point: i32| {
        let (t, dots) = (f64::from(point) / f64::from(POINTS), f64::from(DOTS));
        // Both handles lie `reach` to the left, at the height of their own end.
        let (near, far) = (1.0 - t, 3.0 * t * (1.0 - t));
        let left = dots - reach * far;
        let height = start * (near.powi(3) + far * near) + end * (far * t + t.powi(3));
        (left.round() as i32, height.round() as i32)
    };
    (0..=POINTS).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arcs_go_from_dot_to_dot() {
        let arc = curve(0, 2, 0);
        assert_eq!((arc[0], arc[arc.len() - 1]), ((DOTS, 29), (DOTS, 145)));
        // Half way, a cubic curve is at three quarters of its handles: 0.75 * (18 + 15 * 2).
        assert_eq!(arc[arc.len() / 2], (DOTS - 36, 87));
        assert!(curve(0, 40, 0).iter().all(|(x, _)| *x > 0), "a far one stays on paper");
    }
}
