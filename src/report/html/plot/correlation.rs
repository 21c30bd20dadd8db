//! A claimed correlation: the points, and what is left of both when what the sweep varied is taken out.

use super::of_tables::sentence;
use super::{Axis, Chart, Line, Mark, axis_of};
use crate::claim::compact;
use crate::judge::ClaimResult;
use crate::report::html::sources::Sources;
use crate::report::html::words::quantity;
use crate::report::provenance::in_words;

/// Two charts for each base of a claim whose rule is a correlation over an index; none for other claims.
pub fn of_claim(claim: &ClaimResult, sources: Sources<'_>) -> Vec<Chart> {
    let Some(origin) = sources.claim(&claim.id).filter(|origin| !origin.index.is_empty()) else { return Vec::new() };
    let count = origin.index.len();
    let asked: Vec<_> = origin.questions.iter().filter_map(|&place| sources.question(place)).collect();
    let names = |at: usize| asked.get(at).map_or_else(String::new, |(_, asked)| quantity(asked.quantity));
    let (x_name, y_name) = (names(0), names(count));
    let mut charts = Vec::new();
    for (base, ruling) in &claim.by_base {
        if ruling.values.len() != 2 * count {
            continue;
        }
        let (x, y) = ruling.values.split_at(count);
        let marks = |x: &[f64], y: &[f64]| -> Vec<Mark> {
            let of_point = |at: usize| Mark {
                x: x[at],
                y: y[at],
                says: asked.get(count + at).map_or_else(String::new, |(_, asked)| {
                    format!("{}: {} and {}", in_words(&asked.condition), compact(x[at]), compact(y[at]))
                }),
                leads_to: asked.get(count + at).map(|(anchor, _)| anchor.clone()),
                printed: false,
                label: compact(origin.index[at]),
            };
            (0..count).map(of_point).collect()
        };
        let chart = |title: String, note: String, x: &[f64], y: &[f64]| {
            let lines = vec![Line { marks: marks(x, y), ..Line::default() }];
            Chart { title, note, x: Axis::over(&x_name, x), y: axis_of(&lines, None), lines, level: None }
        };
        let swept = swept(&asked.iter().map(|(_, asked)| *asked).take(count).collect::<Vec<_>>());
        let title = format!("{} against {x_name}", sentence(&y_name));
        charts.push(chart(title, format!("{base} base; beside each point its {swept}"), x, y));
        if let (Some(x), Some(y)) = (residuals(&origin.index, x), residuals(&origin.index, y)) {
            let title = format!("What is left of both without {swept}");
            charts.push(chart(title, format!("{base} base; residuals of straight lines over {swept}"), &x, &y));
        }
    }
    charts
}

/// The field of the condition that the sweep varies.
fn swept(asked: &[&crate::report::provenance::Asked]) -> String {
    let Some((first, others)) = asked.split_first() else { return "index".to_owned() };
    let moves = |name: &&String| others.iter().any(|other| other.condition.get(*name) != first.condition.get(*name));
    first
        .condition
        .keys()
        .find(moves)
        .map_or_else(|| "index".to_owned(), |name| crate::report::html::words::field(name))
}

/// What a straight line over `index` leaves of `values`; `None` where all of the index is one number.
fn residuals(index: &[f64], values: &[f64]) -> Option<Vec<f64>> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (of_index, of_values) = (mean(index), mean(values));
    let spread: f64 = index.iter().map(|i| (i - of_index).powi(2)).sum();
    let joint: f64 = index.iter().zip(values).map(|(i, v)| (i - of_index) * (v - of_values)).sum();
    let slope = joint / spread;
    let left = index.iter().zip(values).map(|(i, v)| v - of_values - slope * (i - of_index));
    (spread > 0.0).then(|| left.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the line through (0, 0), (1, 2), (2, 1) with least squares has slope 1/2 and height 1 in the middle.
    #[test]
    fn residuals_of_a_line() {
        assert_eq!(residuals(&[0.0, 1.0, 2.0], &[0.0, 2.0, 1.0]), Some(vec![-0.5, 1.0, -0.5]));
        assert_eq!(residuals(&[1.0, 1.0], &[0.0, 2.0]), None);
    }
}
