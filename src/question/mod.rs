//! Questions: which quantity, under which condition. Pure data, shared by papers (who ask) and the lab (who answers).

mod condition;
mod matrix;
mod quantity;

pub use condition::{
    Adapter, Average, Base, Batch, Condition, ConditionError, Frame, Head, Lens, Optimizer, Side, Text,
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
