//! Many claims at once: p-values adjusted within a paper, and over what a whole report accuses (science.md, "Deciding").

use super::claims::ClaimResult;
use super::{Inquiry, PaperResult, Verdict};
use crate::question::Base;
use crate::stats::{benjamini_hochberg, holm};

/// Adjusts a paper's p-values and puts the most serious verdicts first.
pub(super) fn adjust_and_sort(result: &mut PaperResult, inquiry: &Inquiry) {
    if let Some(&first) = inquiry.bases.first() {
        adjust(&mut result.claims, first);
    }
    result.claims.sort_by_key(|claim| claim.verdict.rank());
}

/// Multiplicity within a paper: Holm over its claims.
fn adjust(claims: &mut [ClaimResult], first: Base) {
    let bases: Vec<&'static str> = claims.iter().flat_map(|claim| claim.by_base.keys().copied()).collect();
    for base in std::collections::BTreeSet::from_iter(bases) {
        let rulings = claims.iter_mut().filter_map(|claim| claim.by_base.get_mut(base));
        let statistics = rulings.filter_map(|ruling| ruling.statistic.as_mut());
        fill(statistics.map(|statistic| (statistic.p_value, &mut statistic.p_holm)), holm);
    }
    take_first(claims, first);
}

/// A claim's own statistic is that of the papers' base.
fn take_first(claims: &mut [ClaimResult], first: Base) {
    for claim in claims {
        claim.statistic = claim.by_base.get(first.name()).and_then(|ruling| ruling.statistic.clone());
    }
}

/// Multiplicity over a whole report: Benjamini-Hochberg over what it refutes and the artifacts that its flips find, each
/// base a family of its own.
pub(super) fn adjust_accusations(papers: &mut [PaperResult], bases: &[Base]) {
    for (place, &base) in bases.iter().enumerate() {
        let mut accusations = Vec::new();
        for claim in papers.iter_mut().flat_map(|paper| &mut paper.claims) {
            let ruling = claim.by_base.get_mut(base.name()).filter(|ruling| ruling.verdict == Verdict::Refuted);
            let statistic = ruling.and_then(|ruling| ruling.statistic.as_mut());
            accusations.extend(statistic.map(|statistic| (statistic.p_value, &mut statistic.p_accusation)));
            // Flips are made on the papers' own base.
            let flips = claim.flips.iter_mut().filter(|_| place == 0);
            let artifacts = flips.filter(|flip| matches!(flip.makes, Some(Verdict::Artifact(_))));
            accusations.extend(artifacts.map(|flip| (flip.p_value, &mut flip.p_accusation)));
        }
        fill(accusations.into_iter(), benjamini_hochberg);
    }
    if let Some(&first) = bases.first() {
        for paper in papers {
            take_first(&mut paper.claims, first);
        }
    }
}

/// Puts the adjusted p of everything that has one where it belongs.
fn fill<'a>(family: impl Iterator<Item = (Option<f64>, &'a mut Option<f64>)>, adjusted: impl Fn(&[f64]) -> Vec<f64>) {
    let (raw, slots): (Vec<f64>, Vec<&mut Option<f64>>) = family.filter_map(|(p, slot)| Some((p?, slot))).unzip();
    for (slot, p) in slots.into_iter().zip(adjusted(&raw)) {
        *slot = Some(p);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::claims::{BaseRuling, Statistic};
    use super::super::flips::{Fate, FlipResult};
    use super::*;
    use crate::question::Nature;

    fn ruling(verdict: Verdict, p: f64) -> BaseRuling {
        let statistic = Statistic {
            what: "ratio",
            estimate: None,
            low: None,
            high: None,
            null: None,
            p_value: Some(p),
            p_holm: None,
            p_accusation: None,
        };
        BaseRuling {
            verdict,
            statistic: Some(statistic),
            evidence: String::new(),
            settles_with: None,
            values: Vec::new(),
            detected: Vec::new(),
            other_side: None,
        }
    }

    fn flip(makes: Verdict, p: f64) -> FlipResult {
        FlipResult {
            field: "head",
            own: "random".to_owned(),
            to: "tied".to_owned(),
            nature: Nature::Flaw,
            fate: Fate::Fails,
            evidence: String::new(),
            values: Vec::new(),
            at_edge: false,
            difference: None,
            p_value: Some(p),
            p_accusation: None,
            makes: Some(makes),
        }
    }

    fn claim(on_first: BaseRuling, on_second: BaseRuling, flips: Vec<FlipResult>) -> ClaimResult {
        ClaimResult {
            id: "p1::a".to_owned(),
            says: String::new(),
            kind: "ratio",
            rule: String::new(),
            verdict: on_first.verdict.clone(),
            flaw: None,
            recorded: String::new(),
            because: String::new(),
            as_recorded: None,
            statistic: None,
            by_base: BTreeMap::from([("crystallized", on_first), ("trained", on_second)]),
            flips,
            robust: false,
            second_look: None,
        }
    }

    /// By hand, as R's p.adjust(p, "BH"): of .01 and .03 on the papers' base .01*2/1 and .03*2/2; .04 alone on the other.
    #[test]
    fn artifacts_and_refutations_of_a_report_are_one_family() {
        let artifact = || Verdict::Artifact("head: random".to_owned());
        let only_if = Verdict::HoldsOnlyIf("lr: 0.005".to_owned());
        let claims = vec![
            claim(ruling(Verdict::Refuted, 0.01), ruling(Verdict::Confirmed, 1e-6), Vec::new()),
            claim(
                ruling(Verdict::Confirmed, 1e-6),
                ruling(Verdict::Refuted, 0.04),
                vec![flip(artifact(), 0.03), flip(only_if, 1e-6)],
            ),
        ];
        let paper =
            PaperResult { id: "p1".to_owned(), title: String::new(), tables: Vec::new(), derived: Vec::new(), claims };
        let mut papers = [paper];
        adjust_accusations(&mut papers, &[Base::Crystallized, Base::Trained]);
        let [refuted, artifact] = papers[0].claims.as_slice() else { panic!("two claims") };
        let on = |claim: &ClaimResult, base: &str| claim.by_base[base].statistic.as_ref().unwrap().p_accusation;
        assert_eq!([on(refuted, "crystallized"), on(refuted, "trained")], [Some(0.02), None]);
        assert_eq!([on(artifact, "crystallized"), on(artifact, "trained")], [None, Some(0.04)]);
        assert_eq!(artifact.flips.iter().map(|flip| flip.p_accusation).collect::<Vec<_>>(), [Some(0.03), None]);
        assert_eq!(
            refuted.statistic.as_ref().unwrap().p_accusation,
            Some(0.02),
            "the claim's own statistic has it, too"
        );
    }
}
