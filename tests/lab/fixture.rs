//! Whole runs of a tiny scale, in a store that is thrown away.

use std::path::Path;

use candle_core::Device;
use ctlora::engine::{BaseTraining, CorpusConfig, ModelConfig, Recipe};
use ctlora::lab::{Answers, Lab, LabError, Progress, Scale, ScaleName, Store, Surroundings};
use ctlora::question::{Condition, Quantity, Question};
use serde_json::Value;

/// Small enough for a whole run in milliseconds; printed numbers stand for themselves.
pub const TINY: Scale = Scale {
    name: ScaleName::Ci,
    model: ModelConfig { vocab: 211, width: 16, layers: 2, heads: 2, positions: 24, norm_eps: 1e-5 },
    corpus: CorpusConfig { vocab: 211, tokens: 4000, classes: 12, topics: 4, collocations: 30 },
    recipe: Recipe { embedding_scale: 0.12, beta: 2.0, block_scale: 0.006 },
    training: BaseTraining { lr: 3e-3, batch: 8, steps: 100, most_steps: 400 },
    length: 20,
    held_out: 4,
    seeds: 1,
    shrink: 1,
};

/// The question under the protocol's condition with K = 8 and these fields set, one by one.
pub fn ask(quantity: Quantity, fields: &[(&str, Value)]) -> Question {
    let set = |condition: Condition, (field, value): &(&str, Value)| condition.with(field, value).unwrap();
    let condition = fields.iter().fold(Condition { k: 8, step: 5, ..Condition::default() }, set);
    let question = Question { quantity, condition };
    question.check().unwrap();
    question
}

/// The answers to these questions at seed 1, from one plan.
pub fn answers(questions: &[Question]) -> Answers {
    let folder = tempfile::tempdir().unwrap();
    answers_in(folder.path(), questions)
}

/// The same, from a store that earlier questions may have filled.
pub fn answers_in(store: &Path, questions: &[Question]) -> Answers {
    let surroundings = Surroundings {
        scale: TINY,
        device: Device::Cpu,
        threads: 2,
        checkpoint: None,
        checkpoint_digest: None,
        corpus: None,
        corpus_digest: None,
    };
    let lab = Lab::new(surroundings, Store::at(store.to_path_buf(), false).unwrap()).unwrap();
    let plan = lab.plan(questions).unwrap();
    lab.run(&plan, &[1], &Progress::hidden()).unwrap()
}

/// Their values.
pub fn values(questions: &[Question]) -> Vec<f64> {
    let answers = answers(questions);
    questions.iter().map(|question| answers.get(question, 1).unwrap().value).collect()
}

/// The one value of each question, or the reason why there is none.
pub fn outcomes(questions: &[Question]) -> Vec<Result<f64, LabError>> {
    let answers = answers(questions);
    questions.iter().map(|question| answers.get(question, 1).map(|answer| answer.value)).collect()
}
