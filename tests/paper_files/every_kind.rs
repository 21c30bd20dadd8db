//! A new paper with one claim of each kind is a file, and nothing else.

use std::collections::BTreeSet;

use ctlora::claim::Rule;
use ctlora::paper::Paper;
use ctlora::question::Quantity;

use super::loaded;

const PAPER: &str = include_str!("every_kind.toml");

fn rule<'p>(paper: &'p Paper, kind: &str) -> &'p Rule {
    &paper.claims.iter().find(|claim| claim.id == kind).unwrap().rule
}

#[test]
fn one_claim_of_each_kind_loads() {
    let paper = loaded(PAPER);
    let kinds: BTreeSet<_> = paper.claims.iter().map(|claim| claim.rule.kind()).collect();
    assert_eq!(kinds.len(), 15);
    for claim in &paper.claims {
        assert_eq!(claim.id, claim.rule.kind());
        assert_eq!(claim.questions.len(), claim.rule.width(), "{}", claim.id);
    }
}

#[test]
fn rules_take_their_points_and_defaults() {
    let paper = loaded(PAPER);
    assert!(matches!(rule(&paper, "best"), Rule::Best { winner: 2, by: 0.0, .. }));
    assert!(matches!(rule(&paper, "local-extremum"), Rule::LocalExtremum { at: 1, .. }));
    assert!(matches!(rule(&paper, "rise-then-fall"), Rule::RiseThenFall { peak: Some(1), .. }));
    assert!(matches!(rule(&paper, "pattern"), Rule::Pattern { lowest: None, highest: Some(0), .. }));
    assert!(matches!(rule(&paper, "mechanism"), Rule::Mechanism { across: 3, factor: 2.0, tie: 0.1, .. }));
    let Rule::Difference { low, high } = rule(&paper, "difference") else { panic!("not a difference") };
    assert_eq!((*low, *high), (0.0, f64::INFINITY));
    let Rule::Equal { labels, within } = rule(&paper, "equal") else { panic!("not an equality") };
    assert_eq!(labels, &["proj, K=4", "proj, K=8", "up, K=4", "up, K=8"]);
    // Science: 10 % for an equality.
    assert_eq!(*within, 0.1);
}

#[test]
fn fields_that_move_together_are_points() {
    let paper = loaded(PAPER);
    let extremum = paper.claims.iter().find(|claim| claim.id == "local-extremum").unwrap();
    let budgets: Vec<_> = extremum.questions.iter().map(|q| (q.condition.k, q.condition.step)).collect();
    assert_eq!(budgets, [(2, 4), (4, 2), (8, 1)]);
    let correlation = paper.claims.iter().find(|claim| claim.id == "correlation").unwrap();
    let asked: Vec<_> = correlation.questions.iter().map(|q| (q.quantity, q.condition.step)).collect();
    assert_eq!(asked, [[(Quantity::CoreCoverage, 1); 4], [(Quantity::Loss, 5); 4]].concat());
}

#[test]
fn ci_scale_has_its_own_verdict_where_the_file_gives_one() {
    let paper = loaded(PAPER);
    let recorded = |id: &str| paper.claims.iter().find(|claim| claim.id == id).unwrap().recorded.clone();
    assert_eq!(recorded("pattern").ci.verdict, "refuted");
    assert_eq!(recorded("pattern").paper.verdict, "inconclusive");
    assert_eq!(recorded("best").ci, recorded("best").paper);
}
