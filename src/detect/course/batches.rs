//! Do batches come back? Fresh draws at N offsets repeat by chance; how often is known exactly enough to bound it.

use std::collections::BTreeSet;

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::detect::{Course, LEVEL, Sighting};

/// How many sequences were drawn and how many of them had been drawn before, where that is beyond chance.
///
/// Each of n draws meets one of the at most n - 1 offsets before it with probability at most (n - 1)/N: the repeats are
/// stochastically below Binomial(n - 1, (n - 1)/N).
fn beyond_chance(course: &Course) -> Option<(usize, usize, f64)> {
    let sequences: Vec<&Vec<u32>> = course.steps.iter().flat_map(|step| &step.batch).collect();
    let (draws, length) = (sequences.len(), sequences.first()?.len());
    let offsets = (course.train.len() + 1).checked_sub(length).filter(|&offsets| offsets >= draws)?;
    let distinct: BTreeSet<&Vec<u32>> = sequences.into_iter().collect();
    let repeats = draws - distinct.len();
    if repeats == 0 {
        return None;
    }
    let share = (draws - 1) as f64 / offsets as f64;
    let chance = Binomial::new(share, draws as u64 - 1).ok()?.sf(repeats as u64 - 1);
    (chance < LEVEL).then_some((draws, repeats, chance))
}

fn distinct_batches(course: &Course) -> usize {
    course.steps.iter().map(|step| &step.batch).collect::<BTreeSet<_>>().len()
}

pub fn identical(course: &Course) -> Vec<Sighting> {
    let seen = beyond_chance(course).filter(|_| course.steps.len() > 1 && distinct_batches(course) == 1);
    let message = |(draws, _, chance)| {
        format!(
            "the {} steps have one batch ({draws} sequences drawn; chance of that {chance:.0e})",
            course.steps.len()
        )
    };
    seen.map(|seen| Sighting::new("every step", message(seen))).into_iter().collect()
}

pub fn repeated(course: &Course) -> Vec<Sighting> {
    let seen = beyond_chance(course).filter(|_| course.steps.len() < 2 || distinct_batches(course) > 1);
    let message = |(draws, repeats, chance)| {
        format!("{repeats} of {draws} sequences had been drawn before (chance of as many {chance:.0e})")
    };
    seen.map(|seen| Sighting::new(format!("{} steps", course.steps.len()), message(seen))).into_iter().collect()
}
