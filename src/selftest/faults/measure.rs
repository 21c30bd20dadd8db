//! Faults of what is measured and concluded: numbers that are right and do not carry their claim.

use std::collections::BTreeMap;

use faer::Mat;
use rand_chacha::ChaCha8Rng;

use super::{Fault, Part, Plant};
use crate::detect::{ByType, Coverage, Covered, Evidence, Expectation, Pattern, Points, Sweep};
use crate::engine::Trainer;
use crate::linalg::{haar, singular_values, svd, top_frame};
use crate::measure::{Core, CoverageNull, concentration};
use crate::question::{Adapter, Frame, MatrixId, Optimizer};
use crate::seed::stream;
use crate::selftest::sample::{exact, half_width, orthogonal, standardised};
use crate::selftest::{Configuration, SelftestError};
use crate::stats::LEVEL;

type Seen = Result<Evidence, SelftestError>;

const fn measure(name: &'static str, code: &'static str, plant: fn(&Configuration) -> Seen) -> Fault {
    Fault { name, code, part: Part::Measure, plant: Plant::Answers(plant) }
}

pub const FAULTS: [Fault; 11] = [
    measure("coverage of gradients by frames that know nothing of them", "instrument-limited", random_coverage),
    measure("an effective rank read from K numbers", "capacity-limited", constrained_rank),
    measure("coverage of nested frames, claimed to rise", "true-by-theorem", nested_coverage),
    measure("larger K wins at equal steps of one rate", "first-order-step-size", step_length),
    measure("W's frames against random ones where W is random", "true-by-base", random_weights),
    measure("an order of differences within their spread", "order-within-spread", within_spread),
    measure("an average over types that disagree", "average-hides-type", opposite_type),
    measure("a correlation over a sweep of K", "correlation-of-trends", over_k),
    measure("a correlation of four points", "correlation-of-few", four_points),
    measure("a correlation that K makes", "correlation-within-index", by_k),
    measure("a layer pattern of one seed", "pattern-not-repeating", one_seed),
];

/// Seeds behind an answer: as many as an equality at the detectors' level needs.
const SEEDS: u64 = 12;
/// Random frames behind each value, so that its own spread is small beside that over seeds.
const FRAMES: usize = 96;

fn rng(configuration: &Configuration, label: &str) -> ChaCha8Rng {
    stream(configuration.seed, &format!("selftest/{label}"))
}

/// Every weight with its gradient, both `[m, n]`.
type WithGradient = BTreeMap<MatrixId, [Mat<f64>; 2]>;

/// Step-1 gradients of every matrix with the weights, seed by seed.
fn gradients(configuration: &Configuration, seeds: u64) -> Result<Vec<WithGradient>, SelftestError> {
    let of_seed = |offset: u64| {
        let mut own = configuration.clone();
        own.seed = configuration.seed.wrapping_add(1_000_000 * (offset + 1));
        let rig = own.rig()?;
        let gradients = (rig.build)(&rig.base)?.full_gradients(&(rig.batch)(1)?)?;
        let dense = |id: &MatrixId| {
            let weight = rig.base.matrices.get(id)?;
            Some(Mat::from_fn(weight.rows, weight.cols, |i, j| f64::from(weight.data[i * weight.cols + j])))
        };
        Ok(gradients.into_iter().filter_map(|(id, gradient)| Some((id, [dense(&id)?, gradient]))).collect())
    };
    (0..seeds).map(of_seed).collect()
}

/// The mean over matrices and random frames of `read(core, k)`, `[seed][k]`.
fn through_random_frames(
    configuration: &Configuration,
    ks: &[usize],
    read: impl Fn(&Core, usize) -> Result<f64, SelftestError>,
) -> Result<Vec<Vec<f64>>, SelftestError> {
    let mut rng = rng(configuration, "frames");
    let most = ks.iter().copied().max().unwrap_or(1);
    let mut rows = Vec::new();
    for of_seed in gradients(configuration, SEEDS)? {
        let mut sums = vec![0.0; ks.len()];
        for [_, gradient] in of_seed.values() {
            for _ in 0..FRAMES {
                let core = Core::of(gradient.as_ref(), &haar(gradient.nrows(), gradient.ncols(), most, &mut rng)?)?;
                for (sum, &k) in sums.iter_mut().zip(ks) {
                    *sum += read(&core, k)?;
                }
            }
        }
        let count = (of_seed.len() * FRAMES) as f64;
        rows.push(sums.into_iter().map(|sum| sum / count).collect());
    }
    Ok(rows)
}

pub fn sweep(name: &str, k: &[usize], values: Vec<Vec<f64>>, says: Expectation) -> Sweep {
    let k = k.iter().map(|&k| k as f64).collect();
    Sweep { name: name.to_owned(), k, values, says, null: None, bound: None, parts: None, first_order: None }
}

fn sweeps(sweep: Sweep) -> Seen {
    Ok(Evidence { sweeps: vec![sweep], ..Evidence::default() })
}

fn random_coverage(configuration: &Configuration) -> Seen {
    // At smaller K the spread over frames is too large for an equality at the detectors' level.
    let ks = [8, 16];
    let values = through_random_frames(configuration, &ks, |core, k| Ok(core.coverage(k)))?;
    let mut rng = rng(configuration, "null");
    let mut null = Vec::new();
    for of_seed in gradients(configuration, SEEDS)? {
        let mut sums = vec![0.0; ks.len()];
        for [_, gradient] in of_seed.values() {
            let (rows, cols) = gradient.shape();
            let draws =
                CoverageNull::new(&singular_values(gradient.as_ref())?, rows, cols)?.draws(&ks, FRAMES, &mut rng)?;
            for draw in draws {
                sums.iter_mut().zip(draw).for_each(|(sum, value)| *sum += value.core);
            }
        }
        let count = (of_seed.len() * FRAMES) as f64;
        null.push(sums.into_iter().map(|sum| sum / count).collect());
    }
    sweeps(Sweep { null: Some(null), ..sweep("core coverage", &ks, values, Expectation::Values) })
}

fn constrained_rank(configuration: &Configuration) -> Seen {
    let ks = [4, 8, 16];
    let rank = |core: &Core, k| Ok(core.constrained_effective_ranks(k)?.of_values);
    let values = through_random_frames(configuration, &ks, rank)?;
    let bound = Some(ks.iter().map(|&k| k as f64).collect());
    sweeps(Sweep { bound, ..sweep("effective rank of the alpha gradient", &ks, values, Expectation::Values) })
}

/// The diagonal coverage of tok_emb's gradient by W's own frames.
fn nested_coverage(configuration: &Configuration) -> Seen {
    let ks = [1, 2, 4, 8];
    let (mut values, mut parts) = (Vec::new(), Vec::new());
    for of_seed in gradients(configuration, SEEDS)? {
        let Some([weight, gradient]) = of_seed.get(&MatrixId::TokEmb) else { continue };
        let core = Core::of(gradient.as_ref(), &top_frame(&svd(weight.as_ref())?, 8)?)?;
        values.push(ks.map(|k| core.diagonal_coverage(k)).to_vec());
        parts.push(core.diagonal().iter().map(|x| (x / core.gradient_norm()).powi(2)).collect());
    }
    sweeps(Sweep { parts: Some(parts), ..sweep("diagonal coverage", &ks, values, Expectation::Rising) })
}

/// A few short Adam steps on one batch: the loss falls by what its gradient says, more at larger K.
fn step_length(configuration: &Configuration) -> Seen {
    const STEPS: usize = 3;
    let ks = [2, 4, 8];
    let (mut falls, mut first_order) = (Vec::new(), Vec::new());
    for offset in 0..SEEDS {
        let mut own = configuration.saying(|said| {
            (said.frame, said.adapter, said.optimizer) = (Frame::Haar(1), Adapter::Diag, Optimizer::adam(1e-3));
        });
        own.seed = configuration.seed.wrapping_add(1_000_000 * (offset + 1));
        let rig = own.rig()?;
        let batch = (rig.batch)(1)?;
        let model = (rig.build)(&rig.base)?;
        let mut random = rng(&own, "frames");
        let (mut fall_by_k, mut first_by_k) = (Vec::new(), Vec::new());
        for k in ks {
            let mut frames = BTreeMap::new();
            for (&id, weight) in &rig.base.matrices {
                frames.insert(id, haar(weight.rows, weight.cols, k, &mut random)?);
            }
            let mut trainer = Trainer::new(&model, &frames, Adapter::Diag, own.said.optimizer)?;
            let (start, mut predicted) = (trainer.loss(&batch)?, 0.0);
            for _ in 0..STEPS {
                let before = trainer.alpha()?;
                trainer.step(&batch)?;
                let (after, gradient) = (trainer.alpha()?, trainer.alpha_gradient());
                for (id, g) in &gradient {
                    let (Some(a), Some(b)) = (after.get(id), before.get(id)) else { continue };
                    predicted -= (0..g.nrows()).map(|i| g[(i, 0)] * (a[(i, 0)] - b[(i, 0)])).sum::<f64>();
                }
            }
            fall_by_k.push(start - trainer.loss(&batch)?);
            first_by_k.push(predicted);
        }
        falls.push(fall_by_k);
        first_order.push(first_by_k);
    }
    sweeps(Sweep { first_order: Some(first_order), ..sweep("fall of the loss", &ks, falls, Expectation::Rising) })
}

/// The blocks of the default base are Gaussian: their own frames are Haar. They are taken of the next seed's weights, of
/// the same law, since a gradient knows the weights that it belongs to a little.
fn random_weights(configuration: &Configuration) -> Seen {
    let mut deep = configuration.clone();
    deep.model.layers = 6;
    deep.recipe.block_scale = 0.006;
    let mut rows = Vec::new();
    // 24 blocks of 30 seeds: the exact deviation of their mean is then a small part of the detector's band.
    let seeds = gradients(&deep, 30)?;
    for (of_seed, next) in seeds.iter().zip(seeds.iter().cycle().skip(1)) {
        let blocks = of_seed.iter().zip(next.values()).filter(|((id, _), _)| **id != MatrixId::TokEmb);
        for ((_, [_, gradient]), [weight, _]) in blocks {
            let (m, n) = gradient.shape();
            let core = Core::of(gradient.as_ref(), &top_frame(&svd(weight.as_ref())?, 8)?)?;
            let concentration = concentration(&singular_values(gradient.as_ref())?)?;
            rows.push(Covered { k: 8, m, n, concentration, coverage: core.coverage(8) });
        }
    }
    Ok(Evidence { coverages: vec![Coverage { name: "blocks".to_owned(), rows }], ..Evidence::default() })
}

/// A rising sweep whose neighbouring contrasts are `share` of what a 95 % interval over six seeds excludes.
pub fn ordered(share: f64, rng: &mut ChaCha8Rng) -> Result<Sweep, SelftestError> {
    const N: usize = 6;
    let ks = [1, 2, 4, 8];
    let mut values: Vec<Vec<f64>> = exact(7.0, 0.1, N, rng).into_iter().map(|start| vec![start]).collect();
    for _ in 1..ks.len() {
        let contrasts = exact(share * 0.01 * half_width(N, LEVEL)?, 0.01, N, rng);
        for (row, contrast) in values.iter_mut().zip(contrasts) {
            row.push(row.last().copied().unwrap_or(0.0) + contrast);
        }
    }
    Ok(sweep("loss", &ks, values, Expectation::Rising))
}

fn within_spread(configuration: &Configuration) -> Seen {
    sweeps(ordered(0.5, &mut rng(configuration, "order"))?)
}

/// Effects of mean 0.1 in the average and `factor` times that in the token embedding, over six seeds.
pub fn typed(factor: f64, rng: &mut ChaCha8Rng) -> ByType {
    let mut effects = |mean| exact(mean, 0.002, 6, rng);
    let average = effects(0.1);
    let types = [("tok_emb", 0.1 * factor), ("qkv", 0.1), ("proj", 0.11), ("up", 0.09), ("down", 0.1)];
    let types = types.map(|(name, mean)| (name.to_owned(), effects(mean))).into();
    ByType { name: "SVD against Haar".to_owned(), average, types }
}

fn opposite_type(configuration: &Configuration) -> Seen {
    Ok(Evidence { types: vec![typed(-1.0, &mut rng(configuration, "types"))], ..Evidence::default() })
}

fn pointed(points: Points) -> Seen {
    Ok(Evidence { points: vec![points], ..Evidence::default() })
}

fn over_k(configuration: &Configuration) -> Seen {
    let k = [2.0_f64, 4.0, 8.0, 16.0, 32.0, 64.0];
    let noise = exact(0.0, 0.02, k.len(), &mut rng(configuration, "trend"));
    let x = k.iter().zip(&noise).map(|(k, noise)| (0.9 * k.ln() + noise).exp()).collect();
    let y = k.iter().map(|k| 8.0 - 0.2 * k.ln()).collect();
    pointed(Points { name: "coverage and loss".to_owned(), x, y, k: k.to_vec() })
}

/// `n` points at one K, of correlation exactly `r`.
pub fn correlated(r: f64, n: usize, rng: &mut ChaCha8Rng) -> Points {
    let x = orthogonal(n, &[], rng);
    let rest = orthogonal(n, &[&x], rng);
    let y = x.iter().zip(&rest).map(|(x, rest)| r * x + (1.0 - r * r).sqrt() * rest).collect();
    Points { name: "coverage and loss".to_owned(), x, y, k: vec![32.0; n] }
}

fn four_points(configuration: &Configuration) -> Seen {
    pointed(correlated(0.9, 4, &mut rng(configuration, "few")))
}

/// Points over six K, twenty each: both columns follow K, and beside it correlate by exactly `own`.
pub fn over_seeds(own: f64, rng: &mut ChaCha8Rng) -> Points {
    let k: Vec<f64> = [2.0, 4.0, 8.0, 16.0, 32.0, 64.0].into_iter().flat_map(|k| [k; 20]).collect();
    let trend = standardised(&k);
    let first = orthogonal(k.len(), &[&trend], rng);
    let rest = orthogonal(k.len(), &[&trend, &first], rng);
    let second = first.iter().zip(rest).map(|(first, rest)| own * first + (1.0 - own * own).sqrt() * rest);
    let y = trend.iter().zip(second).map(|(trend, second)| 3.0 * trend + second).collect();
    let x = trend.iter().zip(&first).map(|(trend, first)| 3.0 * trend + first).collect();
    Points { name: "coverage and loss".to_owned(), x, y, k }
}

fn by_k(configuration: &Configuration) -> Seen {
    pointed(over_seeds(0.0, &mut rng(configuration, "partial")))
}

/// Six seeds of eight layers: noise whose mean over seeds is the same in every layer, plus `strength` times one pattern.
pub fn layered(strength: f64, rng: &mut ChaCha8Rng) -> Pattern {
    let layers: Vec<Vec<f64>> = (0..8).map(|_| exact(0.0, 1.0, 6, rng)).collect();
    let pattern = exact(0.0, strength, 8, rng);
    let row = |seed: usize| layers.iter().zip(&pattern).map(|(noise, own)| noise[seed] + own).collect();
    Pattern { name: "effective rank by layer".to_owned(), values: (0..6).map(row).collect() }
}

fn one_seed(configuration: &Configuration) -> Seen {
    Ok(Evidence { patterns: vec![layered(0.0, &mut rng(configuration, "pattern"))], ..Evidence::default() })
}
