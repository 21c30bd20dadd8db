//! Kinds about order: monotone, best, local extremum, rise then fall. All are contrasts within a seed.

use super::evidence::{Region, Requirement, Test, as_is, weigh};
use super::{ClaimError, Direction, Extreme, Outcome, Ruling, Turn};
use crate::stats::mean;

pub(super) fn monotone(
    labels: &[String],
    direction: Direction,
    by: f64,
    seeds: &[Vec<f64>],
) -> Result<Ruling, ClaimError> {
    let steps = (1..labels.len())
        .map(|to| step(labels, to, matches!(direction, Direction::Rising), by, seeds))
        .collect::<Result<Vec<_>, _>>()?;
    Ruling::by_decisive(&steps, Test::Interval, "smallest step", as_is)
}

pub(super) fn best(
    labels: &[String],
    winner: usize,
    extreme: Extreme,
    by: f64,
    seeds: &[Vec<f64>],
) -> Result<Ruling, ClaimError> {
    let leads = leads(labels, winner, extreme, by, seeds)?;
    let weighed = weigh(&leads, Test::Interval)?;
    let mut words = leads[weighed.decisive].words(Test::Interval, as_is)?;
    if weighed.outcome != Outcome::Confirmed {
        let open = not_excluded(labels, extreme, seeds)?;
        words = format!("{words}; cannot be excluded: {}", open.join(", "));
    }
    Ruling::on(&leads, Test::Interval, &weighed, weighed.decisive, "smallest lead", as_is, words)
}

/// What `winner` is ahead of each rival by.
pub(super) fn leads(
    labels: &[String],
    winner: usize,
    extreme: Extreme,
    by: f64,
    seeds: &[Vec<f64>],
) -> Result<Vec<Requirement>, ClaimError> {
    let rivals = (0..labels.len()).filter(|&rival| rival != winner);
    rivals
        .map(|rival| {
            let name = match extreme {
                Extreme::Highest => format!("{} - {}", labels[winner], labels[rival]),
                Extreme::Lowest => format!("{} - {}", labels[rival], labels[winner]),
            };
            Requirement::new(name, seeds, Region::Above(by), |y| match extreme {
                Extreme::Highest => y[winner] - y[rival],
                Extreme::Lowest => y[rival] - y[winner],
            })
        })
        .collect()
}

/// The labels that may be the extreme one: no rival is shown to beat them.
fn not_excluded(labels: &[String], extreme: Extreme, seeds: &[Vec<f64>]) -> Result<Vec<String>, ClaimError> {
    let mut open = Vec::new();
    for (candidate, label) in labels.iter().enumerate() {
        // A lead of exactly zero in every seed is a tie: it excludes nobody.
        let beaten = leads(labels, candidate, extreme, 0.0, seeds)?;
        let tied = beaten.iter().all(|lead| lead.sample.mean >= 0.0);
        if tied || weigh(&beaten, Test::Interval)?.outcome != Outcome::Refuted {
            open.push(label.clone());
        }
    }
    Ok(open)
}

pub(super) fn local_extremum(
    labels: &[String],
    at: usize,
    turn: Turn,
    by: f64,
    seeds: &[Vec<f64>],
) -> Result<Ruling, ClaimError> {
    let (labels, start) = (&labels[at - 1..=at + 1], at - 1);
    let extreme = match turn {
        Turn::Peak => Extreme::Highest,
        Turn::Dip => Extreme::Lowest,
    };
    let neighbourhood: Vec<Vec<f64>> = seeds.iter().map(|seed| seed[start..start + 3].to_vec()).collect();
    let leads = leads(labels, 1, extreme, by, &neighbourhood)?;
    Ruling::by_decisive(&leads, Test::Interval, "smaller difference from a neighbour", as_is)
}

pub(super) fn rise_then_fall(
    labels: &[String],
    peak: Option<usize>,
    by: f64,
    seeds: &[Vec<f64>],
) -> Result<Ruling, ClaimError> {
    match peak {
        Some(peak) => {
            let steps =
                (1..labels.len()).map(|to| step(labels, to, to <= peak, by, seeds)).collect::<Result<Vec<_>, _>>()?;
            Ruling::by_decisive(&steps, Test::Interval, "smallest step", as_is)
        }
        None => peak_from_other_seeds(labels, by, seeds),
    }
}

/// The peak is chosen where the seed that is measured has no say, so that noise cannot make its own peak.
fn peak_from_other_seeds(labels: &[String], by: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let last = labels.len() - 1;
    let (mut rises, mut falls, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for (held_out, seed) in seeds.iter().enumerate() {
        let others = |at: usize| -> Result<f64, ClaimError> {
            let values: Vec<f64> =
                seeds.iter().enumerate().filter(|(other, _)| *other != held_out).map(|(_, seed)| seed[at]).collect();
            mean(&values).map_err(ClaimError::undefined(labels[at].as_str()))
        };
        let mut peak = 1;
        for at in 2..last {
            if others(at)? > others(peak)? {
                peak = at;
            }
        }
        rises.push(seed[peak] - seed[0]);
        falls.push(seed[peak] - seed[last]);
        if !peaks.contains(&labels[peak]) {
            peaks.push(labels[peak].clone());
        }
    }
    let requirements = [
        Requirement::from_values(format!("rise from {}", labels[0]), &rises, Region::Above(by))?,
        Requirement::from_values(format!("fall to {}", labels[last]), &falls, Region::Above(by))?,
    ];
    let weighed = weigh(&requirements, Test::Interval)?;
    let words = format!(
        "peak at {}; {}; {}",
        peaks.join(" or "),
        requirements[0].words(Test::Interval, as_is)?,
        requirements[1].words(Test::Interval, as_is)?
    );
    Ruling::on(&requirements, Test::Interval, &weighed, weighed.decisive, "smaller of rise and fall", as_is, words)
}

pub(super) fn diminishing(labels: &[String], by: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let bend = |at: usize| {
        let name = format!("step {} -> {} less step {} -> {}", labels[at - 1], labels[at], labels[at], labels[at + 1]);
        let size = |y: &[f64], to: usize| (y[to] - y[to - 1]).abs();
        Requirement::new(name, seeds, Region::Above(by), |y| size(y, at) - size(y, at + 1))
    };
    let bends = (1..labels.len() - 1).map(bend).collect::<Result<Vec<_>, _>>()?;
    Ruling::by_decisive(&bends, Test::Interval, "smallest loss of a step's size", as_is)
}

/// The step to `to` from the point before it, counted in the claimed direction.
fn step(labels: &[String], to: usize, rising: bool, by: f64, seeds: &[Vec<f64>]) -> Result<Requirement, ClaimError> {
    let name = format!("{} {} -> {}", if rising { "rise" } else { "fall" }, labels[to - 1], labels[to]);
    let sign = if rising { 1.0 } else { -1.0 };
    Requirement::new(name, seeds, Region::Above(by), |y| sign * (y[to] - y[to - 1]))
}
