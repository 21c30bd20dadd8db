//! Writes two facts into the build: a digest of everything that measured numbers depend on, for the store's keys, and
//! the list of shipped papers.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Sources whose change makes stored runs stale.
const MEASURING: [&str; 7] =
    ["src/seed.rs", "src/linalg", "src/question", "src/engine", "src/measure", "src/lab", "Cargo.lock"];

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for place in MEASURING {
        println!("cargo::rerun-if-changed={place}");
        collect(Path::new(place), &mut files)?;
    }
    let mut hasher = blake3::Hasher::new();
    for file in files {
        hasher.update(file.to_string_lossy().as_bytes());
        hasher.update(&fs::read(&file)?);
    }
    // `debug` and `release` round alike, but nothing promises it.
    for variable in ["TARGET", "CARGO_CFG_FEATURE", "CARGO_CFG_TARGET_FEATURE", "PROFILE"] {
        hasher.update(std::env::var(variable).unwrap_or_default().as_bytes());
    }
    println!("cargo::rustc-env=CTLORA_ENGINE_DIGEST={}", &hasher.finalize().to_hex()[..16]);
    Ok(())
}

/// All files below `place`, in one order everywhere.
fn collect(place: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if place.is_file() {
        files.push(place.to_path_buf());
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(place)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| collect(entry, files))
}
