//! The weights: finite, frozen where they are said to be, and the same after a trip to disk.

use faer::Mat;

use super::adapter;
use crate::detect::observe::dense;
use crate::detect::rounding::EPS;
use crate::detect::{ModelEvidence, Moment, Sighting, Stage};
use crate::engine::{HostHead, HostModel};
use crate::linalg::{Frame, multiply};
use crate::question::Adapter;

/// Everything of a model that carries no adapter, by name.
fn plain(model: &HostModel) -> Vec<(String, &[f32])> {
    let mut parts: Vec<(String, &[f32])> = vec![("wpe.weight".to_owned(), &model.positions.data)];
    parts.extend(model.biases.iter().map(|(id, bias)| (format!("{id}.bias"), bias.as_slice())));
    for (layer, (first, second)) in model.norms.iter().enumerate() {
        for (name, norm) in [("ln_1", first), ("ln_2", second)] {
            parts.push((format!("h.{layer}.{name}.weight"), &norm.weight));
            parts.push((format!("h.{layer}.{name}.bias"), &norm.bias));
        }
    }
    parts.push(("ln_f.weight".to_owned(), &model.final_norm.weight));
    parts.push(("ln_f.bias".to_owned(), &model.final_norm.bias));
    if let HostHead::Untied(head) = &model.head {
        parts.push(("lm_head.weight".to_owned(), &head.data));
    }
    parts
}

pub fn finite(evidence: &ModelEvidence) -> Vec<Sighting> {
    let matrices = evidence.base.matrices.iter().map(|(id, matrix)| (format!("{id}.weight"), matrix.data.as_slice()));
    let bad = |(name, values): (String, &[f32])| {
        let count = values.iter().filter(|x| !x.is_finite()).count();
        (count > 0).then(|| Sighting::new(name, format!("{count} of {} entries are not finite", values.len())))
    };
    matrices.chain(plain(&evidence.base)).filter_map(bad).collect()
}

/// What is merged, without the adapter, is the base: W' - U alpha V^T = W up to rounding, everything else bit by bit.
///
/// The engine rounds U, V and each of the K + 1 terms of an entry to f32: at most (K + 4) eps of the sum of their sizes. Where
/// the merged weights are not the model itself they say nothing of what is frozen.
pub fn frozen(evidence: &ModelEvidence) -> Vec<Sighting> {
    if !adapter::merge(evidence).is_empty() {
        return Vec::new();
    }
    let trained = evidence.moments.iter().filter(|moment| matches!(moment.stage, Stage::Trained(_)));
    trained.map(|moment| moved(evidence, moment)).find(|seen| !seen.is_empty()).unwrap_or_default()
}

fn moved(evidence: &ModelEvidence, moment: &Moment) -> Vec<Sighting> {
    let mut seen = Vec::new();
    for ((name, before), (_, after)) in plain(&evidence.base).into_iter().zip(plain(&moment.weights)) {
        let count = before.iter().zip(after).filter(|(before, after)| before != after).count();
        if count > 0 || before.len() != after.len() {
            seen.push(Sighting::new(name, format!("{}: {count} of {} entries moved", moment.stage, before.len())));
        }
    }
    for (id, base) in &evidence.base.matrices {
        let parts = (moment.weights.matrices.get(id), evidence.frames.get(id), moment.alpha.get(id));
        let (Some(after), Some(frame), Some(alpha)) = parts else { continue };
        let (base, after) = (dense(base), dense(after));
        let (residual, tolerance) = residual(&base, &after, frame, alpha, evidence.said.adapter);
        if residual.is_nan() || residual > tolerance {
            let message = format!(
                "{}: beside its adapter the weight moved by {residual:.2e} ({tolerance:.1e} is rounding)",
                moment.stage
            );
            seen.push(Sighting::new(id.to_string(), message));
        }
    }
    seen
}

/// max |W' - U alpha V^T - W|, and the most that rounding makes of it.
fn residual(base: &Mat<f64>, after: &Mat<f64>, frame: &Frame, alpha: &Mat<f64>, adapter: Adapter) -> (f64, f64) {
    let k = frame.k();
    let core = match adapter {
        Adapter::Diag => Mat::from_fn(k, k, |i, j| if i == j { alpha[(i, 0)] } else { 0.0 }),
        Adapter::Core => alpha.clone(),
    };
    let adapted = multiply(multiply(frame.u(), core.as_ref()).as_ref(), frame.v().transpose());
    let sizes = core.norm_l1() * frame.u().norm_max() * frame.v().norm_max();
    ((after - base - adapted).norm_max(), (k as f64 + 4.0) * EPS * (base.norm_max() + sizes))
}

/// f32 in, f32 out: bit by bit.
pub fn saved(evidence: &ModelEvidence) -> Vec<Sighting> {
    let look = |pair: &[Moment]| {
        let [before, after] = pair else { return None };
        let trip = matches!((before.stage, after.stage), (Stage::Trained(_), Stage::Reloaded(_)));
        let changed =
            before.weights.matrices.iter().find(|&(id, matrix)| after.weights.matrices.get(id) != Some(matrix));
        let plain_changed = plain(&before.weights).into_iter().zip(plain(&after.weights)).find(|(a, b)| a.1 != b.1);
        let name = changed.map(|(id, _)| format!("{id}.weight")).or(plain_changed.map(|(a, _)| a.0))?;
        trip.then(|| Sighting::new(name, format!("{}: entries differ from those saved", after.stage)))
    };
    evidence.moments.windows(2).find_map(look).into_iter().collect()
}
