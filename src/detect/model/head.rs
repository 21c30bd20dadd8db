//! Is the head tied? Decided by behaviour: move the embedding row of a word that the input does not hold. The look-up
//! does not read it, so only a tied head can follow; one of its own reads nothing that moved and changes by exactly 0.

use crate::detect::{ModelEvidence, Moment, Sighting, Stage, rounding};
use crate::question::Head;

/// A tied head's logit moves by h . delta with a random delta of the rows' own length: all T of them round to exactly 0 with
/// a probability far below eps_f32.
fn tied(moment: &Moment) -> bool {
    moment.row.own > 0.0
}

fn sighting(moment: &Moment) -> Sighting {
    let row = moment.row;
    let message = format!(
        "the embedding row of word {}, which the input does not hold, was moved by {:.3}: no logit of it changed",
        row.word, row.by
    );
    Sighting::new(moment.stage.to_string(), message)
}

/// The moments that are untied though the one before, of the kind that `before` accepts, was tied.
fn lost(evidence: &ModelEvidence, now: fn(Stage) -> bool, before: fn(Stage) -> bool) -> Vec<Sighting> {
    let moments = &evidence.moments;
    let of_kind = moments.iter().enumerate().filter(|(_, moment)| now(moment.stage) && !tied(moment));
    let followed = |at: usize| moments[..at].iter().rev().find(|moment| before(moment.stage)).is_some_and(tied);
    let first = of_kind.into_iter().find(|&(at, _)| said(evidence) && followed(at));
    first.map(|(_, moment)| sighting(moment)).into_iter().collect()
}

fn said(evidence: &ModelEvidence) -> bool {
    evidence.said.head == Head::Tied
}

pub fn not_tied(evidence: &ModelEvidence) -> Vec<Sighting> {
    let start = evidence.moments.iter().find(|moment| moment.stage == Stage::Start);
    start.filter(|moment| said(evidence) && !tied(moment)).map(sighting).into_iter().collect()
}

pub fn lost_in_training(evidence: &ModelEvidence) -> Vec<Sighting> {
    lost(evidence, |stage| matches!(stage, Stage::Trained(_)), |stage| !matches!(stage, Stage::Reloaded(_)))
}

pub fn lost_on_disk(evidence: &ModelEvidence) -> Vec<Sighting> {
    lost(evidence, |stage| matches!(stage, Stage::Reloaded(_)), |stage| matches!(stage, Stage::Trained(_)))
}

/// No other word's logit is computed from that row: what moves it is something that mixes the rows.
pub fn mixed(evidence: &ModelEvidence) -> Vec<Sighting> {
    let look = |moment: &Moment| {
        let tolerance = rounding::logits(moment);
        (moment.row.others > tolerance).then(|| {
            let message = format!(
                "the row of word {}, which the input does not hold, moved other words' logits by {:.2e} ({tolerance:.1e} is \
                 rounding)",
                moment.row.word, moment.row.others
            );
            Sighting::new(moment.stage.to_string(), message)
        })
    };
    evidence.moments.iter().find_map(look).into_iter().collect()
}
