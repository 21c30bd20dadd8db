//! The report as one page that needs nothing else: no network, no file beside it.

mod claims;
mod difference;
mod flips;
mod glance;
mod graph;
mod paper;
mod plot;
mod sources;
mod tables;
mod words;

use maud::{DOCTYPE, PreEscaped, html};

pub use plot::PlotError;

use super::Document;
use words::anchor;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
///
/// # Errors
/// A chart cannot be drawn.
pub fn page(document: &Document) -> Result<String, PlotError> {
    let papers = document.papers.iter().map(|paper| paper::paper(document, paper)).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<&str> = document.papers.iter().map(|paper| paper.id.as_str()).collect();
    let graph = graph::graph(document)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "ctlora: " (ids.join(", ")) }
                style { (PreEscaped(STYLE)) "@media (prefers-color-scheme: dark){" (PreEscaped(plot::by_night())) "}" }
            }
            body {
                a class="skip" href="#glance" { "Skip to the answer" }
                nav aria-label="Papers" { @for id in &ids { a href={ "#" (anchor(&[id])) } { (id) } } }
                main {
                    (glance::glance(document))
                    (graph)
                    (flips::matrix(document))
                    @for paper in &papers { (paper) }
                }
                footer { p { (document.schema) ", engine " (document.engine) } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    Ok(page.into_string())
}
