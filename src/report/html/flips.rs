//! What becomes of a claim when one thing about its experiment is changed: in the claim, and as a matrix over all claims.
//! Nothing where nothing was flipped.

use maud::{Markup, html};

use super::sources::Sources;
use super::words::{anchor, chip, counted, field, link, scroll_box, unseen};
use crate::claim::compact;
use crate::judge::{ClaimResult, Fate, FlipResult};
use crate::report::Document;
use crate::report::flips::{column, columns, flipped, words};

/// How a fate looks: its class and sign.
const fn look(fate: Fate) -> (&'static str, &'static str) {
    match fate {
        Fate::Holds => ("same", "\u{2713}"),
        Fate::Fails => ("far", "\u{2717}"),
        Fate::ChangesSign => ("far", "\u{21c4}"),
        Fate::Unclear => ("near", "?"),
        Fate::NotAsked => ("note", "\u{2013}"),
    }
}

/// The flips of one claim, those that its verdict hangs on first.
pub fn of_claim(claim: &ClaimResult, sources: Sources<'_>) -> Markup {
    let mut flips: Vec<(usize, &FlipResult)> = claim.flips.iter().enumerate().collect();
    flips.sort_by_key(|(_, flip)| flip.makes.is_none());
    let asked = sources.claim(&claim.id).map_or(&[] as &[_], |origin| &origin.flips);
    html! {
        @if !flips.is_empty() {
            details class="values" open[flips.iter().any(|(_, flip)| flip.makes.is_some())] {
                summary { "With one thing changed" @if claim.robust { ": it holds whatever is changed" } }
                (scroll_box(&format!("Flips of {}", claim.id), html! {
                    table class="numbers" {
                        thead { tr {
                            @for head in ["changed", "to", "from", "the claim", "difference", "p", "p (BH, report)", "evidence", "asked"] { th scope="col" { (head) } }
                        } }
                        tbody { @for (place, flip) in flips { (line(flip, asked.get(place).map_or(&[], Vec::as_slice), sources)) } }
                    }
                }))
            }
        }
    }
}

/// `asked`: the places of the flip's questions.
fn line(flip: &FlipResult, asked: &[usize], sources: Sources<'_>) -> Markup {
    let (class, sign) = look(flip.fate);
    html! {
        tr {
            th scope="row" { (field(flip.field)) }
            td { (flip.to) }
            td { (flip.own) }
            td class=(class) { (sign) " " (words(flip.fate)) @if let Some(verdict) = &flip.makes { ": " (chip(verdict)) } }
            td { @if let Some((mean, low, high)) = flip.difference { (compact(mean)) " [" (compact(low)) ", " (compact(high)) "]" } }
            td { @if let Some(p) = flip.p_value { (compact(p)) } }
            td { @if let Some(p) = flip.p_accusation { (compact(p)) } }
            td class="words" { (flip.evidence) }
            td {
                @if let Some((anchor, _)) = asked.first().and_then(|&place| sources.question(place)) {
                    a href={ "#" (anchor) } { (counted(asked.len(), "question")) }
                }
            }
        }
    }
}

/// Claims by what is changed: each cell says what becomes of the claim.
pub fn matrix(document: &Document) -> Markup {
    let claims = flipped(document);
    let (columns, fields) = columns(&claims);
    let of_field = |field: &str| columns.iter().filter(|column| column.0 == field).count();
    html! {
        @if !claims.is_empty() {
            section id="flips" {
                h2 { "What each claim hangs on" }
                p class="legend" {
                    "Each claim again with one thing changed about its experiment. "
                    @for fate in [Fate::Holds, Fate::Fails, Fate::ChangesSign, Fate::Unclear, Fate::NotAsked] {
                        span class=(look(fate).0) { (look(fate).1) " " (words(fate)) } "; "
                    }
                    "framed: the verdict hangs on it; empty: it has no meaning for the claim."
                }
                (scroll_box("Claims by what is changed", html! {
                    table class="flips" {
                        thead {
                            tr { td {} @for name in &fields { th scope="colgroup" colspan=(of_field(name)) { (field(name)) } } }
                            tr { th scope="col" { "claim" } @for (_, value) in &columns { th scope="col" class="value" { span { (value) } } } }
                        }
                        tbody { @for claim in &claims {
                            tr {
                                th scope="row" { (chip(&claim.verdict)) " " (link(&[&claim.id], &claim.id)) }
                                @for wanted in &columns {
                                    td { @if let Some(flip) = claim.flips.iter().find(|flip| column(flip) == *wanted) { (cell(claim, flip)) } }
                                }
                            }
                        } }
                    }
                }))
            }
        }
    }
}

fn cell(claim: &ClaimResult, flip: &FlipResult) -> Markup {
    let (class, sign) = look(flip.fate);
    let class = if flip.makes.is_some() { format!("{class} hangs") } else { class.to_owned() };
    let title = format!("{}: {} for {}: {}. {}", flip.field, flip.to, flip.own, words(flip.fate), flip.evidence);
    html! {
        a class={ "fate " (class) } href={ "#" (anchor(&[&claim.id])) } tabindex="-1" title=(title) { (sign) (unseen(words(flip.fate))) }
    }
}
