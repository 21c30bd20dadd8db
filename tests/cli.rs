//! The binary as a user meets it: outputs, exit codes, and one clear message for every kind of wrong input.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The tests' own store, never the user's.
fn store() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("store")
}

fn ctlora(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("ctlora").expect("the binary is built");
    command.env("CTLORA_STORE", store()).env("NO_COLOR", "1").args(arguments);
    command
}

/// A paper of one table and one claim that a fraction of a second answers.
const SMALL: &str = r#"
id = "small"
title = "A small paper"
status = "draft"

[[table]]
id = "t"
says = "loss by K"
rows = "k"
columns = [{ name = "loss", quantity = "loss", at = { step = 2 } }]
cells = """
 2   7.10
64   7.05
"""

[[claim]]
id = "larger-k-wins"
says = "a larger K has the lower loss"
kind = "monotone"
y = "loss"
along = { k = [2, 64] }
at = { step = 2 }
rule = { direction = "falling" }
verdict = "confirmed"
because = "first-order step size"
"#;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn small_paper(folder: &Path, edit: impl Fn(String) -> String) -> String {
    let path = folder.join("small.toml");
    fs::write(&path, edit(SMALL.to_owned())).expect("the paper is written");
    path.to_string_lossy().into_owned()
}

/// Exit code, standard output, standard error.
fn outcome(arguments: &[&str]) -> (i32, String, String) {
    let output = ctlora(arguments).output().expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

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

/// 7.10 / 7.05 is at most 7.105 / 7.045 = 1.00852 within rounding: 1.0086 is off by less than a unit.
const CUT_OFF: &str = "[[derived]]\nid = \"ratio\"\nsays = \"K=2 over K=64\"\nprinted = \"1.0086\"\nis = \"t[k=2].loss / t[k=64].loss\"\n";

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
fn the_document_follows_its_schema() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text + CUT_OFF);
    let schema: Value =
        serde_json::from_str(include_str!("../fixtures/report.schema.json")).expect("the schema is JSON");
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
        serde_json::from_str(include_str!("../fixtures/report.schema.json")).expect("the schema is JSON");
    assert!(jsonschema::validator_for(&schema).expect("the schema is one").is_valid(&settled));
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
fn a_second_run_says_that_the_store_answered() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let arguments = ["verify", &paper, "--scale", "ci", "--seeds", "3"];
    outcome(&arguments);
    let (_, out, _) = outcome(&arguments);
    assert!(out.contains("answered from the store"), "{out}");
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

/// Exit code 2, nothing on standard output, and a message that holds every one of `parts`.
fn refused(arguments: &[&str], parts: &[&str]) {
    let (code, out, err) = outcome(arguments);
    assert_eq!(code, 2, "{arguments:?}: {err}");
    assert_eq!(out, "", "{arguments:?}");
    // Messages wrap at the terminal's width: compare words.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ ", " ");
    for part in parts {
        assert!(words(&err).contains(part), "{arguments:?}: `{part}` is missing in\n{err}");
    }
    assert!(!err.contains("panicked"), "{err}");
}

#[test]
fn wrong_names_and_flags_are_refused_with_what_is_known() {
    refused(&["verify", "p99", "--scale", "ci"], &["there is no paper `p99`", "p87"]);
    refused(&["verify", "p87::nope", "--scale", "ci"], &["has no claim `nope`", "coverage-linear"]);
    refused(&["verify", "no-such-file.toml"], &["no-such-file.toml"]);
    refused(&["verify", "--sclae", "ci"], &["--sclae"]);
    refused(&["verify", "--seeds", "0"], &["--seeds"]);
    refused(&["verify", "--threads", "0"], &["--threads"]);
    refused(&["verify", "--papers", "no-such-folder"], &["no-such-folder"]);
    refused(&["export", "--out", "x", "--scale", "ci", "--probe", "50"], &["--probe 50"]);
    refused(&["export", "--out", "x", "--scale", "ci", "--k", "65"], &["K=65"]);
    refused(&["export", "--out", "x", "--scale", "ci", "--frame", "sdv"], &["sdv"]);
    refused(&[], &["Usage"]);
}

#[cfg(not(feature = "metal"))]
#[test]
fn a_device_that_is_not_there_is_refused() {
    refused(&["verify", "--scale", "ci", "--device", "metal"], &["metal"]);
}

#[test]
fn a_broken_paper_file_is_shown_with_file_line_and_hint() {
    let folder = folder();
    let cases: [(&str, &str, &[&str]); 6] = [
        ("quantity = \"loss\"", "quantity = \"lsos\"", &["small.toml:10", "lsos", "help"]),
        ("kind = \"monotone\"", "knid = \"monotone\"", &["small.toml", "kind", "help"]),
        ("7.10", "7.l0", &["small.toml:12", "7.l0", "help"]),
        ("k = [2, 64]", "k = [2, 0]", &["small.toml:21", "K starts at 1", "help"]),
        ("verdict = \"confirmed\"", "verdict = \"sure\"", &["small.toml:24", "sure", "help"]),
        ("[[claim]]", "[[claim", &["small.toml:16", "help"]),
    ];
    for (from, to, parts) in cases {
        let paper = small_paper(folder.path(), |text| text.replace(from, to));
        refused(&["verify", &paper, "--scale", "ci"], parts);
    }
    let paper = small_paper(folder.path(), |text| text.replace("k = [2, 64]", "k = [2, 300]"));
    refused(&["verify", &paper, "--scale", "ci"], &["small.toml:16", "K=150", "help"]);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_found_before_the_run() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    refused(&["verify", "--scale", "ci", "--out", &file.to_string_lossy()], &["file", "--out"]);
    refused(&["export", "--scale", "ci", "--out", &file.to_string_lossy()], &["file"]);
}

#[test]
fn a_text_that_cannot_be_a_corpus_is_refused() {
    let folder = folder();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("a file");
        path.to_string_lossy().into_owned()
    };
    for (name, content) in
        [("empty.txt", &b""[..]), ("binary.txt", &[0xff, 0xfe, 0x00, 0x80][..]), ("short.txt", &b"one two"[..])]
    {
        let path = write(name, content);
        refused(&["verify", "--scale", "ci", "--seeds", "1", "--corpus", &path], &[name, "help"]);
    }
    refused(&["verify", "--scale", "ci", "--corpus", "absent.txt"], &["absent.txt"]);
    refused(&["verify", "--scale", "ci", "--model", "absent"], &["absent"]);
}

/// A full disk and a lost folder are failures of the run, not of the input: 3.
#[cfg(target_os = "linux")]
#[test]
fn a_store_that_cannot_be_written_is_exit_code_3() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let output = ctlora(&["verify", "--scale", "ci"]).env("CTLORA_STORE", file.join("store")).output().expect("runs");
    assert_eq!(output.status.code(), Some(3));
}

/// A disk that is full while a run is kept: the limit on a file's size makes the write fail half-way.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_exit_code_3_and_leaves_nothing_to_misread() {
    let folder = folder();
    let store = folder.path().join("store");
    let paper = small_paper(folder.path(), |text| text);
    let arguments = ["verify", &paper, "--scale", "ci", "--seeds", "3", "--base", "crystallized"];
    let limited = format!("trap '' XFSZ; ulimit -f 0; exec {} {}", env!("CARGO_BIN_EXE_ctlora"), arguments.join(" "));
    let output = Command::new("sh").args(["-c", &limited]).env("CTLORA_STORE", &store).output().expect("sh runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains("CTLORA_STORE") && !err.contains("panicked"), "{err}");
    assert_eq!(fs::read_dir(&store).expect("the store").count(), 0, "something half-written was left");
    let whole = ctlora(&arguments).env("CTLORA_STORE", &store).output().expect("runs");
    assert_eq!(whole.status.code(), Some(0));
}

/// A report that could not be written whole is no report.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_exit_code_3() {
    let folder = folder();
    let paper = small_paper(folder.path(), |text| text);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let arguments = ["verify", &paper, "--scale", "ci", "--seeds", "3", "--base", "crystallized", "--format", "json"];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ctlora"));
    let output = command.env("CTLORA_STORE", store()).args(arguments).stdout(full).output().expect("runs");
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_exported_model_is_read_back_and_answers_the_same_questions() {
    let folder = folder();
    let model = folder.path().join("model").to_string_lossy().into_owned();
    let (code, _, err) = outcome(&["export", "--scale", "ci", "--out", &model, "--steps", "2", "--probe", "1,2"]);
    assert_eq!(code, 0, "{err}");
    for file in [
        "config.json",
        "model.safetensors",
        "tokens.safetensors",
        "frames.safetensors",
        "trace.json",
        "trace.safetensors",
    ] {
        assert!(Path::new(&model).join(file).is_file(), "{file}");
    }
    let paper = small_paper(folder.path(), |text| text);
    let values = |more: &[&str]| {
        let arguments = [&["verify", &paper, "--scale", "ci", "--seeds", "1", "--format", "json"], more].concat();
        let (code, out, err) = outcome(&arguments);
        assert_eq!(code, 0, "{err}");
        let json: Value = serde_json::from_str(&out).expect("JSON");
        json["papers"][0]["tables"][0]["rows"].to_string()
    };
    // Seed 1's crystallized base, exported and read back, is the same model on the same text.
    assert_eq!(values(&["--model", &model]), values(&["--base", "crystallized"]));
}
