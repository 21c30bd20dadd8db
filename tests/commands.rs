//! `audit`, `plan` and `run` as a user meets them.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Exit code, standard output, standard error; with a store of its own.
fn outcome(store: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("ctlora").expect("the binary is built");
    let output = command.env("CTLORA_STORE", store).env("NO_COLOR", "1").args(arguments).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A copy of the shipped papers, one of them edited.
fn shelf(folder: &Path, paper: &str, edit: impl Fn(String) -> String) -> String {
    for (id, text) in ctlora::paper::shipped() {
        let text = if *id == paper { edit((*text).to_owned()) } else { (*text).to_owned() };
        fs::write(folder.join(format!("{id}.toml")), text).expect("a paper is written");
    }
    folder.to_string_lossy().into_owned()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn the_shipped_pages_have_the_findings_on_record_and_no_other() {
    let folder = folder();
    let (code, out, err) = outcome(folder.path(), &["audit", "--format", "json"]);
    assert_eq!(code, 0, "{err}\n{out}");
    let document: Value = serde_json::from_str(&out).expect("JSON");
    // The page of Paper 83 shows the losses of a head that is not tied; Paper 88 subtracts wrongly.
    let found = |code: &str, paper: &str| {
        let findings = document["findings"].as_array().expect("a list");
        findings.iter().any(|finding| finding["code"] == code && finding["paper"] == paper)
    };
    assert!(found("loss-above-uniform", "p83") && found("derived-number", "p88"));
    assert!(!found("derived-number", "p87"), "Paper 87's derived numbers are consistent");
}

#[test]
fn the_audit_document_follows_its_schema() {
    let schema: Value =
        serde_json::from_str(include_str!("../fixtures/audit.schema.json")).expect("the schema is JSON");
    let codes: Vec<&str> = ctlora::audit::CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(schema["$defs"]["finding"]["properties"]["code"]["enum"], serde_json::json!(codes));
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    let folder = folder();
    let file = folder.path().join("paper.txt");
    fs::write(&file, "At K=65 coverage is 0.1234.\n").expect("a file");
    for arguments in [&["audit"][..], &["audit", "p87", "--manuscript", &file.to_string_lossy()]] {
        let (_, out, err) = outcome(folder.path(), &[arguments, &["--format", "json"]].concat());
        let mut document: Value = serde_json::from_str(&out).expect("JSON");
        let errors: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} {err}");
        document["findings"][0]["code"] = "no-such-code".into();
        assert!(!schema.is_valid(&document), "a code that is none");
    }
}

#[test]
fn a_number_that_was_cut_off_is_called_truncated() {
    let folder = folder();
    let (_, out, _) = outcome(folder.path(), &["audit", "p88", "--format", "json"]);
    let document: Value = serde_json::from_str(&out).expect("JSON");
    let derived = document["papers"][0]["derived"].as_array().expect("a list");
    let of = |id: &str| derived.iter().find(|number| number["id"] == id).expect("a derived number");
    // 6.8041 - 6.7678 = 0.0363, within rounding at most 0.0364: 0.037 is off by less than a unit.
    assert_eq!(
        (&of("gain-32-over-16")["consistent"], &of("gain-32-over-16")["truncated"]),
        (&Value::Null, &true.into())
    );
    // 6.8745 - 6.8041 = 0.0704, printed 0.070.
    assert_eq!(of("gain-16-over-8")["consistent"], true);
    assert!(of("gain-16-over-8").get("truncated").is_none());
}

#[test]
fn a_wrong_digit_is_a_finding_that_is_not_on_record() {
    let papers = folder();
    let wrong = |text: String| text.replace("printed = \"93.8%\"", "printed = \"98.3%\"");
    let shelf = shelf(papers.path(), "p87", wrong);
    let (code, out, _) = outcome(papers.path(), &["audit", "p87", "--papers", &shelf]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("derived-number at derived gain-64-over-32") && out.contains("0.131 / 0.068 - 1"), "{out}");
    assert!(out.contains("not on record"), "{out}");
}

#[test]
fn a_finding_on_record_that_is_gone_is_told() {
    let papers = folder();
    let mended = |text: String| text.replace("printed = \"1.72\"", "printed = \"1.92\"");
    let shelf = shelf(papers.path(), "p88", mended);
    let (code, out, _) = outcome(papers.path(), &["audit", "p88", "--papers", &shelf]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("on record, but not found: derived-number at derived head-gain"), "{out}");
}

#[test]
fn a_manuscript_is_searched_for_numbers_that_its_file_does_not_hold() {
    let folder = folder();
    let file = folder.path().join("paper.txt");
    fs::write(&file, "At K=64 and step 40 coverage is 0.157.\nAt K=65 it is 0.158, or 0.1234.\n").expect("a file");
    let name = file.to_string_lossy();
    let (code, out, err) = outcome(folder.path(), &["audit", "p87", "--manuscript", &name]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("line 2: 65 in") && out.contains("line 2: 0.1234 in"), "{out}");
    assert!(out.contains("6 numbers in the manuscript, 4 of them (66.7 %)"), "{out}");

    fs::write(&file, [0xff, 0xfe]).expect("a file");
    for arguments in [
        &["audit", "p87", "--manuscript", &name][..],
        &["audit", "p87", "--manuscript", "absent.txt"],
        &["audit", "p86", "p87", "--manuscript", &name],
        &["audit", "p99"],
        &["audit", "--papers", "absent"],
    ] {
        let (code, out, err) = outcome(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
    }
}

#[test]
fn a_cell_of_the_plan_runs_by_itself_and_answers_the_whole() {
    let store = folder();
    let asked = ["p87::k64-best-at-5", "--scale", "ci", "--seeds", "1", "--base", "crystallized"];
    let with = |first: &[&str]| outcome(store.path(), &[first, &asked].concat());
    let cells = || -> Vec<Value> {
        let (code, out, err) = with(&["plan", "--json"]);
        assert_eq!(code, 0, "{err}");
        let plan: Value = serde_json::from_str(&out).expect("JSON");
        plan["cells"].as_array().expect("a list").clone()
    };
    let planned = cells();
    // K = 2, 4, .., 64, each five steps long.
    assert_eq!(planned.len(), 6);
    assert!(planned.iter().all(|cell| cell["steps"] == 5 && cell["kept"] == false));
    for cell in &planned {
        let (code, out, err) = with(&["run", cell["id"].as_str().expect("an id")]);
        assert_eq!((code, out.as_str()), (0, ""), "{err}");
    }
    assert!(cells().iter().all(|cell| cell["kept"] == true));
    let (_, out, _) = with(&["verify"]);
    assert!(out.contains("all 6 runs answered from the store"), "{out}");
    let (code, _, err) = with(&["run", "1-000000000000"]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn papers_that_wait_for_each_other_are_refused() {
    let folder = folder();
    let papers = folder.path();
    let paper =
        |id: &str, other: &str| format!("id = \"{id}\"\ntitle = \"t\"\nstatus = \"s\"\nbuilds_on = [\"{other}\"]\n");
    fs::write(papers.join("a.toml"), paper("a", "b")).expect("a paper");
    fs::write(papers.join("b.toml"), paper("b", "a")).expect("a paper");
    let (code, _, err) = outcome(papers, &["audit", "--papers", &papers.to_string_lossy()]);
    assert_eq!(code, 2);
    assert!(err.contains("wait for each other") && err.contains("a.toml"), "{err}");
}
