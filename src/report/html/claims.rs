//! The claims of a paper: verdict and sentence in one line, which opens to the rule and everything behind it.

use maud::{Markup, html};

use super::flips;
use super::plot::{PlotError, correlation, figure};
use super::sources::Sources;
use super::words::{anchor, chip, counted, quantity, scroll_box};
use crate::claim::compact;
use crate::judge::{BaseRuling, ClaimResult, Statistic, Verdict};
use crate::report::provenance::in_words;

/// One claim.
///
/// # Errors
/// A chart cannot be drawn.
pub fn claim(claim: &ClaimResult, sources: Sources<'_>) -> Result<Markup, PlotError> {
    let charts = correlation(claim, sources).iter().map(figure).collect::<Result<Vec<_>, _>>()?;
    Ok(html! {
        details class="claim" id=(anchor(&[&claim.id])) {
            summary {
                (chip(&claim.verdict))
                span class="says" { (claim.says) }
                span class="by" {
                    code { (claim.id) }
                    @if let Some(shown) = decisive(claim) { " " span class="number" { (shown) } }
                }
            }
            div class="body" {
                p { strong { "Rule" } " (" (claim.kind) "): " (claim.rule) }
                (on_record(claim))
                @for (base, ruling) in claim.by_base.iter().filter(|(_, ruling)| !ruling.evidence.is_empty()) {
                    p { (chip(&ruling.verdict)) " on the " strong { (base) } " base: " (ruling.evidence) }
                    @for found in &ruling.detected {
                        p class="note" { "Seen there: " code { (found.code) } " at " (found.place) ": " (found.message) }
                    }
                }
                (statistics(claim))
                (flips::of_claim(claim, sources))
                @if !charts.is_empty() { div class="charts" { @for chart in &charts { (chart) } } }
                (values(claim, sources))
            }
        }
    })
}

/// `ratio 4.114 [3.759, 4.502]`, or why nothing was decided.
fn decisive(claim: &ClaimResult) -> Option<String> {
    if let Verdict::NotChecked(reason) = &claim.verdict {
        return Some(reason.clone());
    }
    let statistic = claim.statistic.as_ref()?;
    let estimate = compact(statistic.estimate?);
    Some(match statistic.low.zip(statistic.high) {
        Some((low, high)) => format!("{} {estimate} [{}, {}]", statistic.what, compact(low), compact(high)),
        None => format!("{} {estimate}", statistic.what),
    })
}

/// The verdict of the paper's file beside today's.
fn on_record(claim: &ClaimResult) -> Markup {
    html! {
        @if claim.as_recorded == Some(false) {
            p class="far" { strong { "Recorded" } " as " em { (claim.recorded) } ": " (claim.because) }
        } @else if !claim.because.is_empty() {
            p { strong { "Reading" } ": " (claim.because) }
        }
        @if let Some(flaw) = &claim.flaw { p { strong { "Flaw" } ": " (flaw) } }
        @if let Some(look) = &claim.second_look {
            p { "Left open by the first seeds and asked again of fresh ones: " (seeds(&look.seeds)) "." }
        }
    }
}

/// `1 to 3`, or one by one where they do not follow each other.
pub fn seeds(seeds: &[u64]) -> String {
    let in_a_row = seeds.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
    match (seeds.first(), seeds.last()) {
        (Some(first), Some(last)) if in_a_row && seeds.len() > 2 => format!("seeds {first} to {last}"),
        _ => format!(
            "seed{} {}",
            if seeds.len() == 1 { "" } else { "s" },
            seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The columns behind a statistic's name.
const STATISTICS: [&str; 8] =
    ["estimate", "low", "high", "under the null", "p", "p (Holm, paper)", "p (BH, report)", "would settle"];

/// The numbers that decided, base by base.
fn statistics(claim: &ClaimResult) -> Markup {
    let decided: Vec<(&&str, &BaseRuling, &Statistic)> =
        claim.by_base.iter().filter_map(|(base, ruling)| Some((base, ruling, ruling.statistic.as_ref()?))).collect();
    let cell =
        |value: Option<f64>| html! { td { @if let Some(value) = value { (compact(value)) } @else { "\u{2013}" } } };
    html! {
        @if !decided.is_empty() {
            (scroll_box(&format!("Statistics of {}", claim.id), html! {
                table class="numbers" {
                    thead { tr {
                        th scope="col" { "base" } th scope="col" class="words" { "statistic" }
                        @for head in STATISTICS { th scope="col" { (head) } }
                    } }
                    tbody { @for (base, ruling, statistic) in decided {
                        tr {
                            th scope="row" { (base) }
                            td class="words" { (statistic.what) }
                            (cell(statistic.estimate)) (cell(statistic.low)) (cell(statistic.high)) (cell(statistic.null))
                            (cell(statistic.p_value)) (cell(statistic.p_holm)) (cell(statistic.p_accusation))
                            td { @match ruling.settles_with {
                                Some((few, many)) if few < many => { (few) " to " (many) " seeds" },
                                Some((few, _)) => (counted(few, "seed")),
                                None => "\u{2013}",
                            } }
                        }
                    } }
                }
            }))
        }
    }
}

/// What the rule saw: each value's question, and its mean over seeds on each base.
fn values(claim: &ClaimResult, sources: Sources<'_>) -> Markup {
    let Some(origin) = sources.claim(&claim.id).filter(|origin| !origin.questions.is_empty()) else {
        return Markup::default();
    };
    let asked: Vec<_> = origin.questions.iter().filter_map(|&place| sources.question(place)).collect();
    html! {
        details class="values" {
            summary { "What the rule saw (" (counted(asked.len(), "question")) ")" }
            (scroll_box(&format!("Values of {}", claim.id), html! {
                table class="numbers" {
                    thead { tr {
                        th scope="col" { "question" }
                        @for base in claim.by_base.keys() { th scope="col" { (base) } }
                    } }
                    tbody { @for (place, (anchor, question)) in asked.iter().enumerate() {
                        tr {
                            th scope="row" {
                                a href={ "#" (anchor) } { (quantity(question.quantity)) }
                                " " span class="note" { (in_words(&question.condition)) }
                            }
                            @for ruling in claim.by_base.values() {
                                td {
                                    // Where a run was refused, the rule saw fewer values than were asked for.
                                    @if ruling.values.len() == asked.len() { (compact(ruling.values[place])) }
                                    @else { "\u{2013}" }
                                }
                            }
                        }
                    } }
                }
            }))
        }
    }
}
