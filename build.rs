//! Writes two facts into the build: a digest of everything that measured numbers depend on, for the store's keys, and
//! the list of the paper files in `fixtures/papers`, so that the binary carries them and none can be forgotten.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Sources whose change makes stored runs stale.
const MEASURING: [&str; 7] =
    ["src/seed.rs", "src/linalg", "src/question", "src/engine", "src/measure", "src/lab", "Cargo.lock"];

fn main() -> io::Result<()> {
    digest_engine()?;
    list_papers()
}

fn digest_engine() -> io::Result<()> {
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
    // Debug and release builds may round differently.
    for variable in ["TARGET", "CARGO_CFG_FEATURE", "CARGO_CFG_TARGET_FEATURE", "PROFILE"] {
        hasher.update(env::var(variable).unwrap_or_default().as_bytes());
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

fn list_papers() -> io::Result<()> {
    let folder = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("fixtures/papers");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut papers = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            papers.push((id, path.to_string_lossy().into_owned()));
        }
    }
    papers.sort();
    let lines: String = papers.iter().map(|(id, path)| format!("    ({id:?}, include_str!({path:?})),\n")).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("shipped_papers.rs"), format!("&[\n{lines}]\n"))
}
