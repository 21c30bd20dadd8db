//! A snapshot of every shipped paper: its tables as printed, measured at ci scale, re-derived, and its verdicts.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use ctlora::judge::{DerivedResult, TableResult, Verdict};
use ctlora::lab::ScaleName;
use ctlora::paper;
use insta::internals::SnapshotContents;
use insta::{Comparator, Settings, Snapshot};
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
        let mut settings = Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_comparator(Box::new(WithTolerance));
        let page = serde_json::to_string_pretty(&page).expect("a page has a JSON form");
        settings.bind(|| insta::assert_snapshot!(paper.id.clone(), page));
    }
}

/// Floats of two machines agree to this share. Adam turns rounding in a gradient that crosses zero into a step of its
/// own size: replays of one run on other instruction sets were seen 2e-4 nats apart after 40 steps, on spreads over
/// seeds of a few hundredths; 1 % of a value leaves room for that and shows every change of the recipe.
const SHARE: f64 = 0.01;

/// Numbers below this are rounding of zero: the smallest measured number of a table is some 1e-3.
const FLOOR: f64 = 1e-6;

/// Compares the numbers of two JSON texts with a tolerance, and everything else exactly.
#[derive(Clone)]
struct WithTolerance;

impl Comparator for WithTolerance {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        let json = |snapshot: &Snapshot| match snapshot.contents() {
            SnapshotContents::Text(text) => serde_json::from_str::<Value>(&text.to_string()).ok(),
            SnapshotContents::Binary(_) => None,
        };
        match (json(reference), json(test)) {
            (Some(reference), Some(test)) => close(&reference, &test),
            _ => false,
        }
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= SHARE * a.abs().max(b.abs()) + FLOOR
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| close(a, b)))
        }
        (a, b) => a == b,
    }
}

#[test]
fn a_snapshot_tolerates_rounding_and_nothing_else() {
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let page = value(r#"{"verdict": "confirmed", "n": 6, "mean": [0.5, null]}"#);
    assert!(close(&page, &value(r#"{"verdict": "confirmed", "n": 6, "mean": [0.5001, null]}"#)));
    for other in [
        r#"{"verdict": "confirmed", "n": 6, "mean": [0.51, null]}"#,
        r#"{"verdict": "confirmed", "n": 5, "mean": [0.5, null]}"#,
        r#"{"verdict": "refuted", "n": 6, "mean": [0.5, null]}"#,
        r#"{"verdict": "confirmed", "n": 6, "mean": [0.5]}"#,
        r#"{"verdict": "confirmed", "n": 6}"#,
    ] {
        assert!(!close(&page, &value(other)), "{other}");
    }
}
