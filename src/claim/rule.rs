//! The claim kinds as data, and what a ruling on one looks like.

use serde::{Deserialize, Serialize};

use super::{ClaimError, SEEDS_NEEDED, cause, check, equality, order, pattern, relation, size};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Rising,
    Falling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extreme {
    Highest,
    Lowest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    Peak,
    Dip,
}

/// A decision rule. Each variant says which values, in which order, a seed must give; `labels` name them in evidence.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// `y[0..n]` in the claimed order, n >= 2: every adjacent step goes in `direction` by more than `by`.
    Monotone { labels: Vec<String>, direction: Direction, by: f64 },
    /// `y[0..n]`, n >= 2: `winner` beats every rival by more than `by`.
    Best { labels: Vec<String>, winner: usize, extreme: Extreme, by: f64 },
    /// `y[0..n]` at `x[0..n]`, all positive, n >= 3: y ~ x^p with p within `within` of `exponent`, and no curvature.
    PowerLaw { x: Vec<f64>, exponent: f64, within: f64 },
    /// `[numerator, denominator]`, both positive: the ratio lies in `[low, high]` (0 and infinity leave a side open).
    Ratio { low: f64, high: f64 },
    /// `[a, b]`: `a - b` lies in `[low, high]` (an infinite end leaves a side open, the other end is then excluded).
    Difference { low: f64, high: f64 },
    /// `[left, right]` of each label in turn, all positive: every ln ratio is equivalent to 0 within `ln(1 + within)`.
    Equal { labels: Vec<String>, within: f64 },
    /// Groups (matrix types) of `points` >= 2 positive values along an index: within each group the ln ratio of every two
    /// is equivalent to 0 within `ln(1 + within)`.
    Stable { labels: Vec<String>, points: usize, within: f64 },
    /// `y[0..n]`, `at` inside: both neighbours of `at` lie lower (peak) or higher (dip) by more than `by`.
    LocalExtremum { labels: Vec<String>, at: usize, turn: Turn, by: f64 },
    /// `y[0..n]`, n >= 3. Declared `peak`: every step up to it rises and every later step falls, by more than `by`. `None`:
    /// one of the inner points, whichever, lies above both ends by more than `by`.
    RiseThenFall { labels: Vec<String>, peak: Option<usize>, by: f64 },
    /// `y[0..n]`, n >= 3: the size of each step is smaller than the one before it by more than `by`.
    Diminishing { labels: Vec<String>, by: f64 },
    /// The values of `effect` with the flaw, then without it: the effect is there with it and refuted without it, and its
    /// statistic differs between the two within seeds.
    CausedBy { effect: Box<Self> },
    /// One value per label: each lies in its own `[low, high]` (infinite ends allowed).
    Bounded { labels: Vec<String>, low: Vec<f64>, high: Vec<f64> },
    /// `[x0..xn-1, y0..yn-1]`, n >= 4: r(x, y) is at least as strong as `at_least` (signed: -0.99 means r <= -0.99), and
    /// exceeds |r(index, y)| by more than `gain`, where `index` (K) is what the sweep varied.
    Correlation { at_least: f64, index: Vec<f64>, gain: f64 },
    /// `[x across.., y across.., x within.., y within..]`, x positive: `across` points of a sweep (over K), then one point
    /// per intervention in `within` (frames at fixed K). The slope of y on ln x within is the slope across times
    /// `1/factor..factor`, and interventions whose ln x differ by at most `tie` tie in y.
    Mechanism { across: usize, within: Vec<String>, factor: f64, tie: f64 },
    /// `y[0..n]` per index (layers), n >= 3: the pattern repeats over seeds (ICC > 0), and the named extremes are extreme.
    Pattern { labels: Vec<String>, lowest: Option<usize>, highest: Option<usize> },
}

/// What the evidence says of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Confirmed,
    Refuted,
    Inconclusive,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Confirmed => "confirmed",
            Self::Refuted => "refuted",
            Self::Inconclusive => "inconclusive",
        })
    }
}

/// An outcome with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    pub outcome: Outcome,
    /// The decisive number: mean over seeds of the claim's statistic, on the scale of the claim.
    pub estimate: Option<f64>,
    /// Ends of the interval around `estimate` at the level that confirms: 95 %, for equivalences 90 %, and more where several
    /// candidates share the error.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// What the estimate is: `exponent`, `smallest step`, ...
    pub what: &'static str,
    /// To be compared with 0.05, so that it agrees with the outcome. Refuted: against the claim being true; else against
    /// the claim being false. Corrected for the requirements within the claim.
    pub p_value: Option<f64>,
    /// Inconclusive only: how many seeds would settle it, at today's mean, over the uncertainty of today's spread.
    pub settles_with: Option<(usize, usize)>,
    /// The evidence in one plain line.
    pub words: String,
    /// Correlation only, not refuted: what the sweep varied correlates as strongly without the claim's x.
    pub confounded: bool,
}

/// The difference between two exponents that matters.
const NEGLIGIBLE_EXPONENT: f64 = 0.05;
/// The ratio that matters (science: 10 % for an equality).
const NEGLIGIBLE_RATIO: f64 = 1.1;
/// The share of a difference that matters.
const NEGLIGIBLE_SHARE: f64 = 0.1;

impl Rule {
    /// The name of the kind in a paper file.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Monotone { .. } => "monotone",
            Self::Best { .. } => "best",
            Self::PowerLaw { .. } => "power-law",
            Self::Ratio { .. } => "ratio",
            Self::Difference { .. } => "difference",
            Self::Equal { .. } => "equal",
            Self::Stable { .. } => "stable",
            Self::LocalExtremum { .. } => "local-extremum",
            Self::RiseThenFall { .. } => "rise-then-fall",
            Self::Diminishing { .. } => "diminishing",
            Self::CausedBy { .. } => "caused-by",
            Self::Bounded { .. } => "bounded",
            Self::Correlation { .. } => "correlation",
            Self::Mechanism { .. } => "mechanism",
            Self::Pattern { .. } => "pattern",
        }
    }

    /// How many values a seed must give.
    pub const fn width(&self) -> usize {
        match self {
            Self::Monotone { labels, .. }
            | Self::Best { labels, .. }
            | Self::Stable { labels, .. }
            | Self::LocalExtremum { labels, .. }
            | Self::RiseThenFall { labels, .. }
            | Self::Diminishing { labels, .. }
            | Self::Bounded { labels, .. }
            | Self::Pattern { labels, .. } => labels.len(),
            Self::CausedBy { effect } => 2 * effect.width(),
            Self::PowerLaw { x, .. } => x.len(),
            Self::Ratio { .. } | Self::Difference { .. } => 2,
            Self::Equal { labels, .. } => 2 * labels.len(),
            Self::Correlation { index, .. } => 2 * index.len(),
            Self::Mechanism { across, within, .. } => 2 * (*across + within.len()),
        }
    }

    /// The rule without the values at `dropped`, and the positions of the values that stay. Only a mechanism can do
    /// without some: both values of an intervention go. `None` where the rule makes no sense any more.
    pub fn without(&self, dropped: &[usize]) -> Option<(Self, Vec<usize>)> {
        if dropped.is_empty() {
            return Some((self.clone(), (0..self.width()).collect()));
        }
        let Self::Mechanism { across, within, factor, tie } = self else { return None };
        let count = within.len();
        let gone: Option<Vec<usize>> =
            dropped.iter().map(|index| Some(index.checked_sub(2 * across)? % count)).collect();
        let gone = gone?;
        let stays = |at: &usize| !gone.contains(at);
        let kept: Vec<usize> = (0..count).filter(stays).collect();
        let names = kept.iter().map(|&at| within[at].clone()).collect();
        let rule = Self::Mechanism { across: *across, within: names, factor: *factor, tie: *tie };
        let sweep = 0..2 * across;
        let positions = sweep.chain(kept.iter().map(|at| 2 * across + at));
        let positions = positions.chain(kept.iter().map(|at| 2 * across + count + at)).collect();
        rule.check().is_ok().then_some((rule, positions))
    }

    /// Decides the claim from `seeds[s]`, one vector of [`Rule::width`] values per seed.
    ///
    /// Errors: parameters out of range, fewer than [`SEEDS_NEEDED`] seeds, a vector of another width, a value that is
    /// not finite, or not positive where the rule takes a logarithm, a statistic that the values leave undefined.
    pub fn decide(&self, seeds: &[Vec<f64>]) -> Result<Ruling, ClaimError> {
        self.check()?;
        if seeds.len() < SEEDS_NEEDED {
            return Err(ClaimError::TooFewSeeds { needed: SEEDS_NEEDED, got: seeds.len() });
        }
        check::values(self, seeds)?;
        match self {
            Self::Monotone { labels, direction, by } => order::monotone(labels, *direction, *by, seeds),
            Self::Best { labels, winner, extreme, by } => order::best(labels, *winner, *extreme, *by, seeds),
            Self::LocalExtremum { labels, at, turn, by } => order::local_extremum(labels, *at, *turn, *by, seeds),
            Self::RiseThenFall { labels, peak, by } => order::rise_then_fall(labels, *peak, *by, seeds),
            Self::Diminishing { labels, by } => order::diminishing(labels, *by, seeds),
            Self::CausedBy { effect } => cause::caused_by(effect, seeds),
            Self::PowerLaw { x, exponent, within } => size::power_law(x, *exponent, *within, seeds),
            Self::Ratio { low, high } => size::ratio(*low, *high, seeds),
            Self::Difference { low, high } => size::difference(*low, *high, seeds),
            Self::Bounded { labels, low, high } => size::bounded(labels, low, high, seeds),
            Self::Equal { labels, within } => equality::equal(labels, *within, seeds),
            Self::Stable { labels, points, within } => equality::stable(labels, *points, *within, seeds),
            Self::Correlation { at_least, index, gain } => relation::correlation(*at_least, index, *gain, seeds),
            Self::Mechanism { across, within, factor, tie } => {
                relation::mechanism(*across, within, *factor, *tie, seeds)
            }
            Self::Pattern { labels, lowest, highest } => pattern::pattern(labels, *lowest, *highest, seeds),
        }
    }

    /// The scalar of one seed whose equivalence with a null model's makes the claim instrument-limited: the slope of a
    /// power law, the ln of a ratio, a difference, a correlation. `None` for kinds without one, and for values that
    /// leave it undefined.
    pub fn statistic(&self, values: &[f64]) -> Option<f64> {
        if values.len() != self.width() {
            return None;
        }
        let statistic = match self {
            Self::PowerLaw { x, .. } => size::exponent(x, values).ok()?,
            Self::Ratio { .. } => (values[0] / values[1]).ln(),
            Self::Difference { .. } => values[0] - values[1],
            Self::Correlation { index, .. } => {
                let (x, y) = values.split_at(index.len());
                crate::stats::pearson(x, y).ok()?
            }
            _ => return None,
        };
        statistic.is_finite().then_some(statistic)
    }

    /// How far one seed's values lie inside what the rule asks, the larger the better: what a flaw may move. The smallest step,
    /// lead or distance from an end of a region. `None` for kinds that one seed says nothing of.
    pub fn contrast(&self, y: &[f64]) -> Option<f64> {
        if y.len() != self.width() {
            return None;
        }
        let smallest = |contrasts: &mut dyn Iterator<Item = f64>| contrasts.reduce(f64::min);
        let inside = |theta: f64, low: f64, high: f64| (theta - low).min(high - theta);
        let apart = |a: f64, b: f64| -(a / b).ln().abs();
        let contrast = match self {
            Self::Monotone { direction, .. } => {
                let sign = if *direction == Direction::Rising { 1.0 } else { -1.0 };
                smallest(&mut y.windows(2).map(|pair| sign * (pair[1] - pair[0])))?
            }
            Self::Best { winner, extreme, .. } => {
                let sign = if *extreme == Extreme::Highest { 1.0 } else { -1.0 };
                let rivals = (0..y.len()).filter(|rival| rival != winner);
                smallest(&mut rivals.map(|rival| sign * (y[*winner] - y[rival])))?
            }
            Self::LocalExtremum { at, turn, .. } => {
                let sign = if *turn == Turn::Peak { 1.0 } else { -1.0 };
                smallest(&mut [y[at - 1], y[at + 1]].into_iter().map(|rival| sign * (y[*at] - rival)))?
            }
            Self::RiseThenFall { peak: Some(peak), .. } => {
                let step = |to: usize| if to <= *peak { y[to] - y[to - 1] } else { y[to - 1] - y[to] };
                smallest(&mut (1..y.len()).map(step))?
            }
            Self::RiseThenFall { peak: None, .. } => {
                let inner = y[1..y.len() - 1].iter().copied().reduce(f64::max)?;
                (inner - y[0]).min(inner - y[y.len() - 1])
            }
            Self::Diminishing { .. } => {
                smallest(&mut y.windows(3).map(|three| (three[1] - three[0]).abs() - (three[2] - three[1]).abs()))?
            }
            Self::Bounded { low, high, .. } => {
                smallest(&mut y.iter().zip(low.iter().zip(high)).map(|(&y, (&low, &high))| inside(y, low, high)))?
            }
            Self::Ratio { low, high } => inside(self.statistic(y)?, low.ln(), high.ln()),
            Self::Difference { low, high } => inside(self.statistic(y)?, *low, *high),
            Self::PowerLaw { exponent, .. } => -(self.statistic(y)? - exponent).abs(),
            Self::Correlation { at_least, .. } => at_least.signum() * self.statistic(y)?,
            Self::Equal { .. } => smallest(&mut y.chunks_exact(2).map(|pair| apart(pair[0], pair[1])))?,
            Self::Stable { points, .. } => {
                let pairs = (0..y.len()).flat_map(|at| (at - at % points..at).map(move |earlier| (at, earlier)));
                smallest(&mut pairs.map(|(at, earlier)| apart(y[at], y[earlier])))?
            }
            Self::Mechanism { .. } | Self::Pattern { .. } | Self::CausedBy { .. } => return None,
        };
        contrast.is_finite().then_some(contrast)
    }

    /// The smallest difference between two values of [`Rule::statistic`] that matters: 0.05 of an exponent, 10 % of a
    /// ratio, a correlation's `gain`; for a difference a tenth of its region's width, or of its one finite end (0 for a
    /// claim about a sign alone: it is never equivalent to its null). 0 for kinds without a statistic.
    pub fn negligible(&self) -> f64 {
        match self {
            Self::PowerLaw { .. } => NEGLIGIBLE_EXPONENT,
            Self::Ratio { .. } => NEGLIGIBLE_RATIO.ln(),
            Self::Difference { low, high } if low.is_finite() && high.is_finite() => NEGLIGIBLE_SHARE * (high - low),
            Self::Difference { low, high } => {
                NEGLIGIBLE_SHARE
                    * [low, high].into_iter().filter(|end| end.is_finite()).map(|end| end.abs()).sum::<f64>()
            }
            Self::Correlation { gain, .. } => *gain,
            _ => 0.0,
        }
    }
}
