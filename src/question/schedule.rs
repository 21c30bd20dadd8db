//! K that changes during training (Paper 81), and K that differs between layers (Paper 84).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::MOST_STEPS;
use super::text_form::text_form;

/// K from a step on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stage {
    pub k: usize,
    /// The first step with this K, from 1.
    pub from: usize,
}

/// How K moves during training.
///
/// At a change (Paper 81's protocol) old alphas are kept for the shared dimensions, new ones start at 0, and the
/// optimiser is reset. It comes before everything else of its step: the loss before that step's update is the new K's.
/// Frames are those of the largest K, of which a smaller one takes the first dimensions. The condition's `k` is the last
/// stage's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Schedule {
    /// Not at all: `constant`.
    Constant,
    /// K from step on, rising or falling: `2@1,8@21`.
    Staged(Stages),
}

/// Two stages or more; the first starts at step 1, each later one after the one before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stages(Vec<Stage>);

impl Stages {
    /// # Errors
    /// Says which rule the stages break.
    pub fn new(stages: Vec<Stage>) -> Result<Self, String> {
        if stages.len() < 2 {
            return Err("a schedule has two stages or more; one K is `constant`".to_owned());
        }
        if stages[0].from != 1 {
            return Err("the first stage starts at step 1".to_owned());
        }
        if let Some(pair) = stages.windows(2).find(|pair| pair[0].from >= pair[1].from) {
            return Err(format!("a stage from step {} cannot follow one from step {}", pair[1].from, pair[0].from));
        }
        if stages.iter().any(|stage| stage.k == 0) {
            return Err("K starts at 1".to_owned());
        }
        match stages.iter().find(|stage| stage.from > MOST_STEPS) {
            Some(stage) => Err(format!("a run has at most {MOST_STEPS} steps, not {}", stage.from)),
            None => Ok(Self(stages)),
        }
    }

    pub fn as_slice(&self) -> &[Stage] {
        &self.0
    }

    /// The same stages with `size(K)` in the place of each K; a K that becomes 0 is 1.
    pub fn map(&self, size: impl Fn(usize) -> usize) -> Self {
        Self(self.0.iter().map(|stage| Stage { k: size(stage.k).max(1), ..*stage }).collect())
    }

    /// K of the last stage.
    pub fn last_k(&self) -> usize {
        self.0.last().map_or(0, |stage| stage.k)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Staged(stages) = self else { return f.write_str("constant") };
        let parts: Vec<String> = stages.0.iter().map(|stage| format!("{}@{}", stage.k, stage.from)).collect();
        f.write_str(&parts.join(","))
    }
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "constant" {
            return Ok(Self::Constant);
        }
        let stage = |part: &str| {
            let (k, from) = part.trim().split_once('@')?;
            Some(Stage { k: k.parse().ok()?, from: from.parse().ok()? })
        };
        let stages: Option<Vec<Stage>> = text.split(',').map(stage).collect();
        let stages = stages.ok_or_else(|| format!("`{text}` is neither constant nor K@STEP,K@STEP,.. (2@1,8@21)"))?;
        Stages::new(stages).map(Self::Staged)
    }
}

text_form!(Schedule);

/// How many dimensions each layer has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Allocation {
    /// The condition's `k` for every matrix: `uniform`.
    Uniform,
    /// K of layer 0, 1, ..: `32,33,28,36,33,34,33,31` (Paper 84).
    ///
    /// `tok_emb` has the condition's `k`. Paper 84 does not say so; its parameter count does:
    /// 260 x 4,096 for the layers leave 1,553,376 - 1,064,960 = 488,416 = 32 x (15,007 + 256).
    PerLayer(LayerDimensions),
}

/// K of every layer, each at least 1, in the order of the layers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LayerDimensions(Vec<usize>);

impl LayerDimensions {
    /// `None` where there is no layer, or one without dimensions.
    pub fn new(layers: Vec<usize>) -> Option<Self> {
        (!layers.is_empty() && layers.iter().all(|&k| k > 0)).then_some(Self(layers))
    }

    pub fn as_slice(&self) -> &[usize] {
        &self.0
    }
}

impl fmt::Display for Allocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::PerLayer(layers) = self else { return f.write_str("uniform") };
        let parts: Vec<String> = layers.0.iter().map(usize::to_string).collect();
        f.write_str(&parts.join(","))
    }
}

impl FromStr for Allocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "uniform" {
            return Ok(Self::Uniform);
        }
        let layers: Option<Vec<usize>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        layers.and_then(LayerDimensions::new).map(Self::PerLayer).ok_or_else(|| {
            format!("`{text}` is neither uniform nor a K from 1 on for each layer (32,33,28,36,33,34,33,31)")
        })
    }
}

text_form!(Allocation);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_round_trip() {
        for text in ["constant", "2@1,8@21", "2@1,4@11,8@21,16@31", "16@1,2@21"] {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
        for text in ["uniform", "32,33,28,36,33,34,33,31", "4"] {
            assert_eq!(text.parse::<Allocation>().unwrap().to_string(), text);
        }
        let Schedule::Staged(stages) = "2@1, 8@21".parse().unwrap() else { panic!("blanks are allowed") };
        assert_eq!((stages.last_k(), stages.as_slice()[1]), (8, Stage { k: 8, from: 21 }));
    }

    #[test]
    fn impossible_schedules_and_allocations_are_refused() {
        for text in ["8", "8@1", "2@2,8@21", "2@1,8@1", "2@1,8@21,16@20", "0@1,8@21", "2@1,8@1000001", "2@1;8@21", ""] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
        for text in ["", "32,0", "32,", "32;33", "-1", "even"] {
            assert!(text.parse::<Allocation>().is_err(), "{text}");
        }
    }

    /// Paper 84 prints 1,553,376 parameters for its adaptive scheme; a layer of the papers' model counts
    /// 1024 + 512 + 1280 + 1280 rows and columns, tok_emb 15007 + 256.
    #[test]
    fn paper_84_counts_32_dimensions_for_the_token_embedding() {
        let Allocation::PerLayer(layers) = "32,33,28,36,33,34,33,31".parse().unwrap() else { panic!("layers") };
        let of_layers = layers.as_slice().iter().sum::<usize>() * (1024 + 512 + 1280 + 1280);
        assert_eq!(1_553_376 - of_layers, 32 * (15_007 + 256));
    }
}
