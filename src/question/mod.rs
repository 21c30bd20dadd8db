//! Questions: which quantity, under which condition. Pure data, shared by papers (who ask) and the lab (who answers).

mod condition;
mod matrix;
mod quantity;

pub use condition::{
    Adapter, Average, Base, Batch, Condition, ConditionError, Frame, Head, Lens, MOST_STEPS, Optimizer, Side, Text,
};
pub use matrix::{MatrixId, MatrixKind};
pub use quantity::Quantity;

use serde::{Deserialize, Serialize};

/// One number that can be measured: a quantity under a full condition. A seed makes it an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    pub quantity: Quantity,
    pub condition: Condition,
}

impl Question {
    /// Refuses what no measurement could answer.
    ///
    /// # Errors
    /// Says what does not fit together.
    pub fn check(&self) -> Result<(), String> {
        let Condition { lens, over, .. } = &self.condition;
        if *lens == Lens::Haar && !self.quantity.is_seen_through_frames() {
            return Err(format!("{} is not seen through frames: `lens` has no meaning for it", self.quantity));
        }
        let coverage = matches!(self.quantity, Quantity::CoreCoverage | Quantity::DiagonalCoverage);
        if *over == Average::Pooled && !coverage {
            return Err(format!("`pooled` averages coverages by gradient norm; {} is none", self.quantity));
        }
        if *over != Average::All && !self.quantity.is_per_matrix() {
            return Err(format!("{} is one number for the whole model: `over` has no meaning for it", self.quantity));
        }
        Ok(())
    }
}
