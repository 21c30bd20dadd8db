//! Wrong input: exit code 2, one message that names the place, nothing on standard output.

use std::fs;

use super::{folder, outcome, small_paper};

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
