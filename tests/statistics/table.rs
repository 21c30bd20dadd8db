//! A small table, and what `ctlora stats` says of one.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

pub const TABLE: &str = "\
loss,coverage,k
2.3,1.2,0.5
2.9,2.7,1.9
4.1,3.1,1.1
3.9,4.8,2.4
6.2,5.0,3.8
5.8,6.6,2.9
8.1,7.1,3.3
7.4,8.9,4.6
9.9,9.4,4.1
9.1,10.3,5.7
";

pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

/// Exit code, standard output, standard error.
pub fn stats(file: &Path, flags: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("ctlora").unwrap();
    let output = command.env("NO_COLOR", "1").arg("stats").arg(file).args(flags.split_whitespace()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

pub fn json(file: &Path, flags: &str) -> Value {
    let (code, out, err) = stats(file, &format!("{flags} --format json"));
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// The estimates of `content`; the name of the file left out.
pub fn of(content: impl AsRef<[u8]>, flags: &str) -> Value {
    let folder = Folder::new();
    let mut json = json(&folder.file("t.csv", content), flags);
    json["file"] = Value::Null;
    json
}

/// The refusal of `content`: exit code 2, and the words of the message without the box around them.
pub fn refusal(content: impl AsRef<[u8]>, flags: &str) -> String {
    let folder = Folder::new();
    let (code, out, err) = stats(&folder.file("t.csv", content), flags);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("help:"), "a refusal has a hint: {err}");
    assert!(!err.contains("panicked"), "{err}");
    err.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ ", " ")
}

#[track_caller]
pub fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() <= 1e-10 * expected.abs(), "{value} is not {expected}");
}

pub const Y_X: &str = "--y loss --x coverage";
