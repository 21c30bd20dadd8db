//! Named random streams: everything random in the project is drawn from one of these.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator of stream `label` under the user's `seed`.
///
/// Streams with different labels are independent, so that drawing more from one never shifts another. ChaCha8 gives
/// the same numbers on every platform.
pub fn stream(seed: u64, label: &str) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(label.as_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn a_stream_is_fixed_by_seed_and_label() {
        assert_eq!(stream(1, "a").next_u64(), stream(1, "a").next_u64());
        assert_ne!(stream(1, "a").next_u64(), stream(1, "b").next_u64());
        assert_ne!(stream(1, "a").next_u64(), stream(2, "a").next_u64());
    }
}
