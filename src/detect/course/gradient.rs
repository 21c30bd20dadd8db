//! Gradients: those of their batch, seen through the frames, and larger than what hides them.

use faer::Mat;

use crate::detect::rounding::{EPS, GRADIENT};
use crate::detect::{Course, Sighting, Step};
use crate::linalg::{Frame, multiply, singular_values};
use crate::question::{Adapter, Dropout, MatrixId, Optimizer};

fn at(step: &Step, id: MatrixId) -> String {
    format!("step {}, {id}", step.number)
}

/// Every step and matrix with the rounding of its alpha gradient: that of two ways of computing the weight's gradient.
fn each(course: &Course) -> impl Iterator<Item = (&Step, MatrixId, f64)> {
    let of_step = |step| {
        let step: &Step = step;
        step.full.iter().map(move |(&id, full)| (step, id, GRADIENT * EPS * full.norm_l2()))
    };
    course.steps.iter().flat_map(of_step)
}

pub fn stale(course: &Course) -> Vec<Sighting> {
    // A mask is part of the gradient that a step uses.
    let look = |(step, id, tolerance): (&Step, MatrixId, f64)| {
        let (asked, used) = (step.asked.get(&id)?, step.used.get(&id)?);
        let apart = (asked - used).norm_l2();
        (apart > tolerance && course.said.dropout == Dropout::None).then(|| {
            let message = format!(
                "the gradient used is {apart:.2e} away from that of the batch, {:.2e} ({tolerance:.1e} is rounding)",
                asked.norm_l2()
            );
            Sighting::new(at(step, id), message)
        })
    };
    each(course).find_map(look).into_iter().collect()
}

/// diag(U^T G V) `[K, 1]`, or U^T G V.
fn projected(full: &Mat<f64>, frame: &Frame, adapter: Adapter) -> Mat<f64> {
    let core = multiply(multiply(frame.u().transpose(), full.as_ref()).as_ref(), frame.v());
    match adapter {
        Adapter::Diag => Mat::from_fn(core.nrows(), 1, |i, _| core[(i, i)]),
        Adapter::Core => core,
    }
}

pub fn unprojected(course: &Course) -> Vec<Sighting> {
    let look = |(step, id, tolerance): (&Step, MatrixId, f64)| {
        let (asked, full, frame) = (step.asked.get(&id)?, step.full.get(&id)?, course.frames.get(&id)?);
        let expected = projected(full, frame, course.said.adapter);
        let apart = (asked - &expected).norm_l2();
        (apart > tolerance).then(|| {
            let message = format!(
                "the alpha gradient is {:.3e}, that of the weight through its frames {:.3e}: {apart:.2e} apart \
                 ({tolerance:.1e} is rounding)",
                asked.norm_l2(),
                expected.norm_l2()
            );
            Sighting::new(at(step, id), message)
        })
    };
    each(course).find_map(look).into_iter().collect()
}

/// Exactly zero: rounding leaves something of whatever a gradient reaches.
pub fn absent(course: &Course) -> Vec<Sighting> {
    let ids = course.steps.first().into_iter().flat_map(|step| step.asked.keys());
    let zero = |id: &&MatrixId| {
        course.steps.iter().all(|step| step.asked.get(id).is_some_and(|gradient| gradient.norm_max() == 0.0))
    };
    let message = |count: usize| format!("its gradient is exactly 0 at all {count} steps");
    ids.filter(zero).map(|id| Sighting::new(id.to_string(), message(course.steps.len()))).collect()
}

/// Adam's first step is lr |g| / (|g| + eps): less than half of lr where |g| < eps.
pub fn below_eps(course: &Course) -> Vec<Sighting> {
    let (Optimizer::Adam { eps, .. }, Some(step)) = (course.said.optimizer, course.steps.first()) else {
        return Vec::new();
    };
    let mut sizes: Vec<f64> = step
        .used
        .values()
        .flat_map(|gradient| gradient.col_iter().flat_map(|column| column.iter().copied().collect::<Vec<_>>()))
        .map(f64::abs)
        .filter(|&size| size > 0.0)
        .collect();
    sizes.sort_by(f64::total_cmp);
    match sizes.get(sizes.len() / 2) {
        Some(&median) if median < eps => {
            let message = format!("the median alpha gradient is {median:.2e}, eps {eps:.1e}");
            vec![Sighting::new(format!("step {}", step.number), message)]
        }
        _ => Vec::new(),
    }
}

/// Fewest entries of an alpha that are judged on their own. An entry of a gradient through frames that know nothing of it is
/// below its rounding, 1e-5 |G|, with a probability of about 5e-3 where it is 0.01 |G| in the mean; four of them at 6e-10.
const FEWEST: usize = 4;

pub fn rounding(course: &Course) -> Vec<Sighting> {
    let Some(step) = course.steps.first() else { return Vec::new() };
    let look = |(&id, asked): (&MatrixId, &Mat<f64>)| {
        let tolerance = GRADIENT * EPS * step.full.get(&id)?.norm_l2();
        let size = asked.norm_l2();
        // Exactly zero is no rounding: it has its own code.
        let noise = asked.nrows() * asked.ncols() >= FEWEST && size > 0.0 && size < tolerance;
        noise.then(|| {
            Sighting::new(
                at(step, id),
                format!("|alpha gradient| {size:.2e} is below {tolerance:.1e}, what rounding makes of the weight's"),
            )
        })
    };
    step.asked.iter().filter_map(look).collect()
}

/// Each token adds one outer product to a gradient, and a tied embedding gets a second from the head.
pub fn limited(course: &Course) -> Vec<Sighting> {
    let Some(step) = course.steps.first() else { return Vec::new() };
    let tokens: usize = step.batch.iter().map(|sequence| sequence.len().saturating_sub(1)).sum();
    let look = |(&id, full): (&MatrixId, &Mat<f64>)| {
        let most = if id == MatrixId::TokEmb { 2 * tokens } else { tokens };
        let dimensions = full.nrows().min(full.ncols());
        if most >= dimensions {
            return None;
        }
        let sigma = singular_values(full.as_ref()).ok()?;
        let rank = sigma.iter().filter(|&&s| s > GRADIENT * EPS * full.norm_l2()).count();
        let message =
            format!("{tokens} tokens allow rank {most} of {dimensions}; {rank} singular values are above rounding");
        Some(Sighting::new(at(step, id), message))
    };
    step.full.iter().find_map(look).into_iter().collect()
}
