//! Requirements on means over seeds, and the one way in which they decide a claim.

use super::{ClaimError, Outcome, Ruling, compact};
use crate::stats::{EQUIVALENCE_LEVEL, Interval, LEVEL, SampleMean, intersection_union, seeds_to_settle};

/// Where a mean must lie.
#[derive(Debug, Clone, Copy)]
pub(super) enum Region {
    /// Above the number: the number itself is too little.
    Above(f64),
    Below(f64),
    /// Between two ends that belong to it; an end may be infinite.
    Within {
        low: f64,
        high: f64,
    },
}

impl Region {
    const fn ends(self) -> (f64, f64) {
        match self {
            Self::Above(low) => (low, f64::INFINITY),
            Self::Below(high) => (f64::NEG_INFINITY, high),
            Self::Within { low, high } => (low, high),
        }
    }

    pub fn contains(self, interval: Interval) -> bool {
        match self {
            Self::Above(low) => interval.low > low,
            Self::Below(high) => interval.high < high,
            Self::Within { low, high } => interval.low >= low && interval.high <= high,
        }
    }

    pub fn excludes(self, interval: Interval) -> bool {
        match self {
            Self::Above(low) => interval.high <= low,
            Self::Below(high) => interval.low >= high,
            Self::Within { low, high } => interval.high < low || interval.low > high,
        }
    }

    /// How far inside the interval lies; negative where it sticks out.
    fn margin(self, interval: Interval) -> f64 {
        let (low, high) = self.ends();
        (interval.low - low).min(high - interval.high)
    }

    /// The end that lies nearest to `mean`.
    fn nearest_end(self, mean: f64) -> f64 {
        let (low, high) = self.ends();
        if (mean - low).abs() <= (high - mean).abs() { low } else { high }
    }

    pub fn words(self, shown: fn(f64) -> f64) -> String {
        let (low, high) = self.ends();
        let (low_text, high_text) = (compact(shown(low)), compact(shown(high)));
        match self {
            Self::Above(_) => format!("above {low_text}"),
            Self::Below(_) => format!("below {high_text}"),
            Self::Within { .. } if high.is_infinite() => format!("at least {low_text}"),
            Self::Within { .. } if low.is_infinite() => format!("at most {high_text}"),
            Self::Within { .. } => format!("{low_text}..{high_text}"),
        }
    }
}

/// How a requirement is confirmed. Refutation takes a 95 % interval in either case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Test {
    /// The 95 % interval lies in the region.
    Interval,
    /// The 90 % interval does: two one-sided tests at 5 %.
    Equivalence,
    /// The claim has so many candidates, of which one is enough: they share the 5 % (Bonferroni).
    OneOf(usize),
}

impl Test {
    const fn level(self) -> f64 {
        match self {
            Self::Interval => LEVEL,
            Self::Equivalence => EQUIVALENCE_LEVEL,
            Self::OneOf(candidates) => 1.0 - (1.0 - LEVEL) / candidates as f64,
        }
    }

    /// Turns a one-sided p-value into one to be compared with 0.05.
    const fn tails(self) -> f64 {
        match self {
            Self::Interval => 2.0,
            Self::Equivalence => 1.0,
            Self::OneOf(candidates) => 2.0 * candidates as f64,
        }
    }
}

/// One thing that must hold: the mean over seeds of a statistic lies in a region.
#[derive(Debug, Clone)]
pub(super) struct Requirement {
    pub name: String,
    pub sample: SampleMean,
    pub region: Region,
}

impl Requirement {
    /// A requirement on `statistic`, computed within each seed.
    pub fn new(
        name: impl Into<String>,
        seeds: &[Vec<f64>],
        region: Region,
        statistic: impl Fn(&[f64]) -> f64,
    ) -> Result<Self, ClaimError> {
        let values: Vec<f64> = seeds.iter().map(|seed| statistic(seed)).collect();
        Self::from_values(name, &values, region)
    }

    /// The same, from one value per seed.
    pub fn from_values(name: impl Into<String>, values: &[f64], region: Region) -> Result<Self, ClaimError> {
        let name = name.into();
        let sample = SampleMean::of(values).map_err(ClaimError::undefined(name.as_str()))?;
        Ok(Self { name, sample, region })
    }

    /// `name estimate [low, high] (region)`; `shown` maps to the scale of the claim and must rise.
    pub fn words(&self, test: Test, shown: fn(f64) -> f64) -> Result<String, ClaimError> {
        let Interval { low, high } = self.interval(test.level())?;
        Ok(format!(
            "{} {} [{}, {}] ({} asked)",
            self.name,
            compact(shown(self.sample.mean)),
            compact(shown(low)),
            compact(shown(high)),
            self.region.words(shown)
        ))
    }

    fn interval(&self, level: f64) -> Result<Interval, ClaimError> {
        self.sample.interval(level).map_err(ClaimError::undefined(self.name.as_str()))
    }

    /// One-sided p-values against the mean lying (inside, outside) the region.
    fn p_values(&self) -> Result<(f64, f64), ClaimError> {
        let (low, high) = self.region.ends();
        let undefined = || ClaimError::undefined(self.name.as_str());
        let against_low = self.sample.p_below(low).map_err(undefined())?;
        let against_high = self.sample.p_above(high).map_err(undefined())?;
        let for_low = self.sample.p_above(low).map_err(undefined())?;
        let for_high = self.sample.p_below(high).map_err(undefined())?;
        Ok((against_low.min(against_high), intersection_union(&[for_low, for_high])))
    }
}

/// The outcome of requirements that must all hold.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    pub outcome: Outcome,
    /// Index of the requirement that decides: the one most clearly broken, or the one nearest to it.
    pub decisive: usize,
    pub p_value: f64,
    pub settles_with: Option<(usize, usize)>,
}

/// Confirmed if every requirement's interval lies in its region (no correction: all must hold), refuted if any one's
/// lies outside at 95 % after Bonferroni (any may refute), else inconclusive, with the seeds that would settle it. Takes at
/// least one requirement.
pub(super) fn weigh(requirements: &[Requirement], test: Test) -> Result<Weighed, ClaimError> {
    let mut weighed = weigh_today(requirements, test)?;
    if weighed.outcome == Outcome::Inconclusive {
        weighed.settles_with = seeds_for(requirements, test, refuting_level(requirements))?;
    }
    Ok(weighed)
}

/// 95 % after Bonferroni: any of the requirements may refute.
fn refuting_level(requirements: &[Requirement]) -> f64 {
    1.0 - (1.0 - LEVEL) / requirements.len() as f64
}

/// The same for candidates among others: no seeds are reckoned for what stays open.
pub(super) fn weigh_today(requirements: &[Requirement], test: Test) -> Result<Weighed, ClaimError> {
    let count = requirements.len() as f64;
    let refuting_level = refuting_level(requirements);
    let (mut nearest, mut margin) = (0, f64::INFINITY);
    let (mut broken, mut broken_p, mut broken_margin) = (None, f64::INFINITY, f64::INFINITY);
    let (mut p_for, mut all_hold) = (Vec::with_capacity(requirements.len()), true);
    for (index, requirement) in requirements.iter().enumerate() {
        let interval = requirement.interval(test.level())?;
        let here = requirement.region.margin(interval);
        if here < margin {
            (nearest, margin) = (index, here);
        }
        all_hold &= requirement.region.contains(interval);
        let (p_against, p_of_requirement) = requirement.p_values()?;
        p_for.push(test.tails() * p_of_requirement);
        if requirement.region.excludes(requirement.interval(refuting_level)?)
            && (p_against, here) < (broken_p, broken_margin)
        {
            (broken, broken_p, broken_margin) = (Some(index), p_against, here);
        }
    }
    if let Some(decisive) = broken {
        let p_value = (2.0 * count * broken_p).min(1.0);
        return Ok(Weighed { outcome: Outcome::Refuted, decisive, p_value, settles_with: None });
    }
    let p_value = intersection_union(&p_for).min(1.0);
    let outcome = if all_hold { Outcome::Confirmed } else { Outcome::Inconclusive };
    Ok(Weighed { outcome, decisive: nearest, p_value, settles_with: None })
}

/// Seeds that would refute where a mean lies outside its region (one is enough), else that would confirm (all must).
fn seeds_for(requirements: &[Requirement], test: Test, refuting: f64) -> Result<Option<(usize, usize)>, ClaimError> {
    let mut refuted_with: Option<(usize, usize)> = None;
    let mut confirmed_with: Option<(usize, usize)> = None;
    let mut all_inside = true;
    for requirement in requirements {
        let mean = requirement.sample.mean;
        let inside = requirement.region.contains(Interval { low: mean, high: mean });
        if inside && requirement.region.contains(requirement.interval(test.level())?) {
            continue;
        }
        let level = if inside { test.level() } else { refuting };
        let range = seeds_to_settle(&requirement.sample, requirement.region.nearest_end(mean), level)
            .map_err(ClaimError::undefined(requirement.name.as_str()))?;
        if inside {
            let Some(range) = range else {
                confirmed_with = Some((usize::MAX, usize::MAX));
                continue;
            };
            confirmed_with =
                Some(confirmed_with.map_or(range, |so_far| (so_far.0.max(range.0), so_far.1.max(range.1))));
        } else {
            all_inside = false;
            refuted_with = match (refuted_with, range) {
                (Some(so_far), Some(range)) => Some(so_far.min(range)),
                (so_far, range) => so_far.or(range),
            };
        }
    }
    Ok(if all_inside { confirmed_with.filter(|range| range.0 < usize::MAX) } else { refuted_with })
}

impl Ruling {
    /// The ruling on `requirements`, its estimate that of requirement `shows`, on the scale `shown` (must rise).
    pub(super) fn on(
        requirements: &[Requirement],
        test: Test,
        weighed: &Weighed,
        shows: usize,
        what: &'static str,
        shown: fn(f64) -> f64,
        words: String,
    ) -> Result<Self, ClaimError> {
        let requirement = &requirements[shows];
        let interval = requirement.interval(test.level())?;
        Ok(Self {
            outcome: weighed.outcome,
            estimate: Some(shown(requirement.sample.mean)),
            low: Some(shown(interval.low)),
            high: Some(shown(interval.high)),
            what,
            p_value: Some(weighed.p_value),
            settles_with: weighed.settles_with,
            words: with_seeds(words, weighed.settles_with),
            confounded: false,
        })
    }

    /// The ruling that the decisive requirement tells whole.
    pub(super) fn by_decisive(
        requirements: &[Requirement],
        test: Test,
        what: &'static str,
        shown: fn(f64) -> f64,
    ) -> Result<Self, ClaimError> {
        let weighed = weigh(requirements, test)?;
        let words = requirements[weighed.decisive].words(test, shown)?;
        Self::on(requirements, test, &weighed, weighed.decisive, what, shown, words)
    }
}

/// Adds how many seeds would settle it: a fresh sample, since a second look at the same seeds would have to pay for the
/// first (science.md, "Deciding").
pub(super) fn with_seeds(words: String, settles_with: Option<(usize, usize)>) -> String {
    match settles_with {
        Some((fewest, most)) if fewest == most => format!("{words}; about {fewest} fresh seeds would settle it"),
        Some((fewest, most)) => format!("{words}; {fewest} to {most} fresh seeds would settle it"),
        None => words,
    }
}

/// The claim's own scale, where the statistic is on it.
pub(super) const fn as_is(value: f64) -> f64 {
    value
}
