//! Configurations with nothing wrong. Every third comes within a factor of two of some detector's threshold.

use faer::Mat;
use rand_chacha::ChaCha8Rng;

use super::faults::{compared, correlated, dropped, layered, ordered, over_seeds, sweep, typed};
use super::learners::{Drop, Dropping, Scored, cross_entropy};
use super::sample::exact;
use super::{Configuration, SelftestError};
use crate::detect::{Coverage, Covered, Evidence, Expectation, Factors, Rig, Sweep, frame_tolerance, gap_tolerance, observe, shortest_leak};
use crate::engine::{Updater, HostMatrix};
use crate::linalg::{multiply, svd};
use crate::measure::core_moments;
use crate::question::{Adapter, Dropout, Frame, MatrixId, MatrixKind, Optimizer, Schedule, Side};
use crate::seed::stream;

/// A run that comes near a threshold.
type Near = (&'static str, fn(&Configuration) -> Result<Rig, SelftestError>);

const NEAR: [Near; 11] = [
    ("frames off by 0.7 of what rounding may do", rough_frames),
    ("a learning rate off by half of what rounding hides", rough_rate),
    ("an eps of two thirds of the median gradient", eps_below),
    ("two sequences drawn twice", drawn_twice),
    ("a held-out sequence that quotes the training text", quoting),
    ("two singular values 1.8 roundings apart", close_values),
    ("a start just below ln V", faint_start),
    ("as many tokens as dimensions", just_enough_tokens),
    ("dropout that masks", masking),
    ("a schedule that resets the optimiser", staged),
    ("a loss summed in another order and precision", other_sum),
];

/// What is observed of clean configuration `number`, and what is special about it.
///
/// # Errors
/// The configuration cannot be built.
pub fn observed(number: usize, configuration: &Configuration) -> Result<(&'static str, Evidence), SelftestError> {
    let near = number.is_multiple_of(3);
    let (name, rig) = match near {
        true => {
            let (name, make) = NEAR[(number / 3) % NEAR.len()];
            (name, make(configuration)?)
        }
        false => ("as drawn", configuration.rig()?),
    };
    let mut seen = observe(&rig);
    if number % 4 == 1 {
        // Two K at equal steps, rate and text: what a sweep compares.
        seen.pair = compared(configuration, &configuration.saying(|said| said.k -= 2))?.pair;
    }
    answers(near, &mut stream(configuration.seed, "selftest/answers"), &mut seen)?;
    Ok((name, seen))
}

fn rough_frames(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut rig = configuration.rig()?;
    let k = rig.said.k;
    let make = std::mem::replace(&mut rig.factorise, Box::new(|_, _| Ok(Factors { u: Mat::zeros(0, 0), s: vec![], v: Mat::zeros(0, 0) })));
    rig.factorise = Box::new(move |id, weight| {
        let mut factors = make(id, weight)?;
        // A column of length 1 + x puts 2x + x^2 into U^T U - I.
        let stretch = 1.0 + 0.35 * frame_tolerance(factors.u.nrows(), k);
        factors.u.col_mut(0).iter_mut().for_each(|x| *x *= stretch);
        Ok(factors)
    });
    Ok(rig)
}

fn rough_rate(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut rig = configuration.saying(|said| said.side = Side::Before).rig()?;
    let eps = f64::from(f32::EPSILON);
    // The replay allows 13 eps at Adam's first step and 5 eps for gradient descent.
    let optimizer = match rig.said.optimizer {
        Optimizer::Adam { lr, beta1, beta2, eps: floor } => {
            Optimizer::Adam { lr: lr * (1.0 + 6.5 * eps), beta1, beta2, eps: floor }
        }
        Optimizer::Sgd { lr } => Optimizer::Sgd { lr: lr * (1.0 + 2.5 * eps) },
    };
    rig.learner = Box::new(move |trainer| {
        Box::new(trainer.with_updates(move |_, entries| Box::new(Updater::new(optimizer, entries))))
    });
    Ok(rig)
}

fn eps_below(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let seen = observe(&configuration.saying(|said| (said.step, said.optimizer) = (1, Optimizer::adam(5e-3))).rig()?);
    let first = seen.course.as_ref().and_then(|course| course.steps.first());
    let sizes = first.into_iter().flat_map(|step| step.used.values()).flat_map(|gradient| {
        (0..gradient.ncols()).flat_map(move |j| (0..gradient.nrows()).map(move |i| gradient[(i, j)].abs()))
    });
    let mut sizes: Vec<f64> = sizes.collect();
    sizes.sort_by(f64::total_cmp);
    let eps = sizes.get(sizes.len() / 2).map_or(1e-8, |median| median / 1.5);
    configuration.saying(|said| said.optimizer = Optimizer::Adam { lr: 5e-3, beta1: 0.9, beta2: 0.999, eps }).rig()
}

fn drawn_twice(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut rig = configuration.rig()?;
    let batches = (1..=rig.said.step).map(|step| (rig.batch)(step)).collect::<Result<Vec<_>, _>>()?;
    rig.batch = Box::new(move |step| {
        let mut batch = batches[step - 1].clone();
        if step == 2 || step == 3 {
            batch[0] = batches[0][step - 2].clone();
        }
        Ok(batch)
    });
    Ok(rig)
}

fn quoting(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut rig = configuration.rig()?;
    let places: usize = rig.held_out.iter().map(Vec::len).sum();
    let longest = shortest_leak(&rig.train, places as f64 * rig.train.len() as f64).unwrap_or(0);
    let quoted = (2 * longest / 3).min(configuration.length);
    rig.held_out[3][..quoted].copy_from_slice(&rig.train[500..500 + quoted]);
    Ok(rig)
}

fn close_values(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut rig = configuration.saying(|said| (said.frame, said.adapter) = (Frame::Svd, Adapter::Diag)).rig()?;
    let id = MatrixId::Block { layer: 0, kind: MatrixKind::Proj };
    if let Some(stored) = rig.base.matrices.get_mut(&id) {
        let weight = Mat::from_fn(stored.rows, stored.cols, |i, j| f64::from(stored.data[i * stored.cols + j]));
        let mut factors = svd(weight.as_ref())?;
        factors.s[1] = factors.s[0] - 1.8 * gap_tolerance(weight.norm_l2());
        let scaled = Mat::from_fn(stored.rows, factors.s.len(), |row, i| factors.u[(row, i)] * factors.s[i]);
        let changed = multiply(scaled.as_ref(), factors.v.transpose());
        let entries = (0..stored.rows).flat_map(|i| (0..stored.cols).map(move |j| (i, j)));
        *stored = HostMatrix { data: entries.map(|at| changed[at] as f32).collect(), ..*stored };
    }
    Ok(rig)
}

fn faint_start(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut faint = configuration.clone();
    faint.recipe.embedding_scale = 0.01;
    faint.rig()
}

fn just_enough_tokens(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut short = configuration.clone();
    (short.sequences, short.length) = (1, short.model.width);
    short.model.positions = short.length + 4;
    short.rig()
}

fn masking(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let Some(rate) = dropped() else { return configuration.rig() };
    let mut rig = configuration.saying(|said| said.dropout = Dropout::Masked(rate)).rig()?;
    rig.learner = Box::new(move |trainer| Box::new(Dropping { trainer, rate, drop: Drop::Masks, steps: 0 }));
    Ok(rig)
}

fn staged(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let k = configuration.said.k;
    let schedule = format!("{k}@1,{k}@4").parse::<Schedule>().unwrap_or(Schedule::Constant);
    configuration.saying(|said| (said.schedule, said.side) = (schedule, Side::Before)).rig()
}

fn other_sum(configuration: &Configuration) -> Result<Rig, SelftestError> {
    let mut rig = configuration.saying(|said| said.side = Side::Before).rig()?;
    rig.learner = Box::new(|trainer| {
        let score = |logits: &Mat<f64>, sequence: &[u32]| cross_entropy(logits, &sequence[1..]);
        Box::new(Scored { trainer, logits: |logits, _: &[u32]| logits, score })
    });
    Ok(rig)
}

/// Answers whose claims are true by construction, near the thresholds or far from them.
fn answers(near: bool, rng: &mut ChaCha8Rng, seen: &mut Evidence) -> Result<(), SelftestError> {
    let pick = |close: f64, far: f64| if near { close } else { far };
    let ks = [2, 4, 8, 16];
    seen.sweeps.push(ordered(pick(1.5, 10.0), rng)?);
    // The band of equality is 1.1; a ratio of 1.1^1.5 is 15 %.
    let ratio = pick(1.1_f64.powf(1.5), 2.0);
    let other = rows(&ks, 0.5, rng);
    let times: Vec<Vec<f64>> = other.iter().map(|row| row.iter().map(|x| ratio * x).collect()).collect();
    let measured = || sweep("coverage", &ks, times.clone(), Expectation::Values);
    seen.sweeps.push(Sweep { null: Some(other.clone()), ..measured() });
    seen.sweeps.push(Sweep { first_order: Some(other), ..measured() });
    // Proportional means an exponent within 0.1 of 1.
    let bound = Some(ks.iter().map(|&k| k as f64).collect());
    let share = rows(&ks, pick(0.8, 0.3), rng);
    seen.sweeps.push(Sweep { bound, ..sweep("effective rank", &ks, share, Expectation::Values) });
    seen.sweeps.push(beside_a_theorem(pick(1.5e-9, 0.1)));
    seen.types.push(typed(pick(2.0, 1.2), rng));
    // Six points tell r from 0 where atanh r is above 1.96 / sqrt(3).
    seen.points.push(correlated((1.96 / 3.0_f64.sqrt() * pick(1.2, 3.0)).tanh(), 6, rng));
    seen.points.push(over_seeds(pick(0.3, 0.9), rng));
    seen.patterns.push(layered(pick(0.9, 3.0), rng));
    seen.coverages.push(covering(pick(1.4, 9.0), rng));
    Ok(())
}

/// Six seeds of k^exponent, with a deviation of 0.5 %.
fn rows(ks: &[usize], exponent: f64, rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
    let noise: Vec<Vec<f64>> = ks.iter().map(|_| exact(0.0, 0.005, 6, rng)).collect();
    let value = |seed: usize, at: usize| (ks[at] as f64).powf(exponent) * noise[at][seed].exp();
    (0..6).map(|seed| (0..ks.len()).map(|at| value(seed, at)).collect()).collect()
}

/// A rising sweep whose squares miss the sums of its parts by a relative `apart`: it could have fallen.
fn beside_a_theorem(apart: f64) -> Sweep {
    let ks = [1, 2, 4, 8];
    let parts = vec![vec![0.01; 8]; 6];
    let row: Vec<f64> = ks.iter().map(|&k| (0.01 * k as f64 * (1.0 + apart)).sqrt()).collect();
    Sweep { parts: Some(parts), ..sweep("coverage", &ks, vec![row; 6], Expectation::Rising) }
}

/// Coverages whose square is on average `times` that of random frames.
fn covering(times: f64, rng: &mut ChaCha8Rng) -> Coverage {
    let spread = exact(0.0, 0.05, 300, rng);
    let row = |noise: f64| {
        let null = core_moments(8, 96, 32, 0.5).mean_square;
        Covered { k: 8, m: 96, n: 32, concentration: 0.5, coverage: (null * times * (1.0 + noise)).sqrt() }
    };
    Coverage { name: "tok_emb".to_owned(), rows: spread.into_iter().map(row).collect() }
}
