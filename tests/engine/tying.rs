//! Weight tying, decided by behaviour: move the embedding row of a word that the input does not hold, and watch the
//! logits. Tied, that word's logit moves and no other; with a head of its own, none does.

use candle_core::Device;
use ctlora::engine::{HostHead, HostModel, Model, Trainer, read_checkpoint, write_checkpoint};
use ctlora::linalg::Frame;
use ctlora::question::{Adapter, Head, MatrixId, Optimizer};
use faer::Mat;

use crate::fixture::{SMALL, Small};

fn logits(host: &HostModel, head: Head) -> Mat<f64> {
    let model = Model::new(host, head, SMALL.seed, &Device::Cpu, 1).unwrap();
    let batch = SMALL.batch(1);
    model.logits(&batch[0][..SMALL.tokens]).unwrap()
}

/// The words whose logit differs anywhere between two models' answers to the same input.
fn moved(before: &Mat<f64>, after: &Mat<f64>) -> Vec<usize> {
    (0..before.ncols()).filter(|&word| before.col(word) != after.col(word)).collect()
}

/// `host` with the embedding row of the last word, which no batch holds, moved.
fn perturbed(host: &HostModel) -> HostModel {
    let mut host = host.clone();
    let embedding = host.matrices.get_mut(&MatrixId::TokEmb).unwrap();
    let first = embedding.data.len() - embedding.cols;
    embedding.data[first..].iter_mut().for_each(|x| *x += 0.1);
    host
}

fn moved_words(host: &HostModel, head: Head) -> Vec<usize> {
    moved(&logits(host, head), &logits(&perturbed(host), head))
}

/// The small model after five steps of training, adapter merged.
fn trained() -> HostModel {
    let mut trainer = SMALL.trainer(Head::Tied, Adapter::Diag, Optimizer::adam(5e-2), 1);
    for _ in 0..5 {
        trainer.step(&SMALL.batch(1)).unwrap();
    }
    trainer.merged().unwrap()
}

const LAST: usize = SMALL.vocab - 1;

#[test]
fn a_tied_head_follows_the_embedding_and_moves_one_word() {
    assert_eq!(moved_words(&SMALL.host(), Head::Tied), [LAST]);
}

#[test]
fn a_random_head_does_not_follow_the_embedding() {
    assert_eq!(moved_words(&SMALL.host(), Head::Random), [] as [usize; 0]);
}

#[test]
fn the_head_is_still_tied_after_training_steps() {
    assert_eq!(moved_words(&trained(), Head::Tied), [LAST]);
}

#[test]
fn the_head_is_still_tied_after_save_and_load() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    write_checkpoint(folder.path(), &trained()).unwrap();
    let loaded = read_checkpoint(folder.path()).unwrap();
    assert_eq!(loaded, trained());
    assert_eq!(moved_words(&loaded, Head::Tied), [LAST]);
}

#[test]
fn the_adapter_acts_in_a_tied_head_and_not_in_a_random_one() {
    // An adapter on the row of the absent word alone: the look-up never sees it, so only the head can.
    let width = SMALL.config().width;
    let row = Mat::from_fn(SMALL.vocab, 1, |word, _| if word == LAST { 1.0 } else { 0.0 });
    let mut frames = SMALL.frames();
    frames.insert(
        MatrixId::TokEmb,
        Frame::new(row, Mat::from_fn(width, 1, |i, _| if i == 0 { 1.0 } else { 0.0 })).unwrap(),
    );
    let gradient = |head| {
        let trainer = Trainer::new(&SMALL.model(head, 1), &frames, Adapter::Diag, Optimizer::adam(5e-3)).unwrap();
        trainer.alpha_gradient_at(&SMALL.batch(1)).unwrap()[&MatrixId::TokEmb][(0, 0)]
    };
    assert_ne!(gradient(Head::Tied), 0.0);
    assert_eq!(gradient(Head::Random), 0.0);
}

#[test]
fn with_a_random_head_the_embedding_gradient_stays_in_the_rows_of_the_input() {
    let batch = SMALL.batch(1);
    let untouched = |head| {
        let gradient = SMALL.model(head, 1).full_gradients(&batch).unwrap().remove(&MatrixId::TokEmb).unwrap();
        (0..gradient.nrows()).filter(|&row| gradient.row(row).iter().all(|&x| x == 0.0)).collect::<Vec<_>>()
    };
    let absent: Vec<usize> = (0..SMALL.vocab).filter(|&w| !batch[0][..SMALL.tokens].contains(&(w as u32))).collect();
    assert_eq!(untouched(Head::Random), absent);
    assert_eq!(untouched(Head::Tied), [] as [usize; 0]);
}

#[test]
fn a_random_head_is_drawn_from_the_seed_within_its_bounds() {
    let head = |seed| match Model::new(&SMALL.host(), Head::Random, seed, &Device::Cpu, 1).unwrap().host().unwrap().head
    {
        HostHead::Untied(head) => head,
        HostHead::Tied => panic!("a random head is not tied"),
    };
    assert_eq!(head(1), head(1));
    assert_ne!(head(1), head(2));
    let bound = 1.0 / (SMALL.config().width as f32).sqrt();
    assert!(head(1).data.iter().all(|x| x.abs() <= bound));
    let Small { vocab, heads, head_size, .. } = SMALL;
    assert_eq!((head(1).rows, head(1).cols), (vocab, heads * head_size));
}
