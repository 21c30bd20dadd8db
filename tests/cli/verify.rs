//! Verdicts, exit codes and the printed report.

use serde_json::Value;

use super::{CUT_OFF, ctlora, folder, outcome, small_paper};

#[test]
fn verify_prints_tables_claims_and_a_last_line() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let (code, out, _) = outcome(&["verify", &paper, "--scale", "ci"]);
    assert_eq!(code, 0, "{out}");
    for part in ["Table t: loss by K", "7.10 |", "CONFIRMED  small::larger-k-wins", "1 confirmed"] {
        assert!(out.contains(part), "{part} is missing in\n{out}");
    }
}

#[test]
fn a_verdict_that_the_file_does_not_record_is_exit_code_1() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text.replace("\"confirmed\"", "\"refuted\""));
    let (code, out, _) = outcome(&["verify", &paper, "--scale", "ci"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("recorded: refuted"), "{out}");
}

#[test]
fn too_few_seeds_are_a_measurement() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let (code, out, _) = outcome(&["verify", &paper, "--scale", "ci", "--seeds", "1"]);
    assert_eq!(code, 0);
    assert!(out.contains("NOT CHECKED (needs 3 seeds)") && out.contains("Nothing was judged"), "{out}");
}

#[test]
fn a_derived_number_says_whether_it_follows_or_was_cut_off() {
    let folder = folder();
    let told = |printed: &str| {
        let paper = small_paper(folder.path(), |text| text + &CUT_OFF.replace("1.0086", printed));
        let (_, out, _) = outcome(&["verify", &paper, "--scale", "ci", "--seeds", "1"]);
        let line = out.lines().find(|line| line.contains(printed) && line.contains("ratio")).unwrap_or_default();
        line.split_whitespace().last().unwrap_or_default().to_owned()
    };
    assert_eq!(told("1.0086"), "truncated");
    assert_eq!(told("1.0071"), "follows");
    assert_eq!(told("1.0186"), "FOLLOW");
}

#[test]
fn one_claim_can_be_asked_alone_and_has_the_verdict_that_it_has_among_others() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let claim = |name: &str| {
        let (code, out, err) = outcome(&["verify", name, "--scale", "ci", "--format", "json", "--no-timing"]);
        assert_eq!(code, 0, "{err}");
        let json: Value = serde_json::from_str(&out).expect("JSON");
        json["papers"][0]["claims"][0]["by_base"].clone()
    };
    assert_eq!(claim(&paper), claim(&format!("{paper}::larger-k-wins")));
}

#[test]
fn a_second_run_says_that_the_store_answered() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let arguments = ["verify", &paper, "--scale", "ci", "--seeds", "3"];
    outcome(&arguments);
    let (_, out, _) = outcome(&arguments);
    assert!(out.contains("answered from the store"), "{out}");
}

/// Six seeds leave Paper 85's halves open at ci scale, and say that few more would settle it.
#[test]
fn what_stays_open_is_put_to_fresh_seeds() {
    let document = |more: &[&str]| -> Value {
        let asked = ["verify", "p85::halves-alike", "--scale", "ci", "--format", "json", "--no-timing"];
        let (code, out, err) = outcome(&[&asked, more].concat());
        assert_eq!(code, 0, "as recorded: {err}");
        serde_json::from_str(&out).expect("JSON")
    };
    let first = document(&[]);
    let claim = |document: &Value| document["papers"][0]["claims"][0].clone();
    assert_eq!(claim(&first)["verdict"], "inconclusive");
    let settled = document(&["--settle"]);
    let fresh: Vec<u64> = (7..=18).collect();
    assert_eq!(
        (&claim(&settled)["as_recorded"], &claim(&settled)["second_look"]["seeds"]),
        (&true.into(), &fresh.into())
    );
    assert_ne!(claim(&settled)["verdict"], "inconclusive");
    let steps = |document: &Value| document["plan"]["training_steps"].as_u64().expect("a number");
    assert!(steps(&settled) > steps(&first));
    let schema: Value =
        serde_json::from_str(include_str!("../../fixtures/report.schema.json")).expect("the schema is JSON");
    assert!(jsonschema::validator_for(&schema).expect("the schema is one").is_valid(&settled));
}

#[test]
fn colour_is_had_and_refused() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let coloured = |more: &[&str]| {
        let arguments = [&["verify", &paper, "--scale", "ci", "--seeds", "1"], more].concat();
        let output = ctlora(&arguments).env_remove("NO_COLOR").output().expect("the binary runs");
        String::from_utf8_lossy(&output.stdout).contains('\u{1b}')
    };
    assert!(!coloured(&[]), "a pipe is no terminal");
    assert!(coloured(&["--color", "always"]) && !coloured(&["--color", "never"]));
    let (code, _, err) = outcome(&["verify", "nowhere.toml", "--color", "always"]);
    assert!(code == 2 && err.contains('\u{1b}'), "{err}");
    let (_, _, err) = outcome(&["verify", "nowhere.toml", "--color", "never"]);
    assert!(!err.contains('\u{1b}'), "{err}");
}
