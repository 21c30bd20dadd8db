//! Kinds about order: monotone, best, local extremum, rise then fall. All are contrasts within a seed.

use super::evidence::{Region, Requirement, Test, Weighed, as_is, weigh, weigh_today};
use super::{ClaimError, Direction, Extreme, Outcome, Ruling, Turn};

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
        if tied || weigh_today(&beaten, Test::Interval)?.outcome != Outcome::Refuted {
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
        None => undeclared_peak(labels, by, seeds),
    }
}

/// Every inner point is tried as the peak, and one is enough: they share the error (Bonferroni). A peak that each seed takes
/// from the others' mean would not do: seeds that choose for each other are not independent, and on a plateau their t interval
/// errs in 4 % instead of 2.5 %.
fn undeclared_peak(labels: &[String], by: f64, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
    let last = labels.len() - 1;
    let test = Test::OneOf(last - 1);
    let try_at = |peak: usize| -> Result<_, ClaimError> {
        let above = |name: String, end: usize| Requirement::new(name, seeds, Region::Above(by), |y| y[peak] - y[end]);
        let sides = [
            above(format!("rise {} -> {}", labels[0], labels[peak]), 0)?,
            above(format!("fall {} -> {}", labels[peak], labels[last]), last)?,
        ];
        let weighed = weigh_today(&sides, test)?;
        Ok((sides, weighed))
    };
    let (mut sides, mut weighed) = try_at(1)?;
    for peak in 2..last {
        let candidate = try_at(peak)?;
        if plea(&candidate.1) < plea(&weighed) {
            (sides, weighed) = candidate;
        }
    }
    let weighed = weigh(&sides, test)?;
    let words = format!("{}; {}", sides[0].words(test, as_is)?, sides[1].words(test, as_is)?);
    Ruling::on(&sides, test, &weighed, weighed.decisive, "smaller of rise and fall", as_is, words)
}

/// Orders candidates of which one is enough, the one that speaks most for the claim first. Of refuted ones the largest p comes
/// first: all of them must be refuted (intersection-union).
const fn plea(weighed: &Weighed) -> (u8, f64) {
    match weighed.outcome {
        Outcome::Confirmed => (0, weighed.p_value),
        Outcome::Inconclusive => (1, weighed.p_value),
        Outcome::Refuted => (2, -weighed.p_value),
    }
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
