//! A snapshot of every shipped paper: its tables as printed, measured at ci scale, re-derived, and its verdicts.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use common::snapshot::{MEANS, assert_as_kept, close};
use ctlora::judge::{DerivedResult, TableResult, Verdict};
use ctlora::lab::ScaleName;
use ctlora::paper;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Page {
    tables: Vec<TableResult>,
    derived: Vec<DerivedResult>,
    verdicts: BTreeMap<String, (Verdict, BTreeMap<&'static str, Verdict>)>,
}

#[test]
fn every_paper_gives_the_tables_and_verdicts_of_its_snapshot() {
    let papers = paper::load_all(paper::shipped().iter().copied()).expect("the shipped papers load");
    let inquiries = common::of_all(&papers, ScaleName::Ci).expect("the papers can be asked");
    common::prepare(&papers, &inquiries).expect("the papers are run");
    for (paper, inquiry) in papers.iter().zip(&inquiries) {
        let result = common::verified(paper, inquiry).expect("a shipped paper is verified");
        let verdict = |claim: ctlora::judge::ClaimResult| {
            let by_base = claim.by_base.into_iter().map(|(base, ruling)| (base, ruling.verdict)).collect();
            (claim.id, (claim.verdict, by_base))
        };
        let verdicts = result.claims.into_iter().map(verdict).collect();
        let page = Page { tables: result.tables, derived: result.derived, verdicts };
        assert_as_kept(&paper.id, &page, MEANS);
    }
}

#[test]
fn a_snapshot_tolerates_rounding_and_nothing_else() {
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let page = value(r#"{"verdict": "confirmed", "n": 6, "mean": [0.5, null]}"#);
    assert!(close(&page, &value(r#"{"verdict": "confirmed", "n": 6, "mean": [0.5001, null]}"#), MEANS));
    for other in [
        r#"{"verdict": "confirmed", "n": 6, "mean": [0.51, null]}"#,
        r#"{"verdict": "confirmed", "n": 5, "mean": [0.5, null]}"#,
        r#"{"verdict": "refuted", "n": 6, "mean": [0.5, null]}"#,
        r#"{"verdict": "confirmed", "n": 6, "mean": [0.5]}"#,
        r#"{"verdict": "confirmed", "n": 6}"#,
    ] {
        assert!(!close(&page, &value(other), MEANS), "{other}");
    }
}
