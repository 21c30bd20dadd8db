//! Faults of the data: which text is drawn, how often, and what is held out of it.

use super::{Fault, Part, run};
use crate::detect::{Course, Evidence, Pair, Rig, observe};
use crate::engine::EngineError;
use crate::question::Optimizer;
use crate::selftest::{Configuration, SelftestError};

type Seen = Result<Evidence, SelftestError>;

const fn data(name: &'static str, code: &'static str, plant: fn(&Configuration) -> Seen) -> Fault {
    run(name, code, Part::Data, plant)
}

pub const FAULTS: [Fault; 9] = [
    data("one batch at every step", "identical-batch", one_batch),
    data("two batches in turns", "batches-repeat", two_batches),
    data("held-out sequences cut from the training text", "held-out-in-training", held_out_from_train),
    data("a batch with fewer tokens than the model is wide", "rank-limited-by-batch", small_batch),
    data("a step missing from the trace", "trace-breaks", step_lost),
    data("more steps on one side of an equal budget", "steps-differ", more_steps),
    data("another learning rate on one side", "rates-differ", other_rate),
    data("a larger batch on one side", "tokens-differ", more_tokens),
    data("another text order on one side", "batches-differ", other_text),
];

fn changed(configuration: &Configuration, change: impl FnOnce(&mut Rig) -> Result<(), EngineError>) -> Seen {
    let mut rig = configuration.rig()?;
    change(&mut rig)?;
    Ok(observe(&rig))
}

fn one_batch(configuration: &Configuration) -> Seen {
    changed(configuration, |rig| {
        let first = (rig.batch)(1)?;
        rig.batch = Box::new(move |_| Ok(first.clone()));
        Ok(())
    })
}

fn two_batches(configuration: &Configuration) -> Seen {
    changed(configuration, |rig| {
        let pair = [(rig.batch)(1)?, (rig.batch)(2)?];
        rig.batch = Box::new(move |step| Ok(pair[step % 2].clone()));
        Ok(())
    })
}

fn held_out_from_train(configuration: &Configuration) -> Seen {
    // In a language of few words passages share up to twenty words by chance: what is cut must be longer.
    let mut long = configuration.clone();
    (long.length, long.model.positions) = (24, 28);
    (long.model.vocab, long.corpus.vocab, long.corpus.collocations) = (240, 240, 30);
    let text = long.text()?;
    changed(&long, |rig| {
        rig.held_out = text.batch(rig.seed, 1000, rig.held_out.len(), 24)?;
        Ok(())
    })
}

fn small_batch(configuration: &Configuration) -> Seen {
    let mut small = configuration.clone();
    (small.sequences, small.length, small.model.width) = (1, 16, 32);
    Ok(observe(&small.rig()?))
}

fn step_lost(configuration: &Configuration) -> Seen {
    let mut seen = observe(&configuration.rig()?);
    if let Some(course) = seen.course.as_mut().filter(|course| course.steps.len() > 2) {
        course.steps.remove(1);
    }
    Ok(seen)
}

/// The runs of two configurations, held against each other as equals.
pub fn compared(left: &Configuration, right: &Configuration) -> Seen {
    let course = |configuration: &Configuration| -> Result<Option<Course>, SelftestError> {
        Ok(observe(&configuration.rig()?).course)
    };
    let pair = course(left)?.zip(course(right)?).map(|(left, right)| Pair { left, right });
    Ok(Evidence { pair, ..Evidence::default() })
}

fn more_steps(configuration: &Configuration) -> Seen {
    compared(configuration, &configuration.saying(|said| said.step += 1))
}

fn other_rate(configuration: &Configuration) -> Seen {
    let faster = configuration.saying(|said| {
        said.optimizer = match said.optimizer {
            Optimizer::Adam { lr, beta1, beta2, eps } => Optimizer::Adam { lr: 2.0 * lr, beta1, beta2, eps },
            Optimizer::Sgd { lr } => Optimizer::Sgd { lr: 2.0 * lr },
        };
    });
    compared(configuration, &faster)
}

fn more_tokens(configuration: &Configuration) -> Seen {
    let mut more = configuration.clone();
    more.sequences += 1;
    compared(configuration, &more)
}

fn other_text(configuration: &Configuration) -> Seen {
    let text = configuration.text()?;
    let (sequences, length, seed) = (configuration.sequences, configuration.length, configuration.seed);
    let mut evidence = compared(configuration, configuration)?;
    let other = changed(configuration, |rig| {
        rig.batch = Box::new(move |step| text.batch(seed, 1000 + step, sequences, length));
        Ok(())
    })?;
    if let (Some(pair), Some(course)) = (evidence.pair.as_mut(), other.course) {
        pair.right = course;
    }
    Ok(evidence)
}
