//! A user's own text: UTF-8 words, or token ids.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors};

use super::{Corpus, EngineError, FEWEST_TOKENS};

/// Stands for every word outside the vocabulary.
const UNKNOWN: &str = "<unk>";

impl Corpus {
    /// Reads a text for a model of `vocab` words.
    ///
    /// A `.safetensors` file holds one i64 tensor of token ids below `vocab`, in reading order. Anything else is UTF-8 text
    /// split at white space: its `vocab - 1` most frequent words get the ids 0, 1, ... by falling frequency (equal ones
    /// by first occurrence), every other word the id `vocab - 1`, `<unk>`.
    ///
    /// # Errors
    /// [`EngineError::File`]: the file cannot be read, is empty, binary or too short, or holds ids that the vocabulary lacks.
    pub fn open(path: &Path, vocab: usize) -> Result<Self, EngineError> {
        let error =
            |message: String, hint: &str| EngineError::File { path: path.to_owned(), message, hint: hint.to_owned() };
        if vocab < 2 {
            return Err(error(format!("a vocabulary of {vocab} holds no word"), "use a model of at least 2 words"));
        }
        let bytes = std::fs::read(path).map_err(|cause| error(format!("cannot be read: {cause}"), "check the path"))?;
        if bytes.is_empty() {
            return Err(error("is empty".to_owned(), "give a UTF-8 text or a .safetensors file of token ids"));
        }
        let is_tensor = path.extension().is_some_and(|extension| extension == "safetensors");
        let tokens = if is_tensor { token_ids(&bytes, vocab) } else { words(&bytes, vocab) };
        let tokens = tokens.map_err(|(message, hint)| error(message, hint))?;
        if tokens.len() < FEWEST_TOKENS {
            return Err(error(
                format!("has {} tokens, too few to train on and hold some out", tokens.len()),
                "give a longer text: ten times the length of a sequence or more",
            ));
        }
        Ok(Self { vocab, tokens, source: Some(path.to_owned()) })
    }
}

/// What is wrong with the file, and what to do about it.
type Complaint = (String, &'static str);

fn words(bytes: &[u8], vocab: usize) -> Result<Vec<u32>, Complaint> {
    let hint = "give a text in UTF-8, or name a file of token ids .safetensors";
    let text = std::str::from_utf8(bytes)
        .map_err(|cause| (format!("is not UTF-8 text: byte {} is wrong", cause.valid_up_to()), hint))?;
    if let Some(place) = text.find('\0') {
        return Err((format!("is a binary file: byte {place} is zero"), hint));
    }
    // Word -> (count, place of first occurrence).
    let mut seen: HashMap<&str, (usize, usize)> = HashMap::new();
    for (place, word) in text.split_whitespace().enumerate() {
        seen.entry(word).or_insert((0, place)).0 += 1;
    }
    seen.remove(UNKNOWN);
    let mut ranked: Vec<(&str, (usize, usize))> = seen.into_iter().collect();
    ranked.sort_unstable_by_key(|&(_, (count, place))| (std::cmp::Reverse(count), place));
    let ids: HashMap<&str, u32> =
        ranked.iter().take(vocab - 1).enumerate().map(|(id, &(word, _))| (word, id as u32)).collect();
    let unknown = (vocab - 1) as u32;
    Ok(text.split_whitespace().map(|word| ids.get(word).copied().unwrap_or(unknown)).collect())
}

fn token_ids(bytes: &[u8], vocab: usize) -> Result<Vec<u32>, Complaint> {
    let hint = "store the token ids as the only tensor of the file, of dtype i64";
    let file =
        SafeTensors::deserialize(bytes).map_err(|cause| (format!("is not a safetensors file: {cause}"), hint))?;
    let tensors = file.tensors();
    let [(name, tensor)] = tensors.as_slice() else {
        return Err((format!("holds {} tensors instead of one", tensors.len()), hint));
    };
    if tensor.dtype() != Dtype::I64 {
        return Err((format!("tensor `{name}` is {:?}, not I64", tensor.dtype()), hint));
    }
    let (ids, _) = tensor.data().as_chunks::<8>();
    let in_vocabulary = |(place, bytes): (usize, &[u8; 8])| {
        let id = i64::from_le_bytes(*bytes);
        u32::try_from(id).ok().filter(|&id| (id as usize) < vocab).ok_or_else(|| {
            (
                format!("token {place} of `{name}` is {id}, outside the vocabulary of {vocab}"),
                "use ids from 0 below the model's vocabulary size",
            )
        })
    };
    ids.iter().enumerate().map(in_vocabulary).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn tensors(tensors: &[(&str, Dtype, Vec<u8>, usize)]) -> Vec<u8> {
        let views =
            tensors.iter().map(|(name, dtype, data, len)| (*name, TensorView::new(*dtype, vec![*len], data).unwrap()));
        safetensors::serialize(views, None).unwrap()
    }

    fn i64s(values: impl IntoIterator<Item = i64>) -> Vec<u8> {
        values.into_iter().flat_map(i64::to_le_bytes).collect()
    }

    #[test]
    fn words_are_ranked_by_frequency_then_by_first_occurrence() {
        let text = "b a a\nc a b <unk>\td ".repeat(3);
        let (_folder, path) = written("text.txt", text.as_bytes());
        // a 9, b 6, then c before d; V = 4 leaves room for three words, so d joins the unknown.
        let corpus = Corpus::open(&path, 4).unwrap();
        assert_eq!(corpus.tokens()[..8], [1, 0, 0, 2, 0, 1, 3, 3]);
        // With room for all, d is the fourth word and <unk> the last id.
        assert_eq!(Corpus::open(&path, 9).unwrap().tokens()[..8], [1, 0, 0, 2, 0, 1, 8, 3]);
    }

    #[test]
    fn token_ids_are_read_as_they_are() {
        let (_folder, path) = written("ids.safetensors", &tensors(&[("t", Dtype::I64, i64s(0..30), 30)]));
        assert_eq!(Corpus::open(&path, 30).unwrap().tokens(), (0..30).collect::<Vec<u32>>());
    }

    #[test]
    fn unusable_files_are_named_with_a_reason_and_a_hint() {
        let two = [("a", Dtype::I64, i64s(0..30), 30), ("b", Dtype::I64, i64s(0..30), 30)];
        let cases: [(&str, Vec<u8>, &str); 10] = [
            ("empty.txt", vec![], "is empty"),
            ("latin.txt", b"caf\xe9 ".repeat(30), "byte 3 is wrong"),
            ("binary.txt", b"a\0b ".repeat(30), "byte 1 is zero"),
            ("short.txt", b"a b c".to_vec(), "3 tokens"),
            ("blank.txt", b" \n ".to_vec(), "0 tokens"),
            ("junk.safetensors", b"junk".to_vec(), "not a safetensors file"),
            ("two.safetensors", tensors(&two), "2 tensors"),
            ("f64.safetensors", tensors(&[("t", Dtype::F64, i64s(0..30), 30)]), "F64, not I64"),
            ("high.safetensors", tensors(&[("t", Dtype::I64, i64s(0..31), 31)]), "token 30 of `t` is 30"),
            ("negative.safetensors", tensors(&[("t", Dtype::I64, i64s(-1..29), 30)]), "token 0 of `t` is -1"),
        ];
        for (name, bytes, reason) in cases {
            let (_folder, path) = written(name, &bytes);
            let error = Corpus::open(&path, 30).unwrap_err();
            assert!(error.is_input() && error.hint().is_some(), "{name}");
            assert!(error.to_string().contains(reason) && error.to_string().contains(name), "{name}: {error}");
        }
        assert!(Corpus::open(Path::new("/no/such/file.txt"), 30).unwrap_err().is_input());
    }
}
