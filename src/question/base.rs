//! The frozen weights that an experiment starts from.

use serde::{Deserialize, Serialize};

/// Where the frozen weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// From corpus statistics, without training: the papers' own.
    Crystallized,
    /// The crystallized base after full training.
    Trained,
    /// The user's own checkpoint (`--model`).
    #[value(skip)]
    Checkpoint,
    /// Crystallized with s, beta and the block scale twice as large.
    CrystallizedDoubled,
    /// Crystallized with s, beta and the block scale half as large.
    CrystallizedHalved,
}

impl Base {
    /// The factor on s, beta and the block scale of the crystallized recipe; `None` where a base has no recipe of its own.
    pub const fn recipe_factor(self) -> Option<f64> {
        match self {
            Self::Crystallized => Some(1.0),
            Self::CrystallizedDoubled => Some(2.0),
            Self::CrystallizedHalved => Some(0.5),
            Self::Trained | Self::Checkpoint => None,
        }
    }

    /// The name of a base, as conditions write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crystallized => "crystallized",
            Self::Trained => "trained",
            Self::Checkpoint => "checkpoint",
            Self::CrystallizedDoubled => "crystallized-doubled",
            Self::CrystallizedHalved => "crystallized-halved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_conditions() {
        for base in
            [Base::Crystallized, Base::Trained, Base::Checkpoint, Base::CrystallizedDoubled, Base::CrystallizedHalved]
        {
            assert_eq!(serde_json::to_value(base).unwrap(), base.name());
        }
    }
}
