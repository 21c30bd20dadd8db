//! Configurations with nothing wrong. Every third comes within a factor of two of some detector's threshold.

use std::collections::BTreeSet;

use faer::Mat;
use rand_chacha::ChaCha8Rng;

use super::faults::{compared, correlated, dropped, layered, ordered, over_seeds, sweep, typed};
use super::learners::{Drop, Dropping, Scored, cross_entropy};
use super::sample::exact;
use super::{Configuration, SelftestError};
use crate::detect::{
    Coverage, Covered, Evidence, Expectation, Factors, Rig, Sweep, frame_tolerance, gap_tolerance, observe,
    shortest_leak,
};
use crate::engine::{HostMatrix, Updater};
use crate::linalg::{multiply, svd};
use crate::measure::core_moments;
use crate::question::{Adapter, Dropout, Frame, MatrixId, MatrixKind, Optimizer, Schedule, Side};
use crate::seed::stream;

/// A run at `by` times the distance of its name: clean at 1, and at 2 beyond the threshold of `code`, where there is one.
struct Near {
    name: &'static str,
    code: Option<&'static str>,
    make: fn(&Configuration, f64) -> Result<Rig, SelftestError>,
}

const fn near(
    name: &'static str,
    code: &'static str,
    make: fn(&Configuration, f64) -> Result<Rig, SelftestError>,
) -> Near {
    Near { name, code: Some(code), make }
}

const fn special(name: &'static str, make: fn(&Configuration, f64) -> Result<Rig, SelftestError>) -> Near {
    Near { name, code: None, make }
}

const NEAR: [Near; 11] = [
    near("frames off by 0.7 of what rounding may do", "frame-not-orthonormal", rough_frames),
    near("a learning rate off by half of what rounding hides", "learning-rate-differs", rough_rate),
    near("an eps of two thirds of the median gradient", "gradient-below-eps", eps_below),
    near("two sequences drawn twice", "batches-repeat", drawn_twice),
    near("a held-out sequence that quotes the training text", "held-out-in-training", quoting),
    near("two singular values 1.8 roundings apart", "degenerate-values", close_values),
    near("as many tokens as dimensions", "rank-limited-by-batch", just_enough_tokens),
    special("a start hardly below ln V", faint_start),
    special("dropout that masks", masking),
    special("a schedule that resets the optimiser", staged),
    special("a loss summed in another order and precision", other_sum),
];

/// What is observed of clean configuration `number`, and what is special about it. Every third has answers near their
/// thresholds, and most of these a run near one.
///
/// # Errors
/// The configuration cannot be built.
pub fn observed(number: usize, configuration: &Configuration) -> Result<(String, Evidence), SelftestError> {
    let close = number.is_multiple_of(3);
    let (name, rig) = if close {
        let Near { name, code, make } = &NEAR[(number / 3) % NEAR.len()];
        let near = code.map_or_else(String::new, |code| format!(", near {code}"));
        (format!("{name}{near}"), make(configuration, 1.0)?)
    } else {
        ("as drawn".to_owned(), configuration.rig()?)
    };
    let mut seen = observe(&rig);
    if number % 4 == 1 {
        // Two K at equal steps, rate and text: what a sweep compares.
        seen.pair = compared(configuration, &configuration.saying(|said| said.k -= 2))?.pair;
    }
    answers(close.then_some(1.0), &mut stream(configuration.seed, "selftest/answers"), &mut seen)?;
    Ok((name, seen))
}

fn rough_frames(configuration: &Configuration, by: f64) -> Result<Rig, SelftestError> {
    let mut rig = configuration.rig()?;
    let k = rig.said.k;
    let make = std::mem::replace(
        &mut rig.factorise,
        Box::new(|_, _| Ok(Factors { u: Mat::zeros(0, 0), s: vec![], v: Mat::zeros(0, 0) })),
    );
    rig.factorise = Box::new(move |id, weight| {
        let mut factors = make(id, weight)?;
        // A column of length 1 + x puts 2x + x^2 into U^T U - I.
        let stretch = 1.0 + by * 0.35 * frame_tolerance(factors.u.nrows(), k);
        factors.u.col_mut(0).iter_mut().for_each(|x| *x *= stretch);
        Ok(factors)
    });
    Ok(rig)
}

fn rough_rate(configuration: &Configuration, by: f64) -> Result<Rig, SelftestError> {
    let mut rig = configuration.saying(|said| said.side = Side::Before).rig()?;
    let eps = f64::from(f32::EPSILON);
    // The replay allows 13 eps at Adam's first step and 5 eps for gradient descent.
    let optimizer = match rig.said.optimizer {
        Optimizer::Adam { lr, beta1, beta2, eps: floor } => {
            Optimizer::Adam { lr: lr * (1.0 + by * 7.0 * eps), beta1, beta2, eps: floor }
        }
        Optimizer::Sgd { lr } => Optimizer::Sgd { lr: lr * (1.0 + by * 3.0 * eps) },
    };
    rig.learner = Box::new(move |trainer| {
        Box::new(trainer.with_updates(move |_, entries| Box::new(Updater::new(optimizer, entries))))
    });
    Ok(rig)
}

fn eps_below(configuration: &Configuration, by: f64) -> Result<Rig, SelftestError> {
    let seen = observe(&configuration.saying(|said| (said.step, said.optimizer) = (1, Optimizer::adam(5e-3))).rig()?);
    let first = seen.course.as_ref().and_then(|course| course.steps.first());
    let sizes = first.into_iter().flat_map(|step| step.used.values()).flat_map(|gradient| {
        (0..gradient.ncols()).flat_map(move |j| (0..gradient.nrows()).map(move |i| gradient[(i, j)].abs()))
    });
    let mut sizes: Vec<f64> = sizes.collect();
    sizes.sort_by(f64::total_cmp);
    let eps = sizes.get(sizes.len() / 2).map_or(1e-8, |median| by * median / 1.5);
    configuration.saying(|said| said.optimizer = Optimizer::Adam { lr: 5e-3, beta1: 0.9, beta2: 0.999, eps }).rig()
}

fn drawn_twice(configuration: &Configuration, by: f64) -> Result<Rig, SelftestError> {
    let mut rig = configuration.rig()?;
    let batches = (1..=rig.said.step).map(|step| (rig.batch)(step)).collect::<Result<Vec<_>, _>>()?;
    // Draws that repeat of themselves count, too.
    let drawn: Vec<&Vec<u32>> = batches.iter().flatten().collect();
    let of_themselves = drawn.len() - drawn.iter().collect::<BTreeSet<_>>().len();
    let twice = ((2.0 * by) as usize).saturating_sub(of_themselves);
    rig.batch = Box::new(move |step| {
        let mut batch = batches[step - 1].clone();
        // Steps 2 to 5 each draw a sequence of the step before once more.
        if (2..2 + twice).contains(&step) {
            batch[0].clone_from(&batches[step - 2][1]);
        }
        Ok(batch)
    });
    Ok(rig)
}

fn quoting(configuration: &Configuration, by: f64) -> Result<Rig, SelftestError> {
    // Passages of a language of few words agree for long by chance: what is quoted must fit into a sequence twice.
    let mut long = configuration.clone();
    (long.length, long.model.positions) = (40, 44);
    let mut rig = long.rig()?;
    let places: usize = rig.held_out.iter().map(Vec::len).sum();
    let longest = shortest_leak(&rig.train, places as f64 * rig.train.len() as f64).unwrap_or(0);
    let quoted = ((2.0 * by * longest as f64 / 3.0) as usize).min(long.length);
    rig.held_out[3][..quoted].copy_from_slice(&rig.train[500..500 + quoted]);
    Ok(rig)
}

fn close_values(configuration: &Configuration, by: f64) -> Result<Rig, SelftestError> {
    let mut rig = configuration.saying(|said| (said.frame, said.adapter) = (Frame::Svd, Adapter::Diag)).rig()?;
    let id = MatrixId::Block { layer: 0, kind: MatrixKind::Proj };
    if let Some(stored) = rig.base.matrices.get_mut(&id) {
        let weight = Mat::from_fn(stored.rows, stored.cols, |i, j| f64::from(stored.data[i * stored.cols + j]));
        let mut factors = svd(weight.as_ref())?;
        factors.s[1] = factors.s[0] - 1.8 / by * gap_tolerance(weight.norm_l2());
        let scaled = Mat::from_fn(stored.rows, factors.s.len(), |row, i| factors.u[(row, i)] * factors.s[i]);
        let changed = multiply(scaled.as_ref(), factors.v.transpose());
        let entries = (0..stored.rows).flat_map(|i| (0..stored.cols).map(move |j| (i, j)));
        *stored = HostMatrix { data: entries.map(|at| changed[at] as f32).collect(), ..*stored };
    }
    Ok(rig)
}

fn faint_start(configuration: &Configuration, _: f64) -> Result<Rig, SelftestError> {
    let mut faint = configuration.clone();
    // Blocks as small against the embedding as in the default recipe.
    (faint.recipe.embedding_scale, faint.recipe.block_scale) = (0.03, 0.0015);
    faint.rig()
}

fn just_enough_tokens(configuration: &Configuration, by: f64) -> Result<Rig, SelftestError> {
    let mut short = configuration.clone();
    (short.sequences, short.length) = (1, (short.model.width as f64 / by) as usize);
    short.model.positions = short.length + 4;
    short.rig()
}

fn masking(configuration: &Configuration, _: f64) -> Result<Rig, SelftestError> {
    let Some(rate) = dropped() else { return configuration.rig() };
    let mut rig = configuration.saying(|said| said.dropout = Dropout::Masked(rate)).rig()?;
    rig.learner = Box::new(move |trainer| Box::new(Dropping { trainer, rate, drop: Drop::Masks, steps: 0 }));
    Ok(rig)
}

fn staged(configuration: &Configuration, _: f64) -> Result<Rig, SelftestError> {
    let k = configuration.said.k;
    let schedule = format!("{k}@1,{k}@4").parse::<Schedule>().unwrap_or(Schedule::Constant);
    configuration.saying(|said| (said.schedule, said.side) = (schedule, Side::Before)).rig()
}

fn other_sum(configuration: &Configuration, _: f64) -> Result<Rig, SelftestError> {
    let mut rig = configuration.saying(|said| said.side = Side::Before).rig()?;
    rig.learner = Box::new(|trainer| {
        let score = |logits: &Mat<f64>, sequence: &[u32]| cross_entropy(logits, &sequence[1..]);
        Box::new(Scored { trainer, logits: |logits, _: &[u32]| logits, score })
    });
    Ok(rig)
}

/// Answers whose claims are true by construction: far from the thresholds, or at `close` times a distance that is within a
/// factor of two of each: clean at 1, beyond at 2.
fn answers(close: Option<f64>, rng: &mut ChaCha8Rng, seen: &mut Evidence) -> Result<(), SelftestError> {
    let apart = |near: f64, far: f64| close.map_or(far, |by| near / by);
    let ks = [2, 4, 8, 16];
    // In units of what a 95 % interval excludes.
    seen.sweeps.push(ordered(apart(1.5, 10.0), rng)?);
    // The band of equality is a ratio of 1.1.
    let ratio = 1.1_f64.powf(apart(1.5, 7.0));
    let other = rows(&ks, 0.5, rng);
    let times: Vec<Vec<f64>> = other.iter().map(|row| row.iter().map(|x| ratio * x).collect()).collect();
    let measured = || sweep("coverage", &ks, times.clone(), Expectation::Values);
    seen.sweeps.push(Sweep { null: Some(other.clone()), ..measured() });
    seen.sweeps.push(Sweep { first_order: Some(other), ..measured() });
    // Proportional means an exponent within 0.1 of 1.
    let bound = Some(ks.iter().map(|&k| k as f64).collect());
    let share = rows(&ks, 1.0 - apart(0.15, 0.7), rng);
    seen.sweeps.push(Sweep { bound, ..sweep("effective rank", &ks, share, Expectation::Values) });
    seen.sweeps.push(beside_a_theorem(apart(1.5e-9, 0.1)));
    // A type with three times the average's effect is hidden by it.
    seen.types.push(typed(close.map_or(1.2, |by| 2.0 * by), rng));
    // Six points tell r from 0 where atanh r is above 1.96 / sqrt(3).
    seen.points.push(correlated((1.96 / 3.0_f64.sqrt() * apart(1.2, 3.0)).tanh(), 6, rng));
    // At 120 points a partial correlation of 0.1 is shown to be below half of r = 0.9.
    seen.points.push(over_seeds(apart(0.18, 0.9), rng));
    seen.patterns.push(layered(apart(0.9, 3.0), rng));
    // The band around random frames is 0.2, less the 0.03 that 2400 rows leave open.
    seen.coverages.push(covering(1.0 + apart(0.28, 8.0), rng));
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
    let spread = exact(0.0, 0.05, 2400, rng);
    let row = |noise: f64| {
        let null = core_moments(8, 96, 32, 0.5).mean_square;
        Covered { k: 8, m: 96, n: 32, concentration: 0.5, coverage: (null * times * (1.0 + noise)).sqrt() }
    };
    Coverage { name: "tok_emb".to_owned(), rows: spread.into_iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::look;

    fn codes(seen: &Evidence) -> Vec<&'static str> {
        look(seen).into_iter().map(|finding| finding.code).collect()
    }

    /// Without this, a clean configuration might be far from every threshold and say nothing.
    #[test]
    fn what_is_near_is_beyond_at_twice_the_distance() {
        let configuration = Configuration::drawn(3);
        for Near { name, code, make } in NEAR {
            let Some(code) = code else { continue };
            let at = |by: f64| codes(&observe(&make(&configuration, by).unwrap()));
            assert_eq!(at(1.0), [] as [&str; 0], "{name}");
            assert!(at(2.0).contains(&code), "{name}: {:?}", at(2.0));
        }
    }

    #[test]
    fn answers_that_are_near_are_beyond_at_twice_the_distance() {
        let at = |by: f64| {
            let mut seen = Evidence::default();
            answers(Some(by), &mut stream(1, "test"), &mut seen).unwrap();
            codes(&seen)
        };
        assert_eq!(at(1.0), [] as [&str; 0]);
        let beyond = at(2.0);
        for code in [
            "order-within-spread",
            "instrument-limited",
            "first-order-step-size",
            "capacity-limited",
            "true-by-theorem",
            "average-hides-type",
            "correlation-of-few",
            "correlation-within-index",
            "pattern-not-repeating",
            "true-by-base",
        ] {
            assert!(beyond.contains(&code), "{code}: {beyond:?}");
        }
    }
}
