//! What makes an effect: it must be there with the flaw and refuted, not merely missing, without it.

use super::evidence::{Region, Requirement, Test, as_is, weigh};
use super::{ClaimError, Outcome, Rule, Ruling};

/// science.md, "Deciding", artifact: confirmed with the flaw; refuted without it; the paired difference clear of 0.
pub(super) fn caused_by(effect: &Rule, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let halves = |seed: &Vec<f64>| -> (Vec<f64>, Vec<f64>) {
        let (with, without) = seed.split_at(effect.width());
        (with.to_vec(), without.to_vec())
    };
    let (with, without): (Vec<_>, Vec<_>) = seeds.iter().map(halves).unzip();
    let (there, gone) = (effect.decide(&with)?, effect.decide(&without)?);
    let pairs = with.iter().zip(&without);
    let differences: Option<Vec<f64>> =
        pairs.map(|(with, without)| Some(effect.contrast(with)? - effect.contrast(without)?)).collect();
    let mut words = format!("with it {}: {}; without it {}: {}", there.outcome, there.words, gone.outcome, gone.words);
    // What the index alone explains as well is nothing that the effect shows.
    let shown = |ruling: &Ruling| match ruling.outcome {
        Outcome::Confirmed if ruling.confounded => Outcome::Inconclusive,
        outcome => outcome,
    };
    let (outcome, p_value) = match (shown(&there), shown(&gone)) {
        (Outcome::Confirmed, Outcome::Refuted) => (Outcome::Confirmed, larger(there.p_value, gone.p_value)),
        (Outcome::Refuted, _) => (Outcome::Refuted, there.p_value),
        (_, Outcome::Confirmed) => (Outcome::Refuted, gone.p_value),
        _ => (Outcome::Inconclusive, None),
    };
    let mut ruling = Ruling {
        outcome,
        estimate: None,
        low: None,
        high: None,
        what: "difference that the flaw makes",
        p_value,
        settles_with: None,
        words: String::new(),
        confounded: false,
    };
    if let Some(differences) = differences {
        let requirement = [Requirement::from_values("difference", &differences, Region::Above(0.0))?];
        let weighed = weigh(&requirement, Test::Interval)?;
        let paired = Ruling::on(&requirement, Test::Interval, &weighed, 0, ruling.what, as_is, String::new())?;
        words = format!("{words}; {}", requirement[0].words(Test::Interval, as_is)?);
        (ruling.estimate, ruling.low, ruling.high) = (paired.estimate, paired.low, paired.high);
        if ruling.outcome == Outcome::Confirmed && weighed.outcome != Outcome::Confirmed {
            (ruling.outcome, ruling.p_value, ruling.settles_with) = (Outcome::Inconclusive, None, weighed.settles_with);
        }
    } else if ruling.outcome == Outcome::Confirmed {
        words.push_str("; one seed says nothing of this kind of effect, so that its change cannot be tested");
        (ruling.outcome, ruling.p_value) = (Outcome::Inconclusive, None);
    }
    Ok(Ruling { words, ..ruling })
}

fn larger(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a?.max(b?))
}
