//! Charts as SVG: axes, lines, bands and nulls are the charting crate's; the marks are ours, since each of them says what it
//! is and leads to where its number comes from.

mod arcs;
mod axis;
mod by_type;
mod correlation;
mod draw;
mod marks;
mod of_tables;
mod palette;
mod trajectories;

pub use arcs::{Arc, ROW, arcs};
pub use by_type::{by_type, own_against_haar};
pub use correlation::of_claim as correlation;
pub use of_tables::of_table;
pub use palette::by_night;
pub use trajectories::trajectories;

pub use draw::figure;

use axis::Axis;

/// A drawing that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a chart could not be drawn: {0}")]
pub struct PlotError(String);

/// A chart and what is said of it.
#[derive(Debug, Clone)]
pub struct Chart {
    pub title: String,
    /// What a reader should know beside it; may be empty.
    pub note: String,
    pub x: Axis,
    pub y: Axis,
    pub lines: Vec<Line>,
    /// A value that means "no difference", drawn across.
    pub level: Option<f64>,
}

/// What one line of a chart shows.
#[derive(Debug, Clone, Default)]
pub struct Line {
    pub name: String,
    /// Drawn one by one, each at its place.
    pub marks: Vec<Mark>,
    /// Means over seeds.
    pub means: Vec<Mean>,
    /// The same measure through random frames.
    pub null: Vec<(f64, f64)>,
}

/// A measured mean, and the standard deviation over seeds.
#[derive(Debug, Clone, Copy)]
pub struct Mean {
    pub x: f64,
    pub y: f64,
    pub sd: Option<f64>,
}

/// A point that a reader can look up.
#[derive(Debug, Clone)]
pub struct Mark {
    pub x: f64,
    pub y: f64,
    /// What it is, in words.
    pub says: String,
    /// The anchor of its provenance.
    pub leads_to: Option<String>,
    /// Printed numbers are hollow, measured ones full.
    pub printed: bool,
    /// A short name beside it; may be empty.
    pub label: String,
}

impl Line {
    /// Every height that the line reaches.
    fn heights(&self) -> impl Iterator<Item = f64> {
        let spread = |mean: &Mean| {
            let sd = mean.sd.unwrap_or(0.0);
            [mean.y, mean.y + sd, if mean.y > 0.0 && mean.y <= sd { mean.y } else { mean.y - sd }]
        };
        let means = self.means.iter().flat_map(spread);
        self.marks.iter().map(|mark| mark.y).chain(means).chain(self.null.iter().map(|(_, y)| *y))
    }
}

/// A vertical axis that holds everything that `lines` show.
fn axis_of<'a>(lines: impl IntoIterator<Item = &'a Line>, level: Option<f64>) -> Axis {
    let heights: Vec<f64> = lines.into_iter().flat_map(Line::heights).chain(level).collect();
    Axis::up(&heights)
}
