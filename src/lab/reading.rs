//! What is asked of a run's steps, and what was read there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::course::AlphaGradients;
use crate::measure::{EffectiveRanks, NullDraw};
use crate::question::{Condition, Dims, Dropout, Kept, MatrixId, Readout, Side, Text};

/// One loss at a step, in nats, mean over tokens. `kept` is at the scale's own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LossRead {
    pub side: Side,
    pub text: Text,
    pub readout: Readout,
    pub kept: Kept,
}

impl LossRead {
    /// The loss that a question under this condition, at the scale's own sizes, is about.
    pub fn of(condition: &Condition) -> Self {
        let &Condition { side, text, kept, dropout, readout, .. } = condition;
        // Without dropout there is no mask: both read-outs are one.
        Self { side, text, kept, readout: if dropout == Dropout::None { Readout::Whole } else { readout } }
    }
}

/// What is asked of one step of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub losses: BTreeSet<LossRead>,
    /// The base's loss on the same texts.
    pub base: bool,
    /// The full gradient before the update, seen through the frames where there are any.
    pub gradient: bool,
    /// The effective rank of the frozen weights.
    pub weights: bool,
    /// The share of the steps so far at which the training loss fell.
    pub course: bool,
    /// Statistics of the alpha gradients of the steps so far, over these dimensions (at the scale's own size).
    pub alpha_gradients: BTreeSet<Dims>,
}

impl Asked {
    /// Asks for what `other` asks, too.
    pub fn add(&mut self, other: &Self) {
        self.losses.extend(&other.losses);
        self.base |= other.base;
        self.gradient |= other.gradient;
        self.weights |= other.weights;
        self.course |= other.course;
        self.alpha_gradients.extend(&other.alpha_gradients);
    }

    /// Whether it asks for all that `other` asks.
    pub fn includes(&self, other: &Self) -> bool {
        let mut both = self.clone();
        both.add(other);
        both == *self
    }

    /// Whether the step's update must be made, and not only its loss be read.
    pub fn needs_step(&self) -> bool {
        self.losses.iter().any(|loss| loss.side == Side::After) || self.course || !self.alpha_gradients.is_empty()
    }
}

/// The probed steps of a run and what is asked of each.
pub type Probes = BTreeMap<usize, Asked>;

/// A statistic, or the reason why it has no value there.
pub type Measured = Result<f64, String>;

/// What was read at one step. Losses in nats, mean over tokens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub asked: Asked,
    pub losses: BTreeMap<LossRead, f64>,
    pub base: BTreeMap<Text, f64>,
    /// As the papers count them, with the K in force; `None` without an adapter.
    pub parameters: Option<usize>,
    pub gradients: BTreeMap<MatrixId, GradientReading>,
    pub weights: BTreeMap<MatrixId, EffectiveRanks>,
    pub monotone_share: Option<Measured>,
    pub alpha_gradients: BTreeMap<Dims, AlphaGradients>,
}

/// One matrix's gradient at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientReading {
    /// |G|_F
    pub norm: f64,
    pub ranks: EffectiveRanks,
    /// `None` where no adapter has frames to see it through.
    pub seen: Option<Seen>,
}

/// A gradient seen through frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Through the run's own.
    pub own: NullDraw,
    /// Through [`super::NULL_DRAWS`] pairs of Haar frames.
    pub null: Vec<NullDraw>,
}

/// A finished run: the readings of all its probes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub readings: BTreeMap<usize, Reading>,
}

impl Record {
    /// True where every probe was read.
    pub fn covers(&self, probes: &Probes) -> bool {
        probes.iter().all(|(step, asked)| self.readings.get(step).is_some_and(|reading| reading.asked.includes(asked)))
    }

    /// Keeps what an earlier record of the same run read and this one did not.
    pub fn absorb(&mut self, earlier: Self) {
        for (step, reading) in earlier.readings {
            if self.readings.get(&step).is_none_or(|own| reading.asked.includes(&own.asked)) {
                self.readings.insert(step, reading);
            }
        }
    }

    /// What this record has answers to.
    pub fn probes(&self) -> Probes {
        self.readings.iter().map(|(&step, reading)| (step, reading.asked.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(sides: &[Side]) -> Asked {
        let loss = |&side: &Side| LossRead { side, text: Text::Training, readout: Readout::Whole, kept: Kept::All };
        Asked { losses: sides.iter().map(loss).collect(), ..Asked::default() }
    }

    #[test]
    fn a_record_keeps_what_an_earlier_one_read_besides() {
        let reading = |asked: &Asked| Reading { asked: asked.clone(), ..Reading::default() };
        let (after, both) = (asked(&[Side::After]), asked(&[Side::Before, Side::After]));
        let earlier = Record { readings: BTreeMap::from([(1, reading(&both)), (40, reading(&after))]) };
        let mut record = Record { readings: BTreeMap::from([(1, reading(&after)), (2, reading(&after))]) };
        record.absorb(earlier);
        assert_eq!(record.probes(), Probes::from([(1, both), (2, after.clone()), (40, after)]));
    }

    #[test]
    fn a_record_covers_what_it_read_and_no_more() {
        let dims = |all: &[Dims]| Asked { alpha_gradients: all.iter().copied().collect(), ..Asked::default() };
        let read = dims(&[Dims::All, Dims::First(20)]);
        let record = Record { readings: BTreeMap::from([(3, Reading { asked: read, ..Reading::default() })]) };
        assert!(record.covers(&Probes::from([(3, dims(&[Dims::First(20)]))])));
        assert!(!record.covers(&Probes::from([(3, dims(&[Dims::Beyond(20)]))])));
        assert!(!record.covers(&Probes::from([(4, Asked::default())])));
        assert!(!record.covers(&Probes::from([(3, Asked { course: true, ..Asked::default() })])));
    }
}
