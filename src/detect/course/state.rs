//! What happens to alpha beside the optimiser's updates.

use faer::Mat;

use crate::detect::{Course, Sighting, Step};
use crate::question::MatrixId;

/// Entries set to exactly zero by one step. An update that happens to end on zero is one of about 2^24 numbers near it.
const FEWEST: usize = 3;

/// True where a step put an entry that was not zero to exactly zero.
pub fn zeroed(from: f64, to: f64) -> bool {
    from != 0.0 && to == 0.0
}

fn count(from: &Mat<f64>, to: &Mat<f64>) -> usize {
    let (rows, cols) = (from.nrows().min(to.nrows()), from.ncols().min(to.ncols()));
    (0..rows).flat_map(|i| (0..cols).map(move |j| (i, j))).filter(|&(i, j)| zeroed(from[(i, j)], to[(i, j)])).count()
}

pub fn destroyed(course: &Course) -> Vec<Sighting> {
    let look = |step: &Step| {
        let of = |(id, from): (&MatrixId, &Mat<f64>)| step.to.get(id).map_or(0, |to| count(from, to));
        let lost: usize = step.from.iter().map(of).sum();
        let all: usize = step.from.values().map(|alpha| alpha.nrows() * alpha.ncols()).sum();
        (lost >= FEWEST).then(|| {
            let message = format!("{lost} of {all} entries of alpha that were not zero are exactly zero after it");
            Sighting::new(format!("step {}", step.number), message)
        })
    };
    course.steps.iter().find_map(look).into_iter().collect()
}

pub fn broken(course: &Course) -> Vec<Sighting> {
    let look = |pair: &[Step]| {
        let [one, next] = pair else { return None };
        let sized = |id: &MatrixId| one.to.get(id).map(Mat::shape) == next.from.get(id).map(Mat::shape);
        // A change of K changes the shapes.
        let moved = one.to.iter().find(|&(id, to)| sized(id) && next.from.get(id) != Some(to));
        let skipped = next.number != one.number + 1;
        let message = match moved {
            Some((id, _)) => format!("alpha of {id} is not what step {} left", one.number),
            None => format!("it follows step {}", one.number),
        };
        (moved.is_some() || skipped).then(|| Sighting::new(format!("step {}", next.number), message))
    };
    course.steps.windows(2).find_map(look).into_iter().collect()
}
