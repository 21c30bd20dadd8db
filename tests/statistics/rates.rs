//! How often something happens over many experiments, printed with its Clopper-Pearson interval, held against what is
//! promised. A test fails where the data prove that it happens more often than it may: the lower end of the 99.99 % interval of
//! the rate lies above what is allowed; or, where theory gives the rate, less often.

use ctlora::seed::stream;
use ctlora::stats::{LEVEL, binomial_interval};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Experiments of each kind: a rate of .025 is then known to +-.005.
pub const DRAWS: u64 = 4000;

/// A rate that is only to be bounded, or one that the theory gives exactly.
#[derive(Clone, Copy, PartialEq)]
pub enum Promise {
    AtMost(f64),
    Exactly(f64),
    AtLeast(f64),
}

/// Counts `happens` over [`DRAWS`] experiments, prints the rate, and holds it against the promise.
#[track_caller]
pub fn rate(what: &str, promise: Promise, happens: impl FnMut(&mut ChaCha8Rng) -> bool) {
    rate_of(DRAWS, what, promise, happens);
}

#[track_caller]
pub fn rate_of(draws: u64, what: &str, promise: Promise, mut happens: impl FnMut(&mut ChaCha8Rng) -> bool) {
    let mut random = stream(1, what);
    let hits = (0..draws).filter(|_| happens(&mut random)).count() as u64;
    let shown = binomial_interval(hits, draws, LEVEL).unwrap();
    let proven = binomial_interval(hits, draws, 0.9999).unwrap();
    let (words, level) = match promise {
        Promise::AtMost(level) => ("at most", level),
        Promise::Exactly(level) => ("exactly", level),
        Promise::AtLeast(level) => ("at least", level),
    };
    let share = hits as f64 / draws as f64;
    println!("{what}: {hits} of {draws} = {share:.4} [{:.4}, {:.4}], {words} {level:.3}", shown.low, shown.high);
    if !matches!(promise, Promise::AtLeast(_)) {
        assert!(proven.low <= level, "{what}: {share} is more than {level}");
    }
    if !matches!(promise, Promise::AtMost(_)) {
        assert!(proven.high >= level, "{what}: {share} is less than {level}");
    }
}

pub fn normal(random: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(random)
}
