//! The updates, computed again: the said optimiser on the gradients that the steps used. Where they differ, known variants
//! are tried, and the one that fits every entry of every step names the cause.

use std::collections::BTreeMap;

use faer::Mat;

use super::state::zeroed;
use crate::detect::rig::restarts;
use crate::detect::rounding::EPS;
use crate::detect::{Course, Sighting, Step};
use crate::question::{Dropout, MatrixId, Optimizer};

/// Why the updates are not the said ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Still,
    Rate,
    Lost,
    Kept,
    Uncorrected,
    Decay,
    Other,
}

/// The sightings of one cause.
pub fn only(course: &Course, cause: Cause) -> Vec<Sighting> {
    diagnose(course).filter(|(found, _)| *found == cause).map(|(_, sighting)| sighting).into_iter().collect()
}

/// One entry's move at one step.
struct Move {
    step: usize,
    id: MatrixId,
    from: f64,
    /// What it did.
    seen: f64,
    /// What the optimiser would do, and how far rounding may carry that.
    expected: f64,
    tolerance: f64,
}

impl Move {
    fn fits(&self, expected: f64) -> bool {
        (self.seen - expected).abs() <= self.tolerance
    }
}

/// How the updates are computed again.
#[derive(Clone, Copy)]
struct Variant<'a> {
    resets: &'a dyn Fn(usize) -> bool,
    corrected: bool,
}

fn diagnose(course: &Course) -> Option<(Cause, Sighting)> {
    // Zeroing in place is a change of alpha that no optimiser makes.
    if matches!(course.said.dropout, Dropout::Zeroed(_)) {
        return None;
    }
    let said = |step: usize| restarts(&course.said, step);
    let usual = Variant { resets: &said, corrected: true };
    let moves = moves(course, usual);
    let first = moves.iter().find(|entry| !entry.fits(entry.expected))?;
    let place = format!("step {}, {}", first.step, first.id);
    let found = |cause, message| Some((cause, Sighting::new(place.clone(), message)));
    if let Some(id) = still(&moves) {
        return Some((Cause::Still, Sighting::new(id.to_string(), "its gradient is not zero and it never moved")));
    }
    if let Some(factor) = factor(&moves) {
        return found(Cause::Rate, format!("every update is {factor:.6} times that of {:?}", course.said.optimizer));
    }
    if course.steps.iter().any(|step| said(step.number)) && fits(course, Variant { resets: &|_| false, ..usual }) {
        return found(Cause::Kept, "the updates go on with the state from before the change".to_owned());
    }
    let lost = course.steps.iter().skip(1).map(|step| step.number).filter(|&step| !said(step));
    for at in lost {
        let resets = |step: usize| said(step) || step == at;
        if fits(course, Variant { resets: &resets, ..usual }) {
            return found(
                Cause::Lost,
                format!("the updates from step {at} on are those of an optimiser that starts there"),
            );
        }
    }
    if fits(course, Variant { corrected: false, ..usual }) {
        return found(
            Cause::Uncorrected,
            format!("moved by {:.3e}, corrected it would be {:.3e}", first.seen, first.expected),
        );
    }
    if let Some(share) = decay(&moves) {
        return found(Cause::Decay, format!("every update also takes {share:.3e} of the parameter"));
    }
    found(
        Cause::Other,
        format!("alpha moved by {:.6e}, {:?} moves it by {:.6e}", first.seen, course.said.optimizer, first.expected),
    )
}

/// True where `variant` explains every entry of every step.
fn fits(course: &Course, variant: Variant<'_>) -> bool {
    moves(course, variant).iter().all(|entry| entry.fits(entry.expected))
}

/// A matrix none of whose entries moved though they should have.
fn still(moves: &[Move]) -> Option<MatrixId> {
    let mut by_id: BTreeMap<MatrixId, bool> = BTreeMap::new();
    for entry in moves {
        let idle = entry.seen == 0.0 && !entry.fits(entry.expected);
        *by_id.entry(entry.id).or_insert(true) &= idle;
    }
    by_id.into_iter().find(|&(_, idle)| idle).map(|(id, _)| id)
}

/// The one factor that takes every expected move to the one seen: fitted by least squares, then held against every entry.
fn factor(moves: &[Move]) -> Option<f64> {
    let products: f64 = moves.iter().map(|entry| entry.seen * entry.expected).sum();
    let squares: f64 = moves.iter().map(|entry| entry.expected * entry.expected).sum();
    let factor = products / squares;
    let size = factor.abs().max(1.0);
    // The fit itself is as uncertain as its entries.
    let fits = |entry: &Move| (entry.seen - factor * entry.expected).abs() <= 2.0 * size * entry.tolerance;
    (factor.is_finite() && factor != 0.0 && moves.iter().all(fits)).then_some(factor)
}

/// The share of the parameter that every step takes beside the expected move.
fn decay(moves: &[Move]) -> Option<f64> {
    let products: f64 = moves.iter().map(|entry| (entry.expected - entry.seen) * entry.from).sum();
    let squares: f64 = moves.iter().map(|entry| entry.from * entry.from).sum();
    let share = products / squares;
    let fits = |entry: &Move| (entry.seen - entry.expected + share * entry.from).abs() <= 2.0 * entry.tolerance;
    (share.is_finite() && share != 0.0 && moves.iter().all(fits)).then_some(share)
}

/// Every entry's move at every step, with what `variant` expects of it.
fn moves(course: &Course, variant: Variant<'_>) -> Vec<Move> {
    let mut states: BTreeMap<MatrixId, Vec<State>> = BTreeMap::new();
    let mut all = Vec::new();
    for step in &course.steps {
        if (variant.resets)(step.number) {
            states.clear();
        }
        for (&id, gradient) in &step.used {
            let (Some(from), Some(to)) = (step.from.get(&id), step.to.get(&id)) else { continue };
            if from.shape() != gradient.shape() || to.shape() != gradient.shape() {
                continue;
            }
            let of_matrix = states.entry(id).or_insert_with(|| vec![State::default(); entries(gradient)]);
            for (entry, state) in of_matrix.iter_mut().enumerate() {
                let cell = (entry / gradient.ncols(), entry % gradient.ncols());
                let (expected, rounding) = state.next(course.said.optimizer, gradient[cell], variant.corrected);
                let (from, to) = (from[cell], to[cell]);
                if !zeroed(from, to) {
                    // The parameter itself is rounded where it is stored.
                    let tolerance = rounding + EPS * to.abs().max(from.abs());
                    all.push(Move { step: step.number, id, from, seen: to - from, expected, tolerance });
                }
            }
        }
    }
    all
}

fn entries(matrix: &Mat<f64>) -> usize {
    matrix.nrows() * matrix.ncols()
}

/// The optimiser's state of one entry, in f64.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    steps: i32,
    first: f64,
    second: f64,
    /// The running mean of |g|, which bounds the rounding of that of g.
    size: f64,
}

impl State {
    /// The next move, and twice the first-order bound of its rounding in f32: after t steps the running means carry 2 t
    /// roundings (two operations and two rounded constants a step), of |g| for the first, relative for the second; the move
    /// itself a few more.
    fn next(&mut self, optimizer: Optimizer, g: f64, corrected: bool) -> (f64, f64) {
        self.steps += 1;
        match optimizer {
            Optimizer::Sgd { lr } => (-lr * g, 4.0 * EPS * (lr * g).abs()),
            Optimizer::Adam { lr, beta1, beta2, eps } => {
                self.first = beta1 * self.first + (1.0 - beta1) * g;
                self.second = beta2 * self.second + (1.0 - beta2) * g * g;
                self.size = beta1 * self.size + (1.0 - beta1) * g.abs();
                let correction = |beta: f64| if corrected { 1.0 - beta.powi(self.steps) } else { 1.0 };
                let rate = lr / correction(beta1) / ((self.second / correction(beta2)).sqrt() + eps);
                let (moved, roundings) = (-rate * self.first, f64::from(2 * self.steps + 4));
                (moved, EPS * roundings * (rate * self.size + moved.abs()))
            }
        }
    }
}

/// The rate that the first step of a run shows: |move| (|g| + eps) / |g| under Adam, |move| / |g| under gradient descent; the
/// median over the entries that have a gradient.
pub fn implied_rate(course: &Course) -> Option<f64> {
    let step: &Step = course.steps.first()?;
    let mut rates = Vec::new();
    for (id, gradient) in &step.used {
        let (Some(from), Some(to)) = (step.from.get(id), step.to.get(id)) else { continue };
        for entry in 0..entries(gradient) {
            let cell = (entry / gradient.ncols(), entry % gradient.ncols());
            let (g, moved) = (gradient[cell].abs(), (to[cell] - from[cell]).abs());
            if g > 0.0 {
                rates.push(match course.said.optimizer {
                    Optimizer::Adam { eps, .. } => moved * (g + eps) / g,
                    Optimizer::Sgd { .. } => moved / g,
                });
            }
        }
    }
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied()
}
