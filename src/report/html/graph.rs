//! Which paper builds on which, and what falls with a claim that does not stand.

use maud::{Markup, html};

use super::plot::{Arc, PlotError, ROW, arcs};
use super::words::{Look, anchor, counted, link};
use crate::report::Document;
use crate::report::provenance::Provenance;

/// A claim that does not stand, and those that lean on it.
struct Toppled<'a> {
    of: &'a str,
    why: Vec<String>,
    leaning: Vec<&'a str>,
}

/// The papers in order, arcs from each to those that it builds on, and the list of what falls.
///
/// # Errors
/// The arcs cannot be drawn.
pub fn graph(document: &Document) -> Result<Markup, PlotError> {
    let papers = &document.provenance;
    let toppled = toppled(document);
    let place = |id: &str| papers.iter().position(|paper| paper.paper == id);
    let of_claim = |claim: &str| place(claim.split("::").next().unwrap_or(claim));
    let mut built: Vec<Arc> = Vec::new();
    for (later, paper) in papers.iter().enumerate() {
        built.extend(paper.builds_on.iter().filter_map(|earlier| Some((place(earlier)?, later))));
    }
    let falling = toppled.iter().flat_map(|fall| fall.leaning.iter().map(move |claim| (fall.of, *claim)));
    let mut falling: Vec<Arc> =
        falling.filter_map(|(of, claim)| Some((of_claim(of)?, of_claim(claim)?))).filter(|(a, b)| a != b).collect();
    falling.sort_unstable();
    falling.dedup();
    if papers.len() < 2 {
        return Ok(Markup::default());
    }
    let drawn = arcs(papers.len(), &built, &falling, &in_words(papers, &built))?;
    Ok(html! {
        section id="series" {
            h2 { "How the papers hang together" }
            p class="legend" {
                span class="key" aria-hidden="true" {} " builds on; "
                span class="key falls" aria-hidden="true" { "\u{2715}" }
                " leans on a claim that does not stand"
            }
            div class="graph" {
                (drawn)
                ol style={ "--row:" (ROW) "px" } { @for paper in papers { (row(document, paper, &toppled)) } }
            }
            (falls(document, &toppled))
        }
    })
}

fn row(document: &Document, paper: &Provenance, toppled: &[Toppled<'_>]) -> Markup {
    let title = document.papers.iter().find(|result| result.id == paper.paper).map_or("", |result| &result.title);
    let own = |claim: &&str| claim.split("::").next() == Some(paper.paper.as_str());
    let leaning: std::collections::BTreeSet<&str> =
        toppled.iter().flat_map(|fall| fall.leaning.iter().copied()).filter(|claim| own(claim)).collect();
    let leaning = leaning.len();
    html! {
        li {
            a href={ "#" (anchor(&[&paper.paper])) } { strong { (paper.paper) } " " (title) }
            @if leaning > 0 {
                span class="far" { (counted(leaning, "claim")) (if leaning == 1 { " leans" } else { " lean" }) " on what does not stand" }
            }
        }
    }
}

fn in_words(papers: &[Provenance], built: &[Arc]) -> String {
    let arcs =
        built.iter().map(|&(earlier, later)| format!("{} builds on {}", papers[later].paper, papers[earlier].paper));
    arcs.collect::<Vec<_>>().join("; ")
}

/// Claims that this run contradicts or that a later paper withdraws, where others lean on them.
fn toppled(document: &Document) -> Vec<Toppled<'_>> {
    let claims = || document.papers.iter().flat_map(|paper| &paper.claims);
    let origins = || document.provenance.iter().flat_map(|paper| &paper.claims);
    let standings = || document.provenance.iter().flat_map(|paper| paper.standings.iter().map(move |of| (paper, of)));
    let mut named: Vec<&str> = origins().flat_map(|origin| origin.leans_on.iter().map(String::as_str)).collect();
    named.sort_unstable();
    named.dedup();
    let of_claim = |of: &'_ str| {
        let judged = claims().find(|claim| claim.id == of).filter(|claim| Look::of(&claim.verdict).is_contradicted());
        let judged = judged.map(|claim| format!("{} here", claim.verdict));
        let withdrawn = standings().filter(|(_, standing)| standing.withdrawn && standing.of == of);
        let withdrawn = withdrawn.map(|(by, standing)| {
            let called = if standing.is == "artifact" { "an artifact" } else { standing.is };
            format!("called {called} by {}", by.paper)
        });
        judged.into_iter().chain(withdrawn).collect::<Vec<_>>()
    };
    let fall = |of| Toppled {
        of,
        why: of_claim(of),
        leaning: origins()
            .filter(|origin| origin.leans_on.iter().any(|on| on == of))
            .map(|origin| origin.id.as_str())
            .collect(),
    };
    named.into_iter().map(fall).filter(|fall| !fall.why.is_empty()).collect()
}

fn falls(document: &Document, toppled: &[Toppled<'_>]) -> Markup {
    let known = |id: &str| document.papers.iter().flat_map(|paper| &paper.claims).any(|claim| claim.id == id);
    let named = |id: &str| html! { @if known(id) { (link(&[id], id)) } @else { (id) } };
    html! {
        @if !toppled.is_empty() {
            ul class="list" { @for fall in toppled {
                li {
                    (named(fall.of)) ": " (fall.why.join(", ")) ". Leaning on it: "
                    @for (place, claim) in fall.leaning.iter().enumerate() { @if place > 0 { ", " } (named(claim)) } "."
                }
            } }
        }
    }
}
