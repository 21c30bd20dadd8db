//! A new paper needs no Rust: one claim of each kind is read, run at ci scale and judged.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use ctlora::judge::{Flips, Inquiry, Selection, Verdict};
use ctlora::lab::ScaleName;
use ctlora::paper;
use ctlora::question::Base;

#[test]
fn a_new_paper_with_one_claim_of_each_kind_is_verified() {
    let text = include_str!("paper_files/every_kind.toml");
    let paper = paper::load("every_kind.toml", text).expect("the paper loads");
    let kinds: BTreeSet<_> = paper.claims.iter().map(|claim| claim.rule.kind()).collect();
    assert_eq!(kinds.len(), 15, "one claim of each kind: {kinds:?}");
    // Three seeds, the fewest that a verdict takes.
    let inquiry = Inquiry { seeds: vec![1, 2, 3], ..common::usual(ScaleName::Ci, None) };
    let result = common::verified(&paper, &inquiry).expect("the paper is verified");
    for claim in &result.claims {
        assert!(!matches!(claim.verdict, Verdict::NotChecked(_)), "{}: {}", claim.id, claim.verdict);
        for (base, ruling) in &claim.by_base {
            assert!(!ruling.evidence.is_empty() && ruling.statistic.is_some(), "{} on {base}", claim.id);
        }
    }
}

#[test]
fn a_claim_asked_alone_has_the_verdict_that_it_has_among_others() {
    let text = include_str!("paper_files/every_kind.toml");
    let paper = paper::load("every_kind.toml", text).expect("the paper loads");
    let inquiry = |only: Option<&str>| Inquiry {
        scale: ScaleName::Ci,
        bases: vec![Base::Crystallized],
        seeds: vec![1, 2, 3],
        claims: Selection::named(only.map(|only| BTreeSet::from([only.to_owned()])), false),
        flips: Flips::Recorded,
        own_text: false,
    };
    // Stores of their own: what the whole paper's runs left must not answer for the single claim's.
    let folder = tempfile::tempdir().expect("a folder");
    let verified = |only: Option<&str>| {
        let store = folder.path().join(only.unwrap_or("all"));
        common::verified_in(&paper, &inquiry(only), store).expect("the paper is verified")
    };
    let all = verified(None);
    for id in ["power-law", "equal"] {
        let alone = verified(Some(id)).claims.remove(0);
        let among = all.claims.iter().find(|claim| claim.id == alone.id).expect("the claim");
        assert_eq!(alone.verdict, among.verdict);
        for (base, ruling) in &alone.by_base {
            assert_eq!(ruling.values, among.by_base[base].values, "{id} on {base}");
            assert_eq!(ruling.evidence, among.by_base[base].evidence, "{id} on {base}");
        }
    }
}
