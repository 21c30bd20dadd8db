//! What the loss and the logits of a model say of each other, and of ln V.

use faer::Mat;

use crate::detect::{LEVEL, ModelEvidence, Moment, Sighting, Stage, rounding};
use crate::question::Head;
use crate::stats::SampleMean;

/// A tied model that starts above ln V, by a one-sided t test over held-out sequences at [`LEVEL`]: sequences at uniform
/// offsets are the independent draws.
pub fn uninformed(evidence: &ModelEvidence) -> Vec<Sighting> {
    let even = (evidence.base.config.vocab as f64).ln();
    let Ok(sample) = SampleMean::of(&evidence.first_losses) else { return Vec::new() };
    match sample.p_above(even) {
        Ok(p) if evidence.said.head == Head::Tied && p < LEVEL => {
            let message = format!(
                "{:.4} nats over {} held-out sequences (p {p:.1e}), guessing evenly gives ln {} = {even:.4}",
                sample.mean, sample.count, evidence.base.config.vocab
            );
            vec![Sighting::new(Stage::Start.to_string(), message)]
        }
        _ => Vec::new(),
    }
}

/// The logits before the cut are computed from the same words in both passes; only the order of sums, which no backend
/// needs to change, could tell them apart.
pub fn future(evidence: &ModelEvidence) -> Vec<Sighting> {
    let look = |moment: &Moment| {
        let change = rounding::furthest(
            &moment.logits.subrows(0, moment.cut).to_owned(),
            &moment.elsewhere.subrows(0, moment.cut).to_owned(),
        );
        let tolerance = rounding::logits(moment);
        (change > tolerance).then(|| {
            let message = format!(
                "other words from place {} on move the logits before it by {change:.2e} ({tolerance:.1e} is rounding)",
                moment.cut + 1
            );
            Sighting::new(moment.stage.to_string(), message)
        })
    };
    evidence.moments.iter().find_map(look).into_iter().collect()
}

/// What a reported loss can be.
enum Reading {
    Shifted,
    Unshifted,
    Foreign,
}

fn reading(moment: &Moment) -> (Reading, f64, f64) {
    let targets = |from: usize| cross_entropy(&moment.logits, &moment.probe[from..]);
    let (shifted, unshifted) = (targets(1), targets(0));
    let near = |loss: f64| (moment.loss - loss).abs() <= rounding::cross_entropy(&moment.logits);
    let reading = match () {
        () if near(shifted) => Reading::Shifted,
        () if near(unshifted) => Reading::Unshifted,
        () => Reading::Foreign,
    };
    (reading, shifted, unshifted)
}

/// Mean of -ln softmax(logits `[T, V]`)[target] in nats.
fn cross_entropy(logits: &Mat<f64>, targets: &[u32]) -> f64 {
    let of_row = |(row, &target): (usize, &u32)| {
        let values = || logits.row(row).iter().copied().collect::<Vec<f64>>();
        let most = values().into_iter().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = values().into_iter().map(|x| (x - most).exp()).sum();
        most + sum.ln() - logits[(row, target as usize)]
    };
    let rows = logits.nrows().min(targets.len());
    targets[..rows].iter().enumerate().map(of_row).sum::<f64>() / rows as f64
}

pub fn unshifted(evidence: &ModelEvidence) -> Vec<Sighting> {
    let look = |moment: &Moment| match reading(moment) {
        (Reading::Unshifted, shifted, unshifted) => {
            let message = format!(
                "the loss {:.4} is the cross-entropy of each word against itself, {unshifted:.4}; against the next it is \
                 {shifted:.4}",
                moment.loss
            );
            Some(Sighting::new(moment.stage.to_string(), message))
        }
        _ => None,
    };
    evidence.moments.iter().find_map(look).into_iter().collect()
}

pub fn foreign(evidence: &ModelEvidence) -> Vec<Sighting> {
    let look = |moment: &Moment| match reading(moment) {
        (Reading::Foreign, shifted, _) => {
            let message = format!(
                "the loss is {:.4}, the cross-entropy of the model's own logits {shifted:.4} nats: {:.4} times it",
                moment.loss,
                moment.loss / shifted
            );
            Some(Sighting::new(moment.stage.to_string(), message))
        }
        _ => None,
    };
    evidence.moments.iter().find_map(look).into_iter().collect()
}
