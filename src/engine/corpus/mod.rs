//! The text that models are built from, trained on and tested on: token ids, split into a train and a held-out part.

mod file;
mod grammar;
mod synthetic;

use std::path::PathBuf;

use rand::Rng;

use super::EngineError;
use crate::seed::stream;

/// One in this many tokens, at the end, is held out: never counted in a base, never drawn as a batch.
const HELD_OUT_SHARE: usize = 10;

/// The shortest text with a bigram in each part.
const FEWEST_TOKENS: usize = 2 * HELD_OUT_SHARE;

/// A text as token ids below `vocab`.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    vocab: usize,
    tokens: Vec<u32>,
    /// The user's file, named in errors; `None` for the synthetic language.
    source: Option<PathBuf>,
}

impl Corpus {
    /// V: every token id is below it.
    pub const fn vocab(&self) -> usize {
        self.vocab
    }

    /// All tokens in order.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The first 90 %: what the base counts and batches are drawn from.
    pub fn train(&self) -> &[u32] {
        &self.tokens[..self.split()]
    }

    /// The last 10 %.
    pub fn held_out(&self) -> &[u32] {
        &self.tokens[self.split()..]
    }

    fn split(&self) -> usize {
        self.tokens.len() - self.tokens.len() / HELD_OUT_SHARE
    }

    /// Fails where sequences of `length` tokens and their next ones do not fit into both parts: to be asked before a run.
    ///
    /// # Errors
    /// The text is too short; the file is named where it is the user's.
    pub fn check_length(&self, length: usize) -> Result<(), EngineError> {
        let shortest = self.train().len().min(self.held_out().len());
        if shortest > length {
            return Ok(());
        }
        let message = format!("a text of {} tokens is too short for sequences of {length}", self.tokens.len());
        let hint = format!("give at least {} tokens: the last 10 % are held out", (length + 1) * HELD_OUT_SHARE);
        Err(match &self.source {
            Some(path) => EngineError::File { path: path.clone(), message, hint },
            None => EngineError::Request { message, hint },
        })
    }

    /// The batch of a step: `sequences` runs of `length + 1` consecutive train tokens at uniform offsets (inputs and, one
    /// further, targets). The same seed and step give the same batch, so a fixed batch is that of step 1 every time.
    ///
    /// # Errors
    /// The text is too short.
    pub fn batch(&self, seed: u64, step: usize, sequences: usize, length: usize) -> Result<Vec<Vec<u32>>, EngineError> {
        self.check_length(length)?;
        Ok(windows(self.train(), sequences, length, &mut stream(seed, &format!("batch/{step}"))))
    }

    /// `sequences` runs of `length + 1` consecutive held-out tokens at uniform offsets.
    ///
    /// # Errors
    /// The text is too short.
    pub fn held_out_batch(&self, seed: u64, sequences: usize, length: usize) -> Result<Vec<Vec<u32>>, EngineError> {
        self.check_length(length)?;
        Ok(windows(self.held_out(), sequences, length, &mut stream(seed, "held-out")))
    }

    /// How often each word occurs in the train part, `[V]`.
    pub fn unigrams(&self) -> Vec<u32> {
        let mut counts = vec![0; self.vocab];
        for &token in self.train() {
            counts[token as usize] += 1;
        }
        counts
    }

    /// The pairs of neighbours in the train part with their counts, `(first, second, count)`, sorted.
    pub fn bigrams(&self) -> Vec<(u32, u32, u32)> {
        let mut pairs: Vec<(u32, u32)> = self.train().windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        let runs = pairs.chunk_by(|one, other| one == other);
        runs.map(|run| (run[0].0, run[0].1, run.len() as u32)).collect()
    }

    /// Cross-entropy of the held-out tokens under the train part's word frequencies, in nats per token: what a model reaches
    /// that knows the words but not their order. Every word counts once more than seen (Laplace), so that a held-out word that
    /// the train part lacks costs a finite amount.
    pub fn held_out_unigram_entropy(&self) -> f64 {
        let counts = self.unigrams();
        let total = (self.train().len() + self.vocab) as f64;
        let nats: f64 = self.held_out().iter().map(|&t| (total / f64::from(counts[t as usize] + 1)).ln()).sum();
        nats / self.held_out().len() as f64
    }

    /// A name of the content, equal for equal vocabulary size and tokens (BLAKE3, hexadecimal).
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.vocab as u64).to_le_bytes());
        for token in &self.tokens {
            hasher.update(&token.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Runs of `length + 1` tokens of `text` at uniform offsets; `text` is longer than `length`.
fn windows(text: &[u32], sequences: usize, length: usize, rng: &mut impl Rng) -> Vec<Vec<u32>> {
    (0..sequences)
        .map(|_| {
            let start = rng.random_range(0..text.len() - length);
            text[start..=start + length].to_vec()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(tokens: usize) -> Corpus {
        Corpus { vocab: tokens, tokens: (0..tokens as u32).collect(), source: None }
    }

    #[test]
    fn batches_are_train_text_and_held_out_batches_are_not() {
        let corpus = counting(1000);
        for step in 1..50 {
            for sequence in corpus.batch(1, step, 4, 30).unwrap() {
                assert_eq!(sequence.len(), 31);
                assert!(sequence.windows(2).all(|pair| pair[1] == pair[0] + 1));
                assert!(sequence.iter().all(|&token| token < 900), "a held-out token in a batch");
            }
        }
        let held_out = corpus.held_out_batch(1, 50, 30).unwrap();
        assert!(held_out.iter().flatten().all(|&token| token >= 900));
    }

    #[test]
    fn every_offset_can_be_drawn() {
        // 18 train tokens, windows of 17: offsets 0 and 1, missed by 64 fair draws with probability 2^-63.
        let starts: Vec<u32> = counting(20).held_out_batch(1, 64, 1).unwrap().iter().map(|s| s[0]).collect();
        assert_eq!(starts, vec![18; 64]);
        let corpus = Corpus { tokens: (0..200).collect(), vocab: 200, source: None };
        let starts: Vec<u32> = corpus.held_out_batch(1, 64, 18).unwrap().iter().map(|s| s[0]).collect();
        assert!(starts.contains(&180) && starts.contains(&181));
    }

    #[test]
    fn a_batch_is_fixed_by_seed_and_step() {
        let corpus = counting(1000);
        let batch = |seed, step| corpus.batch(seed, step, 2, 20).unwrap();
        assert_eq!(batch(1, 1), batch(1, 1));
        assert_ne!(batch(1, 1), batch(1, 2));
        assert_ne!(batch(1, 1), batch(2, 1));
    }

    #[test]
    fn counts_stop_before_the_held_out_part() {
        let corpus = Corpus { vocab: 3, tokens: [0, 1].repeat(9).into_iter().chain([2, 2]).collect(), source: None };
        assert_eq!(corpus.unigrams(), [9, 9, 0]);
        assert_eq!(corpus.bigrams(), [(0, 1, 9), (1, 0, 8)]);
        // 18 train tokens and 3 words: the unseen word costs ln(21/1).
        approx::assert_relative_eq!(corpus.held_out_unigram_entropy(), 21_f64.ln(), max_relative = 1e-14);
    }

    #[test]
    fn a_text_shorter_than_its_sequences_is_an_error() {
        let corpus = counting(100);
        assert!(corpus.check_length(9).is_ok());
        assert!(matches!(corpus.batch(1, 1, 1, 10), Err(EngineError::Request { .. })));
        let corpus = Corpus { source: Some("text.txt".into()), ..corpus };
        assert!(matches!(corpus.held_out_batch(1, 1, 10), Err(EngineError::File { .. })));
    }

    #[test]
    fn the_digest_tells_texts_and_vocabularies_apart() {
        let corpus = counting(30);
        assert_eq!(corpus.digest(), counting(30).digest());
        assert_ne!(corpus.digest(), counting(31).digest());
        assert_ne!(corpus.digest(), Corpus { vocab: 31, ..corpus.clone() }.digest());
    }
}
