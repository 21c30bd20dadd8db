//! Full training: it learns, stops at its target, gives up at its limit, and ignores the thread count.

use std::cell::Cell;

use candle_core::Device;
use ctlora::engine::{BaseTraining, EngineError, HostModel, train_base};

use crate::fixture::SMALL;

const TRAINING: BaseTraining = BaseTraining { lr: 1e-2, batch: 3, steps: 10, most_steps: 30 };

/// Trains the small model on one repeated batch; returns it and the number of steps.
fn train(target: f64, threads: usize) -> (Result<HostModel, EngineError>, usize) {
    let steps = Cell::new(0);
    let result = train_base(
        &SMALL.host(),
        &mut |_| Ok(SMALL.batch(TRAINING.batch)),
        &TRAINING,
        &SMALL.batch(2),
        target,
        &Device::Cpu,
        threads,
        &|step| steps.set(step),
    );
    (result, steps.get())
}

#[test]
fn it_stops_at_the_first_look_below_the_target() {
    let (trained, steps) = train(2.9, 1);
    let (trained, base) = (trained.unwrap(), SMALL.host());
    assert_eq!(steps, TRAINING.steps);
    assert!(trained.matrices.iter().all(|(id, matrix)| *matrix != base.matrices[id]), "every matrix moves");
    assert_eq!((&trained.biases, &trained.norms, &trained.positions), (&base.biases, &base.norms, &base.positions));
}

#[test]
fn it_gives_up_after_the_most_steps() {
    let (result, steps) = train(0.0, 1);
    assert_eq!(steps, TRAINING.most_steps);
    let error = result.unwrap_err();
    assert!(matches!(error, EngineError::NotTrained { steps, target: 0.0 } if steps == TRAINING.most_steps), "{error}");
    assert!(!error.is_input(), "the user's input is not at fault");
}

#[test]
fn one_thread_and_two_give_the_same_bits() {
    assert_eq!(train(2.9, 1).0.unwrap(), train(2.9, 2).0.unwrap());
}
