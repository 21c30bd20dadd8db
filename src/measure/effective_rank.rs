//! Effective rank (Roy & Vetterli 2007): how many directions a matrix spreads over.

use serde::{Deserialize, Serialize};

use super::MeasureError;

/// Both readings of an effective rank.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EffectiveRanks {
    /// Over singular values ([`effective_rank`]).
    pub of_values: f64,
    /// Over their squares ([`energy_effective_rank`]).
    pub of_energies: f64,
}

impl EffectiveRanks {
    /// Both, of one list of singular values.
    ///
    /// # Errors
    /// As [`effective_rank`].
    pub fn of(sigma: &[f64]) -> Result<Self, MeasureError> {
        Ok(Self { of_values: effective_rank(sigma)?, of_energies: energy_effective_rank(sigma)? })
    }
}

/// `exp(H(p))`, `p = sigma / sum sigma`, H the entropy in nats: 1 for rank one, r for r equal singular values.
///
/// The papers' reading is on sigma, not on sigma^2. Zeros contribute nothing; the order does not matter.
///
/// # Errors
/// All values are zero (or there is none), one is negative, or one is not finite.
pub fn effective_rank(sigma: &[f64]) -> Result<f64, MeasureError> {
    entropy_rank(sigma, |share_of_largest| share_of_largest)
}

/// The same over `sigma^2`: `p = sigma^2 / sum sigma^2`, shares of the matrix's energy.
///
/// # Errors
/// As [`effective_rank`].
pub fn energy_effective_rank(sigma: &[f64]) -> Result<f64, MeasureError> {
    entropy_rank(sigma, |share_of_largest| share_of_largest * share_of_largest)
}

/// `weight` turns sigma over the largest sigma into what the entropy is taken of.
fn entropy_rank(sigma: &[f64], weight: impl Fn(f64) -> f64) -> Result<f64, MeasureError> {
    if sigma.iter().any(|x| !x.is_finite()) {
        return Err(MeasureError::NonFinite { what: "the list of singular values" });
    }
    if let Some(&value) = sigma.iter().find(|&&x| x < 0.0) {
        return Err(MeasureError::Negative { value });
    }
    let largest = sigma.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(MeasureError::Zero { what: "the matrix" });
    }
    // Divided by the largest first: the sum of very large values would overflow.
    let total: f64 = sigma.iter().map(|x| weight(x / largest)).sum();
    let entropy: f64 =
        sigma.iter().map(|x| weight(x / largest) / total).filter(|&p| p > 0.0).map(|p| -p * p.ln()).sum();
    Ok(entropy.exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn known_spectra() {
        let er = |sigma: &[f64]| effective_rank(sigma).unwrap();
        // p = (1/2, 1/4, 1/4): H = 1.5 ln 2.
        assert_relative_eq!(er(&[2.0, 1.0, 1.0]), 2.0_f64.powf(1.5), max_relative = 1e-14);
        // p = (3/4, 1/4): exp(ln 4 - (3/4) ln 3) = 4 / 3^(3/4).
        assert_relative_eq!(er(&[3.0, 1.0]), 1.754_765_350_6, max_relative = 1e-10);
        // p_i = 2^-(i+1): H = 2 ln 2; the terms past 2^-60 are below rounding.
        let geometric: Vec<f64> = (0..60).map(|i| 0.5_f64.powi(i)).collect();
        assert_relative_eq!(er(&geometric), 4.0, max_relative = 1e-12);
        assert_relative_eq!(er(&[7.0; 5]), 5.0, max_relative = 1e-14);
        assert_relative_eq!(er(&[0.0, 3.0, 0.0]), 1.0, max_relative = 1e-14);
        assert_relative_eq!(er(&[1e308, 1e308]), 2.0, max_relative = 1e-14);
    }

    #[test]
    fn energies_are_the_squares() {
        let er = |sigma: &[f64]| energy_effective_rank(sigma).unwrap();
        // sqrt(3) and 1: energies 3 and 1, so 4 / 3^(3/4) as above.
        assert_relative_eq!(er(&[3.0_f64.sqrt(), 1.0]), 1.754_765_350_6, max_relative = 1e-10);
        assert_relative_eq!(er(&[7.0; 5]), 5.0, max_relative = 1e-14);
        assert_relative_eq!(er(&[1e300, 1e300]), 2.0, max_relative = 1e-14);
        // The entropy of the squares is the smaller: they are more concentrated.
        let both = EffectiveRanks::of(&[2.0, 1.0, 1.0]).unwrap();
        assert!(both.of_energies < both.of_values);
    }

    #[test]
    fn spectra_without_a_rank_are_errors() {
        assert_eq!(effective_rank(&[]), Err(MeasureError::Zero { what: "the matrix" }));
        assert_eq!(effective_rank(&[0.0, 0.0]), Err(MeasureError::Zero { what: "the matrix" }));
        assert_eq!(effective_rank(&[1.0, -1.0]), Err(MeasureError::Negative { value: -1.0 }));
        assert!(matches!(effective_rank(&[1.0, f64::NAN]), Err(MeasureError::NonFinite { .. })));
        assert!(matches!(energy_effective_rank(&[0.0]), Err(MeasureError::Zero { .. })));
        assert!(matches!(effective_rank(&[f64::INFINITY]), Err(MeasureError::NonFinite { .. })));
    }
}
