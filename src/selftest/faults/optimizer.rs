//! Faults of the optimiser: its rate, its state, what it does beside its update, what it is given.

use faer::Mat;

use super::{Fault, Part, run};
use crate::detect::{Evidence, Factors, Rig, observe};
use crate::engine::{EngineError, Update, Updater};
use crate::linalg::svd;
use crate::question::{Adapter, Condition, Dropout, MatrixId, Optimizer, Rate, Schedule, Side};
use crate::selftest::learners::{Drop, Dropping, Unreset};
use crate::selftest::{Configuration, SelftestError};

type Seen = Result<Evidence, SelftestError>;

const fn optimizer(name: &'static str, code: &'static str, plant: fn(&Configuration) -> Seen) -> Fault {
    run(name, code, Part::Optimizer, plant)
}

pub const FAULTS: [Fault; 11] = [
    optimizer("a learning rate 1 % too high", "learning-rate-differs", faster),
    optimizer("Adam without bias correction", "bias-correction-missing", uncorrected),
    optimizer("weight decay that nobody mentions", "hidden-decay", decaying),
    optimizer("an optimiser made anew in the middle of a run", "optimizer-state-lost", made_anew),
    optimizer("an optimiser kept over a change of stage", "optimizer-state-kept", kept),
    optimizer("a matrix left out of the optimiser", "parameter-still", left_out),
    optimizer("gradients clipped entry by entry", "update-differs", clipped),
    optimizer("another beta2 than said", "update-differs", other_beta),
    optimizer("an eps above the gradients", "gradient-below-eps", large_eps),
    optimizer("frames in which the gradient has no diagonal", "gradient-is-rounding", blind_frames),
    optimizer("dropout that zeroes alpha in place", "dropout-destroys-state", destroying),
];

fn changed(configuration: &Configuration, change: impl FnOnce(&mut Rig) -> Result<(), EngineError>) -> Seen {
    let mut rig = configuration.rig()?;
    change(&mut rig)?;
    Ok(observe(&rig))
}

/// The run with another update for every alpha.
fn updated<U: Update + 'static>(
    configuration: &Configuration,
    update: impl Fn(Optimizer, MatrixId, usize) -> U + Clone + 'static,
) -> Seen {
    let before = configuration.saying(|said| said.side = Side::Before);
    changed(&before, move |rig| {
        let said = rig.said.optimizer;
        rig.learner = Box::new(move |trainer| {
            let update = update.clone();
            Box::new(trainer.with_updates(move |id, entries| Box::new(update(said, id, entries))))
        });
        Ok(())
    })
}

fn adam(said: &mut Condition) {
    said.optimizer = Optimizer::adam(5e-3);
}

fn faster(configuration: &Configuration) -> Seen {
    updated(configuration, |said, _, entries| {
        let lr = 1.01 * said.lr();
        let optimizer = match said {
            Optimizer::Adam { beta1, beta2, eps, .. } => Optimizer::Adam { lr, beta1, beta2, eps },
            Optimizer::Sgd { .. } => Optimizer::Sgd { lr },
        };
        Updater::new(optimizer, entries)
    })
}

/// Adam as many write it from memory.
#[derive(Debug)]
struct Uncorrected {
    lr: f32,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Update for Uncorrected {
    fn update(&mut self, parameter: &mut [f32], gradient: &[f32]) {
        let state = self.first.iter_mut().zip(&mut self.second);
        for ((p, &g), (m, v)) in parameter.iter_mut().zip(gradient).zip(state) {
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            *p -= self.lr * *m / (v.sqrt() + 1e-8);
        }
    }
}

fn uncorrected(configuration: &Configuration) -> Seen {
    updated(&configuration.saying(adam), |said, _, entries| Uncorrected {
        lr: said.lr() as f32,
        first: vec![0.0; entries],
        second: vec![0.0; entries],
    })
}

/// What is done before an update: to the optimiser, the parameter, the gradient, at a step from 1.
type Before = fn(&mut Updater, &mut [f32], &mut [f32], usize);

/// An optimiser with something done before each of its updates.
#[derive(Debug)]
struct Beside {
    inner: Updater,
    before: Before,
    steps: usize,
}

impl Update for Beside {
    fn update(&mut self, parameter: &mut [f32], gradient: &[f32]) {
        self.steps += 1;
        let mut gradient = gradient.to_vec();
        (self.before)(&mut self.inner, parameter, &mut gradient, self.steps);
        self.inner.update(parameter, &gradient);
    }
}

fn beside(configuration: &Configuration, before: Before) -> Seen {
    updated(configuration, move |said, _, entries| Beside { inner: Updater::new(said, entries), before, steps: 0 })
}

fn decaying(configuration: &Configuration) -> Seen {
    beside(configuration, |_, parameter, _, _| parameter.iter_mut().for_each(|p| *p *= 0.99))
}

fn made_anew(configuration: &Configuration) -> Seen {
    beside(&configuration.saying(adam), |inner, parameter, _, step| {
        if step == 3 {
            *inner = Updater::new(Optimizer::adam(5e-3), parameter.len());
        }
    })
}

fn left_out(configuration: &Configuration) -> Seen {
    updated(configuration, |said, id, entries| Beside {
        inner: Updater::new(said, entries),
        before: match id {
            MatrixId::TokEmb => |_, _, gradient, _| gradient.fill(0.0),
            MatrixId::Block { .. } => |_, _, _, _| (),
        },
        steps: 0,
    })
}

fn clipped(configuration: &Configuration) -> Seen {
    beside(configuration, |_, _, gradient, _| {
        let mean = gradient.iter().map(|g| g.abs()).sum::<f32>() / gradient.len() as f32;
        gradient.iter_mut().for_each(|g| *g = g.clamp(-mean, mean));
    })
}

fn other_beta(configuration: &Configuration) -> Seen {
    updated(&configuration.saying(adam), |said, _, entries| {
        Updater::new(Optimizer::Adam { lr: said.lr(), beta1: 0.9, beta2: 0.95, eps: 1e-8 }, entries)
    })
}

/// The state survives where the schedule starts a stage of the same K, which is said to reset the optimiser.
fn kept(configuration: &Configuration) -> Seen {
    let mut staged = configuration.saying(|said| {
        adam(said);
        said.side = Side::Before;
    });
    staged.said.schedule = format!("{k}@1,{k}@4", k = staged.said.k).parse::<Schedule>().unwrap_or(Schedule::Constant);
    changed(&staged, |rig| {
        rig.learner = Box::new(|trainer| Box::new(Unreset(trainer)));
        Ok(())
    })
}

fn large_eps(configuration: &Configuration) -> Seen {
    let large =
        |said: &mut Condition| said.optimizer = Optimizer::Adam { lr: 5e-3, beta1: 0.9, beta2: 0.999, eps: 1.0 };
    Ok(observe(&configuration.saying(large).rig()?))
}

/// U of the first batch's gradient, V of the same shifted by one: u_i^T G v_(i+1) = 0 for every i.
fn blind_frames(configuration: &Configuration) -> Seen {
    let diagonal = |said: &mut Condition| said.adapter = Adapter::Diag;
    changed(&configuration.saying(diagonal), |rig| {
        let gradients = (rig.build)(&rig.base)?.full_gradients(&(rig.batch)(1)?)?;
        rig.factorise = Box::new(move |id, _| {
            let gradient = gradients.get(&id).map_or_else(|| Mat::zeros(0, 0), Clone::clone);
            let svd = svd(gradient.as_ref())?;
            let columns = svd.v.ncols();
            let v = Mat::from_fn(svd.v.nrows(), columns, |row, i| svd.v[(row, (i + 1) % columns)]);
            Ok(Factors { u: svd.u, s: Vec::new(), v })
        });
        Ok(())
    })
}

/// 0.3 of the entries.
pub fn dropped() -> Option<Rate> {
    Rate::new(30)
}

fn destroying(configuration: &Configuration) -> Seen {
    let Some(rate) = dropped() else { return Ok(Evidence::default()) };
    let masked = |said: &mut Condition| said.dropout = Dropout::Masked(rate);
    changed(&configuration.saying(masked), |rig| {
        rig.learner = Box::new(move |trainer| Box::new(Dropping { trainer, rate, drop: Drop::Destroys, steps: 0 }));
        Ok(())
    })
}
