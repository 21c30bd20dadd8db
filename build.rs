//! Lists the paper files in `fixtures/papers`, so that the binary carries them: no paper can be forgotten.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
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
