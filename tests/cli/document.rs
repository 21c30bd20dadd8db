//! The report document and the page: the same bytes every time, after their schema, where they were asked for.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{CUT_OFF, folder, outcome, small_paper};

#[test]
fn the_document_is_the_same_byte_for_byte_fresh_or_stored_and_for_any_threads() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let document = |more: &[&str]| {
        let arguments = [
            &[
                "verify",
                &paper,
                "--scale",
                "ci",
                "--seeds",
                "3",
                "--base",
                "crystallized",
                "--format",
                "json",
                "--no-timing",
            ],
            more,
        ]
        .concat();
        let (code, out, err) = outcome(&arguments);
        assert_eq!(code, 0, "{err}");
        out
    };
    let fresh = document(&["--fresh", "--threads", "1"]);
    assert_eq!(fresh, document(&["--fresh", "--threads", "2"]), "threads");
    assert_eq!(fresh, document(&[]), "from the store");
    let json: Value = serde_json::from_str(&fresh).expect("the document is JSON");
    assert_eq!(json["schema"], "ctlora.report/1");
    assert_eq!(json["papers"][0]["claims"][0]["id"], "small::larger-k-wins");
    assert!(json.get("timing").is_none());
}

/// The same with everything that is drawn at random: SVD and gradient frames, coverages, their null.
#[test]
fn a_claim_over_frames_is_the_same_byte_for_byte_over_threads_and_store() {
    let document = |more: &[&str]| {
        let claim = "p87::complete-mechanism";
        let usual = [
            "verify",
            claim,
            "--scale",
            "ci",
            "--seeds",
            "1",
            "--base",
            "crystallized",
            "--format",
            "json",
            "--no-timing",
        ];
        let (code, out, err) = outcome(&[&usual, more].concat());
        assert_eq!(code, 0, "{err}");
        out
    };
    let fresh = document(&["--fresh", "--threads", "1"]);
    assert_eq!(fresh, document(&["--fresh", "--threads", "2"]), "threads");
    assert_eq!(fresh, document(&[]), "from the store");
}

#[test]
fn the_document_follows_its_schema() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text + CUT_OFF);
    let schema: Value =
        serde_json::from_str(include_str!("../../fixtures/report.schema.json")).expect("the schema is JSON");
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    for seeds in ["1", "3"] {
        let (_, out, _) = outcome(&["verify", &paper, "--scale", "ci", "--seeds", seeds, "--format", "json"]);
        let mut document: Value = serde_json::from_str(&out).expect("JSON");
        let errors: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        document["papers"][0]["claims"][0]["verdict"] = "perhaps".into();
        assert!(!schema.is_valid(&document), "a verdict that is none");
    }
}

#[test]
fn out_receives_both_forms_of_the_report() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let out = folder.path().join("report");
    let (code, ..) = outcome(&["verify", &paper, "--scale", "ci", "--seeds", "3", "--out", &out.to_string_lossy()]);
    assert_eq!(code, 0);
    let json: Value =
        serde_json::from_str(&fs::read_to_string(out.join("report.json")).expect("report.json")).expect("JSON");
    assert_eq!(json["scale"], "ci");
    assert!(fs::read_to_string(out.join("report.txt")).expect("report.txt").contains("small::larger-k-wins"));
}

/// The page is written whole, beside whatever else is asked for, and what cannot be written is found before anything runs.
#[test]
fn the_page_is_written_where_html_says() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let pages = folder.path().join("new").join("pages");
    let to = |pages: &Path| {
        outcome(&[
            "verify",
            &paper,
            "--scale",
            "ci",
            "--seeds",
            "1",
            "--html",
            &pages.to_string_lossy(),
            "--format",
            "json",
        ])
    };
    let (code, out, err) = to(&pages);
    assert_eq!(code, 0, "{err}");
    let page = fs::read_to_string(pages.join("index.html")).expect("the page is there");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>") && page.contains("A small paper"));
    let left: Vec<_> = fs::read_dir(&pages).expect("the folder").collect();
    assert_eq!(left.len(), 1, "the page and no draft of it");

    // A number's provenance names a cell that `plan` lists.
    let json: Value = serde_json::from_str(&out).expect("the document is JSON");
    let run = json["provenance"][0]["questions"][0]["runs"]["trained"].as_str().expect("a run").to_owned();
    let (_, plan, _) = outcome(&["plan", &paper, "--scale", "ci", "--seeds", "1"]);
    assert!(page.contains(&run) && plan.contains(&format!("1-{run}  seed 1")), "{run}\n{plan}");

    let occupied = folder.path().join("occupied");
    fs::create_dir_all(occupied.join("index.html")).expect("a folder in the page's place");
    for (place, says) in [(Path::new(&paper), "small.toml"), (&occupied, "index.html")] {
        let (code, _, err) = to(place);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(says) && err.contains("--html") && !err.contains("training steps"), "{err}");
    }
}
