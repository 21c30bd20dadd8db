//! The opposite of a claim: what holds where an effect does not only fail, but changes its sign.

use super::rule::{Direction, Extreme, Rule, Turn};

impl Rule {
    /// The rule that asks for the effect in the other direction, of the same size. `None` for kinds without a direction.
    pub fn opposite(&self) -> Option<Self> {
        Some(match self.clone() {
            Self::Monotone { labels, direction, by } => {
                let direction = match direction {
                    Direction::Rising => Direction::Falling,
                    Direction::Falling => Direction::Rising,
                };
                Self::Monotone { labels, direction, by }
            }
            Self::Best { labels, winner, extreme, by } => {
                let extreme = match extreme {
                    Extreme::Highest => Extreme::Lowest,
                    Extreme::Lowest => Extreme::Highest,
                };
                Self::Best { labels, winner, extreme, by }
            }
            Self::LocalExtremum { labels, at, turn, by } => {
                let turn = match turn {
                    Turn::Peak => Turn::Dip,
                    Turn::Dip => Turn::Peak,
                };
                Self::LocalExtremum { labels, at, turn, by }
            }
            Self::PowerLaw { x, exponent, within } if exponent.abs() > within => {
                Self::PowerLaw { x, exponent: -exponent, within }
            }
            // A region that holds no change (a ratio of 1, a difference of 0) has no other side.
            Self::Ratio { low, high } if low >= 1.0 || high <= 1.0 => Self::Ratio { low: 1.0 / high, high: 1.0 / low },
            Self::Difference { low, high } if low >= 0.0 || high <= 0.0 => Self::Difference { low: -high, high: -low },
            Self::Correlation { at_least, index, gain } => Self::Correlation { at_least: -at_least, index, gain },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Outcome;

    fn outcome(rule: &Rule, seed: &[f64]) -> Outcome {
        let wobble = [-1e-3, 0.0, 1e-3];
        let seeds: Vec<Vec<f64>> = wobble
            .iter()
            .map(|w| seed.iter().enumerate().map(|(i, y)| y * (1.0 + w * (i + 1) as f64)).collect())
            .collect();
        rule.decide(&seeds).unwrap().outcome
    }

    #[test]
    fn a_reversed_effect_is_refuted_and_its_opposite_confirmed() {
        let labels = || ["a", "b", "c"].map(str::to_owned).to_vec();
        let cases = [
            (Rule::Monotone { labels: labels(), direction: Direction::Rising, by: 0.0 }, vec![3.0, 2.0, 1.0]),
            (Rule::Best { labels: labels(), winner: 0, extreme: Extreme::Lowest, by: 0.0 }, vec![3.0, 2.0, 1.0]),
            (Rule::LocalExtremum { labels: labels(), at: 1, turn: Turn::Peak, by: 0.0 }, vec![3.0, 1.0, 2.0]),
            (Rule::PowerLaw { x: vec![1.0, 2.0, 4.0], exponent: 1.0, within: 0.1 }, vec![4.0, 2.0, 1.0]),
            (Rule::Ratio { low: 1.5, high: f64::INFINITY }, vec![1.0, 2.0]),
            (Rule::Difference { low: 0.5, high: f64::INFINITY }, vec![1.0, 2.0]),
        ];
        for (rule, values) in cases {
            let opposite = rule.opposite().unwrap();
            assert_eq!(outcome(&rule, &values), Outcome::Refuted, "{rule:?}");
            assert_eq!(outcome(&opposite, &values), Outcome::Confirmed, "{opposite:?}");
            assert_eq!(opposite.opposite(), Some(rule));
        }
    }

    #[test]
    fn what_has_no_direction_has_no_opposite() {
        let labels = || ["a", "b", "c"].map(str::to_owned).to_vec();
        for rule in [
            Rule::Ratio { low: 0.5, high: 2.0 },
            Rule::Difference { low: -1.0, high: 1.0 },
            Rule::Equal { labels: labels(), within: 0.1 },
            Rule::PowerLaw { x: vec![1.0, 2.0, 4.0], exponent: 0.0, within: 0.1 },
            Rule::Pattern { labels: labels(), lowest: None, highest: None },
        ] {
            assert_eq!(rule.opposite(), None, "{rule:?}");
        }
    }
}
