//! The default corpus: a seeded synthetic language with word frequencies, grammar, topics and collocations.
//!
//! Words are numbered by frequency rank from 0. A word's weight is (rank + 2.7)^-1.25. The next word's class follows from the
//! class of the last word, the word within its class from the topic of the passage; some words are followed by a fixed
//! partner half of the time. Constants that are not in [`CorpusConfig`] belong to the language, not to a scale.

use rand::Rng;
use rand::seq::index;

use super::grammar::{balanced_joint, class_of_words};
use super::{Corpus, FEWEST_TOKENS};
use crate::engine::{CorpusConfig, EngineError};
use crate::seed::stream;

const WEIGHT_SHIFT: f64 = 2.7;
const WEIGHT_EXPONENT: f64 = -1.25;
/// Tokens until the next topic.
const TOPIC_TOKENS: usize = 250;
/// How often the topic has a say in the next word, and how many times more its words then weigh.
const TOPIC_PROBABILITY: f64 = 0.7;
const TOPIC_WEIGHT: f64 = 12.0;
/// Ranks that collocations start from, as shares of the vocabulary: 100..4000 of 15007 words. A smaller vocabulary keeps the
/// shares, so that sources stay below the most frequent words and above the rare ones.
const SOURCE_RANKS: [f64; 2] = [100.0 / 15007.0, 4000.0 / 15007.0];
/// A partner's rank is the source's times exp(uniform(-this, this)).
const PARTNER_SPREAD: f64 = 0.35;
const PARTNER_PROBABILITY: f64 = 0.5;
impl Corpus {
    /// A text of `config.tokens` tokens, fixed by the seed.
    ///
    /// # Errors
    /// [`EngineError::Request`]: the sizes do not allow a language (no class or topic, fewer words than classes, more
    /// collocations than ranks to start from, too few tokens).
    pub fn synthetic(config: &CorpusConfig, seed: u64) -> Result<Self, EngineError> {
        let language = Language::new(config, seed)?;
        Ok(Self { vocab: config.vocab, tokens: language.speak(config.tokens, seed), source: None })
    }
}

/// A cumulative table to draw indices from.
#[derive(Debug)]
struct Cumulative(Vec<f64>);

impl Cumulative {
    fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut total = 0.0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    total += weight;
                    total
                })
                .collect(),
        )
    }

    fn draw(&self, rng: &mut impl Rng) -> usize {
        let total = self.0.last().copied().unwrap_or(0.0);
        let point = rng.random::<f64>() * total;
        self.0.partition_point(|&upper| upper <= point).min(self.0.len().saturating_sub(1))
    }
}

/// Everything that the next token depends on.
struct Language {
    /// Class of each word, `[V]`.
    class_of: Vec<usize>,
    /// Words of each class, by rank.
    words: Vec<Vec<u32>>,
    classes: Cumulative,
    /// Next class, by class.
    transitions: Vec<Cumulative>,
    /// Word within its class when no topic has a say, by class.
    plain: Vec<Cumulative>,
    /// Word within its class, by topic and class.
    topical: Vec<Vec<Cumulative>>,
    /// The partner of each word that has one, `[V]`.
    partner: Vec<Option<u32>>,
}

fn word_weight(rank: usize) -> f64 {
    (rank as f64 + WEIGHT_SHIFT).powf(WEIGHT_EXPONENT)
}

impl Language {
    fn new(config: &CorpusConfig, seed: u64) -> Result<Self, EngineError> {
        let &CorpusConfig { vocab, tokens, classes, topics, collocations } = config;
        let [first, last] = SOURCE_RANKS.map(|share| (share * vocab as f64).round() as usize);
        if classes == 0 || topics == 0 || vocab < classes || collocations > last - first || tokens < FEWEST_TOKENS {
            return Err(EngineError::Request {
                message: format!(
                    "no synthetic language has {vocab} words, {classes} classes, {topics} topics, {collocations} \
                     collocations and {tokens} tokens"
                ),
                hint: format!(
                    "it needs a class and a topic, as many words as classes, at most {} collocations, {FEWEST_TOKENS} tokens",
                    last - first
                ),
            });
        }
        let class_of = class_of_words(vocab, classes, &mut stream(seed, "corpus/classes"));
        let mut words = vec![Vec::new(); classes];
        for (word, &class) in class_of.iter().enumerate() {
            words[class].push(word as u32);
        }
        let weight = |word: &u32| word_weight(*word as usize);
        let marginal: Vec<f64> = words.iter().map(|members| members.iter().map(weight).sum()).collect();
        let joint = balanced_joint(&marginal, &mut stream(seed, "corpus/transitions"));

        let mut rng = stream(seed, "corpus/topics");
        let topic_of: Vec<usize> = (0..vocab).map(|_| rng.random_range(0..topics)).collect();
        let topical = (0..topics).map(|topic| {
            let boosted = |word: &u32| {
                let own = topic_of[*word as usize] == topic;
                weight(word) * if own { TOPIC_WEIGHT } else { 1.0 }
            };
            words.iter().map(|members| Cumulative::new(members.iter().map(boosted))).collect()
        });

        let mut rng = stream(seed, "corpus/collocations");
        let mut partner = vec![None; vocab];
        for offset in index::sample(&mut rng, last - first, collocations) {
            let source = first + offset;
            let factor = rng.random_range(-PARTNER_SPREAD..PARTNER_SPREAD).exp();
            let rank = ((source as f64 * factor).round() as usize).min(vocab - 1);
            partner[source] = Some(rank as u32);
        }
        Ok(Self {
            topical: topical.collect(),
            plain: words.iter().map(|members| Cumulative::new(members.iter().map(weight))).collect(),
            classes: Cumulative::new(marginal),
            transitions: joint.into_iter().map(Cumulative::new).collect(),
            class_of,
            words,
            partner,
        })
    }

    fn speak(&self, tokens: usize, seed: u64) -> Vec<u32> {
        let mut rng = stream(seed, "corpus/tokens");
        let mut text: Vec<u32> = Vec::with_capacity(tokens);
        let mut topic = 0;
        for place in 0..tokens {
            if place % TOPIC_TOKENS == 0 {
                topic = rng.random_range(0..self.topical.len());
            }
            let last = text.last().map(|&word| word as usize);
            let word = match last.and_then(|last| self.partner[last]) {
                Some(partner) if rng.random_bool(PARTNER_PROBABILITY) => partner,
                _ => {
                    let follow = last.map_or(&self.classes, |last| &self.transitions[self.class_of[last]]);
                    let class = follow.draw(&mut rng);
                    let topical = rng.random_bool(TOPIC_PROBABILITY);
                    let table = if topical { &self.topical[topic][class] } else { &self.plain[class] };
                    self.words[class][table.draw(&mut rng)]
                }
            };
            text.push(word);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CI: CorpusConfig = CorpusConfig { vocab: 1009, tokens: 60_000, classes: 32, topics: 8, collocations: 168 };

    #[test]
    fn the_same_seed_speaks_the_same_text() {
        let corpus = Corpus::synthetic(&CI, 1).unwrap();
        assert_eq!(corpus, Corpus::synthetic(&CI, 1).unwrap());
        assert_ne!(corpus.digest(), Corpus::synthetic(&CI, 2).unwrap().digest());
        assert_eq!((corpus.vocab(), corpus.tokens().len()), (1009, 60_000));
        assert_eq!((corpus.train().len(), corpus.held_out().len()), (54_000, 6_000));
    }

    #[test]
    fn without_collocations_word_frequencies_are_those_of_classes_and_topics() {
        let config = CorpusConfig { collocations: 0, ..CI };
        let language = Language::new(&config, 3).unwrap();
        let counts = Corpus::synthetic(&config, 3).unwrap().unigrams();
        let share = |table: &Cumulative, place: usize| {
            let below = if place == 0 { 0.0 } else { table.0[place - 1] };
            (table.0[place] - below) / table.0.last().unwrap()
        };
        // The stationary law: the class's marginal times the word's share in it, averaged over topics.
        let mut law = vec![0.0; 1009];
        for (class, words) in language.words.iter().enumerate() {
            for (place, &word) in words.iter().enumerate() {
                let topical: f64 = language.topical.iter().map(|topic| share(&topic[class], place)).sum::<f64>() / 8.0;
                let plain = share(&language.plain[class], place);
                law[word as usize] = share(&language.classes, class) * (0.7 * topical + 0.3 * plain);
            }
        }
        approx::assert_relative_eq!(law.iter().sum::<f64>(), 1.0, max_relative = 1e-12);
        for range in [0..10, 10..100, 100..400, 400..1009] {
            let expected: f64 = law[range.clone()].iter().sum();
            let seen = f64::from(counts[range.clone()].iter().sum::<u32>()) / 54_000.0;
            // 216 passages draw their topics at random: a share that varies by a half between topics is then known to
            // 0.5/sqrt(216) = 3.4 %, of which 10 % is three.
            assert!((seen / expected - 1.0).abs() < 0.1, "ranks {range:?}: {seen} instead of {expected}");
        }
    }

    #[test]
    fn sources_are_followed_by_their_partners_half_of_the_time() {
        let language = Language::new(&CI, 1).unwrap();
        let text = Corpus::synthetic(&CI, 1).unwrap();
        let (mut sources, mut followed) = (0_u32, 0_u32);
        for pair in text.tokens().windows(2) {
            if let Some(partner) = language.partner[pair[0] as usize] {
                sources += 1;
                followed += u32::from(pair[1] == partner);
            }
        }
        let share = f64::from(followed) / f64::from(sources);
        // A binomial share has a standard deviation of 0.5/sqrt(n); the partner also turns up by chance, below 0.03.
        let six_deviations = 3.0 / f64::from(sources).sqrt();
        assert!(share > 0.5 - six_deviations && share < 0.53 + six_deviations, "{share} of {sources}");
    }

    #[test]
    fn sizes_that_allow_no_language_are_errors() {
        for config in [
            CorpusConfig { classes: 0, ..CI },
            CorpusConfig { topics: 0, ..CI },
            CorpusConfig { vocab: 20, ..CI },
            CorpusConfig { collocations: 1000, ..CI },
            CorpusConfig { tokens: 3, ..CI },
        ] {
            assert!(matches!(Corpus::synthetic(&config, 1), Err(EngineError::Request { .. })), "{config:?}");
        }
    }
}
