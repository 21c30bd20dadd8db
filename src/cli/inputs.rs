//! What the user named: papers, claims, a model, a text, an output folder. All of it is checked before anything runs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::engine::read_checkpoint;
use crate::lab::{ScaleName, Surroundings};
use crate::paper::{self, Paper};

/// A paper, and the claims of it that are asked for, where some are named.
pub struct Chosen {
    pub paper: Paper,
    pub only: Option<BTreeSet<String>>,
}

/// The papers that `names` choose: ids, files or `id::claim`; all there are where there is no name. Each paper once, however
/// often it is named: whole where it is once named so.
pub fn papers(names: &[String], folder: Option<&Path>) -> Result<Vec<Chosen>, Failure> {
    let shelf = shelf(folder)?;
    if names.is_empty() {
        return Ok(shelf.into_iter().map(|paper| Chosen { paper, only: None }).collect());
    }
    let mut chosen: Vec<(&str, Chosen)> = Vec::new();
    for name in names {
        let (id, only) = match name.split_once("::") {
            Some((id, claim)) => (id, Some(claim.to_owned())),
            None => (name.as_str(), None),
        };
        let paper = if id.ends_with(".toml") {
            let text = fs::read_to_string(id).map_err(|error| Failure::path(Path::new(id), &error, PAPER_HINT))?;
            paper::load_beside(id, &text, &shelf.iter().collect::<Vec<_>>())?
        } else {
            let found = shelf.iter().find(|paper| paper.id == id);
            let known = || shelf.iter().map(|paper| paper.id.as_str()).collect::<Vec<_>>().join(", ");
            let missing = || Failure::input(format!("there is no paper `{id}`"), format!("known papers: {}", known()));
            found.cloned().ok_or_else(missing)?
        };
        if let Some(only) = &only
            && !paper.claims.iter().any(|claim| claim.id == *only)
        {
            let known: Vec<_> = paper.claims.iter().map(|claim| claim.id.as_str()).collect();
            let message = format!("paper `{}` has no claim `{only}`", paper.id);
            return Err(Failure::input(message, format!("its claims: {}", known.join(", "))));
        }
        let only = only.map(|only| BTreeSet::from([only]));
        match chosen.iter_mut().find(|(_, other)| other.paper.id == paper.id) {
            None => chosen.push((id, Chosen { paper, only })),
            Some((named, other)) if *named == id => {
                other.only = other.only.take().zip(only).map(|(mut these, more)| {
                    these.extend(more);
                    these
                });
            }
            Some((named, _)) => {
                let message = format!("`{named}` and `{id}` are both paper `{}`", paper.id);
                return Err(Failure::input(message, "a report has one paper of an id: name one of the two"));
            }
        }
    }
    Ok(chosen.into_iter().map(|(_, chosen)| chosen).collect())
}

/// Every paper that can be chosen or referred to: those of `folder`, or the shipped ones.
pub fn shelf(folder: Option<&Path>) -> Result<Vec<Paper>, Failure> {
    let files = match folder {
        None => paper::shipped().iter().map(|&(id, text)| (format!("{id}.toml"), text.to_owned())).collect(),
        Some(folder) => read_folder(folder)?,
    };
    Ok(paper::load_all(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

const PAPER_HINT: &str = "PAPER is the id of a shipped paper, the path of a .toml file, or either with ::claim";

/// File name and text of every paper file of a folder.
fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let failed =
        |path: &Path, error: &std::io::Error| Failure::path(path, error, "--papers names a folder of .toml files");
    let mut shelf = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, &error))? {
        let path = entry.map_err(|error| failed(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).map_err(|error| failed(&path, &error))?;
            shelf.push((path.display().to_string(), text));
        }
    }
    if shelf.is_empty() {
        let message = format!("{}: no paper file in this folder", folder.display());
        return Err(Failure::input(message, "a paper file ends in .toml"));
    }
    shelf.sort();
    Ok(shelf)
}

/// Device, threads, and the user's own model and text.
#[derive(Debug, Clone, clap::Args)]
pub struct Machine {
    /// Where tensors live.
    #[arg(long, default_value = "auto")]
    pub device: crate::engine::DeviceName,
    /// Worker threads; results do not depend on them. Default: all cores.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Put the questions to a GPT-2 checkpoint in Hugging Face layout.
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// Train and measure on this text (UTF-8, or an i64 safetensors of token ids).
    #[arg(long, value_name = "FILE")]
    pub corpus: Option<PathBuf>,
}

impl Machine {
    pub fn surroundings(&self, scale: ScaleName) -> Result<Surroundings, Failure> {
        let threads = match self.threads {
            Some(threads) => usize::from(threads),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let device = crate::engine::device(self.device)?;
        let (checkpoint, checkpoint_digest) = match &self.model {
            Some(folder) => {
                let model = read_checkpoint(folder)?;
                (Some(model), Some(digest(&[&folder.join("config.json"), &folder.join("model.safetensors")])?))
            }
            None => (None, None),
        };
        let corpus_digest = self.corpus.as_ref().map(|file| digest(&[file])).transpose()?;
        let scale = scale.scale();
        let corpus = self.corpus.clone();
        let surroundings =
            Surroundings { scale, device, threads, checkpoint, checkpoint_digest, corpus, corpus_digest };
        if surroundings.corpus.is_some() || surroundings.checkpoint.is_some() {
            let corpus = crate::lab::corpus(&surroundings, surroundings.config().vocab, 0)?;
            corpus.check_length(scale.length)?;
        }
        Ok(surroundings)
    }
}

fn digest(files: &[&Path]) -> Result<String, Failure> {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let content = fs::read(file).map_err(|error| Failure::path(file, &error, "the file must be readable"))?;
        hasher.update(&content);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Makes sure that a folder can be written to before a long run starts.
pub fn writable(flag: &str, folder: &Path) -> Result<(), Failure> {
    let check = fs::create_dir_all(folder).and_then(|()| tempfile::NamedTempFile::new_in(folder));
    let hint = format!("{flag} names a folder that can be written to");
    check.map(drop).map_err(|error| Failure::path(folder, &error, &hint))
}
