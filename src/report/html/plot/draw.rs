//! From a chart to its SVG.

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::prelude::*;

use super::marks;
use super::palette::{AXIS, GRID, Ink, NULL, TEXT, series};
use super::{Chart, Line, PlotError};

/// In the SVG's own units; the page scales it.
const WIDTH: u32 = 420;
const HEIGHT: u32 = 270;
/// Room for the labels of the axes and around everything.
const BELOW: u32 = 26;
const LEFT: u32 = 46;
const ABOVE: u32 = 12;
/// Width of a letter, and room between two lines of text.
const LETTER: f64 = 8.2;
const LINE_OF_TEXT: i32 = 13;
/// The SVG backend divides a font's size by this; what stays is the size on paper.
const BACKEND_SHARE: f64 = 1.24;
const FONT: f64 = 11.0;

type Root<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Places on paper that the marks and names of the lines need.
struct Places {
    marks: Vec<Vec<(i32, i32)>>,
    /// Where each line ends.
    ends: Vec<Option<(i32, i32)>>,
    /// The right and lower edge of the drawing.
    corner: (i32, i32),
}

/// The chart as a figure.
///
/// # Errors
/// The charting crate refuses.
pub fn figure(chart: &Chart) -> Result<Markup, PlotError> {
    let mut drawn = String::new();
    let root = SVGBackend::with_string(&mut drawn, (WIDTH, HEIGHT)).into_drawing_area();
    let places = axes_and_lines(chart, &root).map_err(|error| PlotError(error.to_string()))?;
    root.present().map_err(|error| PlotError(error.to_string()))?;
    drop(root);
    let count: usize = chart.lines.iter().map(|line| line.marks.len()).sum();
    let named = chart.lines.len() > 1 || chart.lines.iter().any(|line| !line.name.is_empty());
    Ok(html! {
        figure {
            figcaption { strong { (chart.title) } @if !chart.note.is_empty() { " " span class="note" { (chart.note) } } }
            svg class="chart" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" data-marks=(count) aria-label=(in_words(chart)) {
                (PreEscaped(inside(&drawn)))
                text class="axis" x=(places.corner.0) y=(HEIGHT - 2) text-anchor="end" fill=(super::palette::hex(TEXT.day)) {
                    (chart.x.name)
                }
                @if named { (names(chart, &places)) }
                @for (place, line) in chart.lines.iter().enumerate() {
                    @for (mark, at) in line.marks.iter().zip(&places.marks[place]) { (marks::mark(mark, place, *at)) }
                }
            }
        }
    })
}

/// What lies between the backend's own outer tags: the page's SVG has its own.
pub(super) fn inside(svg: &str) -> &str {
    let after = svg.find('>').map_or(svg, |end| &svg[end + 1..]);
    after.rfind("</svg>").map_or(after, |end| &after[..end])
}

/// The chart for those who do not see it: each line's name and the ends of what it shows.
fn in_words(chart: &Chart) -> String {
    let of_line = |line: &Line| {
        let name = if line.name.is_empty() { "" } else { &line.name };
        let ends = (line.marks.first(), line.marks.last());
        match ends {
            (Some(first), Some(last)) if line.marks.len() > 1 => {
                format!("{name}: from {} to {}", first.says, last.says)
            }
            (Some(only), _) => format!("{name}: {}", only.says),
            _ => name.to_owned(),
        }
    };
    let lines: Vec<String> = chart.lines.iter().map(of_line).collect();
    format!("{}. {}", chart.title, lines.join(". "))
}

fn axes_and_lines(chart: &Chart, root: &Root<'_>) -> Result<Places, DrawingAreaErrorKind<std::io::Error>> {
    let (x, y) = (&chart.x, &chart.y);
    let letters = chart.lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
    let right = ((letters as f64 * LETTER) as u32 + 14).clamp(14, WIDTH * 3 / 8);
    let mut context = ChartBuilder::on(root)
        .margin_top(ABOVE)
        .margin_right(right)
        .margin_left(2)
        .margin_bottom(14)
        .x_label_area_size(BELOW)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(x.clone(), y.clone())?;
    let font = ("sans-serif", FONT * BACKEND_SHARE).into_font().color(&TEXT.day);
    context
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID.day)
        .axis_style(AXIS.day)
        .label_style(font)
        .draw()?;
    let shown = |at: f64, height: f64| (x.holds(at) && y.holds(height)).then_some((at, height));
    if let Some(level) = chart.level.filter(|level| y.holds(*level)) {
        let ends = x.range();
        context.draw_series(dashes([(ends.start, level), (ends.end, level)].into_iter(), NULL))?;
    }
    for (number, line) in chart.lines.iter().enumerate() {
        let ink = series(number).day;
        let null: Vec<_> = line.null.iter().filter_map(|&(at, height)| shown(at, height)).collect();
        context.draw_series(dashes(null.into_iter(), NULL))?;
        let bands = line.means.iter().filter_map(|mean| {
            let sd = mean.sd.filter(|sd| sd.is_finite())?;
            let (at, high) = shown(mean.x, mean.y + sd)?;
            // A spread that reaches below zero has no logarithm: it reaches the edge.
            Some((at, shown(at, mean.y - sd).map_or(y.range().start, |(_, low)| low), high))
        });
        let bands: Vec<(f64, f64, f64)> = bands.collect();
        let means: Vec<_> = line.means.iter().filter_map(|mean| shown(mean.x, mean.y)).collect();
        if x.is_of_words() {
            let upright =
                |&(at, low, high): &(f64, f64, f64)| PathElement::new(vec![(at, low), (at, high)], ink.stroke_width(2));
            context.draw_series(bands.iter().map(upright))?;
        } else if means.len() > 1 {
            let edge = bands.iter().map(|&(at, _, high)| (at, high));
            let edge: Vec<_> = edge.chain(bands.iter().rev().map(|&(at, low, _)| (at, low))).collect();
            if !edge.is_empty() {
                context.draw_series(std::iter::once(Polygon::new(edge, ink.mix(0.16))))?;
            }
            context.draw_series(LineSeries::new(means.iter().copied(), ink.stroke_width(2)))?;
        }
        let size = if x.is_of_words() { 3 } else { 2 };
        context.draw_series(means.into_iter().map(|at| Circle::new(at, size, ink.filled())))?;
    }
    let on_paper = |at: (f64, f64)| context.backend_coord(&at);
    let marks = chart.lines.iter().map(|line| line.marks.iter().map(|mark| on_paper((mark.x, mark.y))).collect());
    let end = |line: &Line| {
        let means = line.means.iter().map(|mean| (mean.x, mean.y));
        let last =
            means.chain(line.marks.iter().map(|mark| (mark.x, mark.y))).reduce(|a, b| if b.0 > a.0 { b } else { a });
        last.map(on_paper)
    };
    Ok(Places {
        marks: marks.collect(),
        ends: chart.lines.iter().map(end).collect(),
        corner: context.backend_coord(&(x.range().end, y.range().start)),
    })
}

/// A dashed line.
fn dashes<I: Iterator<Item = (f64, f64)> + Clone>(points: I, ink: Ink) -> DashedLineSeries<I, u32> {
    DashedLineSeries::new(points, 3, 4, ink.day.stroke_width(1))
}

/// Each line's name at its end, pushed apart where they would lie over one another.
fn names(chart: &Chart, places: &Places) -> Markup {
    let mut order: Vec<(usize, i32)> =
        places.ends.iter().enumerate().filter_map(|(line, end)| Some((line, end.as_ref()?.1))).collect();
    order.sort_by_key(|&(line, height)| (height, line));
    let mut lowest = i32::from(FONT as i8);
    for (_, height) in &mut order {
        *height = (*height).max(lowest);
        lowest = *height + LINE_OF_TEXT;
    }
    // What was pushed below the drawing moves up again, with all above it.
    let mut highest = places.corner.1;
    for (_, height) in order.iter_mut().rev() {
        *height = (*height).min(highest);
        highest = *height - LINE_OF_TEXT;
    }
    html! {
        @for (line, height) in order {
            text class="name" x=(places.corner.0 + 8) y=(height + 4) fill=(super::palette::hex(series(line).day)) {
                (chart.lines[line].name)
            }
        }
    }
}
