//! The page of what a user names on the command line.

use std::collections::BTreeSet;
use std::fs;

use assert_cmd::Command;
use tempfile::TempDir;

/// Two claims of one paper, in a fraction of a second.
const PAPER: &str = r#"
id = "small"
title = "A small paper"
status = "draft"

[setup]
step = 2

[[claim]]
id = "larger-k-wins"
says = "a larger K has the lower loss"
kind = "monotone"
y = "loss"
along = { k = [2, 64] }
rule = { direction = "falling" }
verdict = "confirmed"
because = "first-order step size"

[[claim]]
id = "smaller-k-loses"
says = "K=2 has a higher loss than K=64"
kind = "difference"
y = "loss"
of = { k = 2 }
to = { k = 64 }
rule = { low = 0 }
verdict = "confirmed"
because = "first-order step size"
"#;

/// The folder of the paper, in which the page is written; the store is the tests' own.
fn ctlora(folder: &TempDir, arguments: &str) -> (i32, String) {
    let store = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("store");
    let mut command = Command::cargo_bin("ctlora").expect("the binary is built");
    let output = command
        .current_dir(folder.path())
        .env("CTLORA_STORE", store)
        .args(arguments.split_whitespace())
        .output()
        .expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout) + &text(&output.stderr))
}

/// The page that `verify` writes of `asked`.
fn page_of(folder: &TempDir, asked: &str) -> String {
    fs::write(folder.path().join("small.toml"), PAPER).expect("the paper is written");
    let (code, said) = ctlora(folder, &format!("verify {asked} --html ."));
    assert_eq!(code, 0, "{said}");
    fs::read_to_string(folder.path().join("index.html")).expect("the page is there")
}

#[test]
fn two_claims_of_one_paper_are_one_section() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = page_of(
        &folder,
        "small.toml::smaller-k-loses small.toml::larger-k-wins small.toml::smaller-k-loses --scale ci --seeds 3",
    );
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    assert_eq!(page.matches("<section class=\"paper\"").count(), 1);
    assert_eq!(page.matches("<details class=\"claim\"").count(), 2);
}

/// The page shows a command for one of its runs: as it stands there it finds that run in the store, and not without its flags.
#[test]
fn the_page_s_command_repeats_a_run_of_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked = "small.toml::larger-k-wins --scale ci --seeds 2 --seed 5 --base crystallized --flips";
    let page = page_of(&folder, asked);
    let command = page.split("<code>ctlora ").nth(1).and_then(|rest| rest.split("</code>").next()).expect("a command");
    assert!(command.starts_with("run 5-"), "{command}");
    let (code, said) = ctlora(&folder, command);
    assert_eq!(code, 0, "{said}");
    let (code, said) = ctlora(&folder, &command.replace(" --seed 5", ""));
    assert_eq!(code, 2, "another seed's plan has no such run: {said}");

    // A run that only a flip needs, by the page's own table: Adam's rate times four.
    let row = page.split("<tr id=\"small/q").find(|row| row.contains("lr 0.02")).expect("a question of a flip alone");
    let run = row.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next()).expect("its run");
    let words: Vec<&str> = command.split_whitespace().skip(2).collect();
    let (code, said) = ctlora(&folder, &format!("run 6-{run} {}", words.join(" ")));
    assert_eq!(code, 0, "{said}");
}
