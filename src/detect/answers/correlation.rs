//! Correlations that are of trends, of few points, or of the index alone.

use super::NORMAL_QUANTILE;
use crate::detect::Sighting;
use crate::stats::{fisher_z, pearson};

/// Two quantities over the same points, and the K that each point was measured at.
#[derive(Debug, Clone)]
pub struct Points {
    pub name: String,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    pub k: Vec<f64>,
}

/// The quantile of a two-sided 95 % interval.
const TWO_SIDED: f64 = 1.959_963_984_540_054;

fn strictly_monotone(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] < pair[1]) || values.windows(2).all(|pair| pair[0] > pair[1])
}

/// One point a K, and both columns monotone in it.
pub fn trends(points: &Points) -> Vec<Sighting> {
    let mut order: Vec<usize> = (0..points.k.len()).collect();
    order.sort_by(|&a, &b| points.k[a].total_cmp(&points.k[b]));
    let sorted = |column: &[f64]| order.iter().filter_map(|&at| column.get(at).copied()).collect::<Vec<f64>>();
    let both = [&points.k, &points.x, &points.y].into_iter().all(|column| strictly_monotone(&sorted(column)));
    let Ok(r) = pearson(&points.x, &points.y) else { return Vec::new() };
    let message = || format!("r = {r:.4} over {} values of K, each column monotone in K", points.k.len());
    (both && points.k.len() > 2).then(|| Sighting::new(&points.name, message())).into_iter().collect()
}

/// Fisher's interval of r holds 0, or there is none: it needs four points.
pub fn few(points: &Points) -> Vec<Sighting> {
    let (n, Ok(r)) = (points.x.len(), pearson(&points.x, &points.y)) else { return Vec::new() };
    let half = if n > 3 { TWO_SIDED / ((n - 3) as f64).sqrt() } else { f64::INFINITY };
    let z = fisher_z(r);
    let message =
        || format!("r = {r:.4} over {n} points: 95 % of [{:.3}, {:.3}]", (z - half).tanh(), (z + half).tanh());
    (half >= z.abs()).then(|| Sighting::new(&points.name, message())).into_iter().collect()
}

/// The partial correlation given K is shown to be less than half of r, on Fisher's scale with one point less for K.
pub fn partial(points: &Points) -> Vec<Sighting> {
    let n = points.x.len();
    let of = |x: &[f64], y: &[f64]| pearson(x, y);
    let (Ok(r), Ok(xk), Ok(yk)) = (of(&points.x, &points.y), of(&points.x, &points.k), of(&points.y, &points.k)) else {
        return Vec::new();
    };
    let rest = ((1.0 - xk * xk) * (1.0 - yk * yk)).sqrt();
    if n <= 4 || rest <= f64::EPSILON {
        return Vec::new();
    }
    let partial = ((r - xk * yk) / rest).clamp(-1.0, 1.0);
    let most = (fisher_z(partial * r.signum()) + NORMAL_QUANTILE / ((n - 4) as f64).sqrt()).tanh();
    let message = || format!("r = {r:.4} over {n} points; at fixed K {partial:.4}, at most {most:.4} of the same sign");
    (most < r.abs() / 2.0).then(|| Sighting::new(&points.name, message())).into_iter().collect()
}
