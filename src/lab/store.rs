//! Finished runs on disk, addressed by everything that their numbers depend on.
//!
//! A record is written to a temporary file and renamed, and carries its own digest: a reader sees all of it or nothing.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::LabError;

/// Digest of the sources of engine, measures and lab, of Cargo.lock, features and target (see build.rs).
pub const ENGINE_DIGEST: &str = env!("CTLORA_ENGINE_DIGEST");

/// A folder of records.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    /// Answer nothing from earlier runs (`--fresh`); what is run is kept all the same.
    blind: bool,
}

impl Store {
    /// The folder named by `CTLORA_STORE`, or the user's cache folder.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(blind: bool) -> Result<Self, LabError> {
        let folder = match std::env::var_os("CTLORA_STORE") {
            Some(folder) => PathBuf::from(folder),
            None => match directories::ProjectDirs::from("", "", "ctlora") {
                Some(places) => places.cache_dir().to_path_buf(),
                None => std::env::temp_dir().join("ctlora"),
            },
        };
        Self::at(folder, blind)
    }

    /// # Errors
    /// The folder cannot be made.
    pub fn at(folder: PathBuf, blind: bool) -> Result<Self, LabError> {
        std::fs::create_dir_all(&folder).map_err(|source| LabError::Store { path: folder.clone(), source })?;
        Ok(Self { folder, blind })
    }

    /// The address of whatever `identity` describes.
    pub fn key(identity: &impl Serialize) -> Result<String, LabError> {
        let text = serde_json::to_vec(identity).map_err(|error| LabError::Internal(error.to_string()))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(ENGINE_DIGEST.as_bytes());
        hasher.update(&text);
        Ok(hasher.finalize().to_hex()[..32].to_owned())
    }

    /// The record at `key`, if a whole one is there and answers may come from it.
    pub fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        if self.blind { None } else { self.kept(key) }
    }

    /// The record at `key`, if a whole one is there: what a new record must not throw away.
    pub fn kept<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let content = std::fs::read(self.record(key)).ok()?;
        let (digest, body) = content.split_at_checked(blake3::OUT_LEN)?;
        if blake3::hash(body).as_bytes() != digest {
            return None;
        }
        postcard::from_bytes(body).ok()
    }

    /// # Errors
    /// The disk is full or the folder cannot be written.
    pub fn write(&self, key: &str, record: &impl Serialize) -> Result<(), LabError> {
        let body = postcard::to_stdvec(record).map_err(|error| LabError::Internal(error.to_string()))?;
        let path = self.record(key);
        let written = tempfile::NamedTempFile::new_in(&self.folder).and_then(|mut file| {
            file.write_all(blake3::hash(&body).as_bytes())?;
            file.write_all(&body)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        });
        written.map(drop).map_err(|source| LabError::Store { path, source })
    }

    /// The folder kept at `key`, if it is whole.
    pub fn folder(&self, key: &str) -> Option<PathBuf> {
        let folder = self.folder.join(key);
        (!self.blind && folder.is_dir()).then_some(folder)
    }

    /// Keeps a folder: `fill` writes it elsewhere, then it is renamed into place.
    ///
    /// # Errors
    /// `fill` failed, or the disk is full or not writable.
    pub fn keep_folder(
        &self,
        key: &str,
        fill: impl FnOnce(&Path) -> Result<(), LabError>,
    ) -> Result<PathBuf, LabError> {
        let place = self.folder.join(key);
        let failed = |source| LabError::Store { path: place.clone(), source };
        let draft = tempfile::TempDir::new_in(&self.folder).map_err(failed)?;
        let inner = draft.path().join("kept");
        std::fs::create_dir(&inner).map_err(failed)?;
        fill(&inner)?;
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(failed)?;
        }
        std::fs::rename(&inner, &place).map_err(failed)?;
        Ok(place)
    }

    fn record(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.record"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_path_buf(), false).unwrap();
        let key = Store::key(&("run", 1)).unwrap();
        assert_ne!(key, Store::key(&("run", 2)).unwrap());
        assert_eq!(store.read::<Vec<f64>>(&key), None);
        let values = vec![0.1, 1.0 / 3.0, f64::MIN_POSITIVE];
        store.write(&key, &values).unwrap();
        assert_eq!(store.read::<Vec<f64>>(&key), Some(values));

        let path = store.record(&key);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        assert_eq!(store.read::<Vec<f64>>(&key), None, "a truncated record");
        let mut altered = whole;
        *altered.last_mut().unwrap() ^= 1;
        std::fs::write(&path, altered).unwrap();
        assert_eq!(store.read::<Vec<f64>>(&key), None, "an altered record");
    }

    #[test]
    fn a_folder_is_there_only_after_it_was_filled() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_path_buf(), false).unwrap();
        let failed = store.keep_folder("base", |_| Err(LabError::Internal("no".to_owned())));
        assert!(failed.is_err());
        assert_eq!(store.folder("base"), None);
        store
            .keep_folder("base", |path| {
                std::fs::write(path.join("x"), "y").map_err(|e| LabError::Internal(e.to_string()))
            })
            .unwrap();
        assert!(store.folder("base").unwrap().join("x").is_file());
        assert_eq!(Store { blind: true, ..store }.folder("base"), None);
    }
}
