//! The marks of a chart: a shape for every line, so that colour is never all that tells them apart.

use maud::{Markup, html};

use super::Mark;
use super::palette::{hex, series};

/// The outline of the shape at `place`, around the origin, as SVG path data.
pub const fn shape(place: usize) -> &'static str {
    const SHAPES: [&str; 6] = [
        "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z",
        "M-3.6-3.6h7.2v7.2h-7.2Z",
        "M0-4.8L4.5 3.4H-4.5Z",
        "M0-5.2L5.2 0L0 5.2L-5.2 0Z",
        "M0 4.8L-4.5-3.4H4.5Z",
        "M-1.6-4.8h3.2v3.2h3.2v3.2h-3.2v3.2h-3.2v-3.2h-3.2v-3.2h3.2Z",
    ];
    SHAPES[place % SHAPES.len()]
}

/// A mark at its place on paper.
pub fn mark(mark: &Mark, line: usize, (x, y): (i32, i32)) -> Markup {
    let colour = hex(series(line).day);
    let kind = if mark.printed { "mark printed" } else { "mark measured" };
    let drawn = html! {
        path class=(kind) d=(shape(line)) transform={ "translate(" (x) " " (y) ")" } fill=(colour) stroke=(colour) {
            title { (mark.says) }
        }
        @if !mark.label.is_empty() {
            text class="name" x=(x + 7) y=(y - 6) fill=(colour) { (mark.label) }
        }
    };
    html! {
        @match &mark.leads_to {
            Some(anchor) => a href={ "#" (anchor) } tabindex="-1" { (drawn) },
            None => (drawn),
        }
    }
}
