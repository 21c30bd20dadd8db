//! A run that could not be completed: exit code 3, nothing half-written.

use std::fs;

use assert_cmd::Command;

use super::{ctlora, folder, small_paper, store};

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
