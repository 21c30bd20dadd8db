//! One claim's verdict.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Inquiry;
use super::null::{against_null, compares_frames, frames_are_haar_by_construction, is_theorem};
use super::verdict::{Verdict, base_name};
use crate::claim::{ClaimError, Outcome, SEEDS_NEEDED};
use crate::lab::{Answers, LabError, ScaleName};
use crate::paper::{AskedAt, Claim};
use crate::question::{Average, Base, Question};
use crate::stats::{benjamini_hochberg, holm};

/// The decisive number of a ruling.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistic {
    pub what: &'static str,
    pub estimate: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The same number under the plug-in null.
    pub null: Option<f64>,
    pub p_value: Option<f64>,
    /// Holm-adjusted within the paper.
    pub p_holm: Option<f64>,
    /// Benjamini-Hochberg-adjusted over the report's accusations.
    pub p_accusation: Option<f64>,
}

/// The rule's outcome on one base.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaseRuling {
    pub verdict: Verdict,
    pub statistic: Option<Statistic>,
    /// The evidence in one line.
    pub evidence: String,
    /// How many seeds would settle an inconclusive one.
    pub settles_with: Option<(usize, usize)>,
    /// Mean over seeds of each value that the rule saw, in the rule's order.
    pub values: Vec<f64>,
}

/// All that is said of one claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimResult {
    /// `p87::coverage-linear`
    pub id: String,
    pub says: String,
    pub kind: &'static str,
    pub rule: String,
    pub verdict: Verdict,
    /// The flaw of an `artifact`; flips find it.
    pub flaw: Option<String>,
    /// The verdict that the paper file records for this scale.
    pub recorded: String,
    pub because: String,
    /// `None` where the run cannot be held against the record: nothing judged, or not both bases asked.
    pub as_recorded: Option<bool>,
    /// The decisive number on the base that the verdict speaks of first.
    pub statistic: Option<Statistic>,
    pub by_base: BTreeMap<&'static str, BaseRuling>,
    pub flips: Vec<String>,
}

pub(super) fn judge(paper: &str, claim: &Claim, inquiry: &Inquiry, answers: &Answers) -> Result<ClaimResult, LabError> {
    let mut by_base = Vec::new();
    for &base in &inquiry.bases {
        by_base.push((base, on_base(claim, base, inquiry, answers)?));
    }
    let verdicts: Vec<_> = by_base.iter().map(|(base, ruling)| (*base, ruling.verdict.clone())).collect();
    let verdict = Verdict::over_bases(&verdicts);
    let expected = match inquiry.scale {
        ScaleName::Paper => &claim.recorded.paper,
        ScaleName::Ci => &claim.recorded.ci,
    };
    let comparable = inquiry.is_on_record() && inquiry.asks(claim);
    Ok(ClaimResult {
        id: format!("{paper}::{}", claim.id),
        says: claim.says.clone(),
        kind: claim.rule.kind(),
        rule: claim.rule.sentence(),
        as_recorded: comparable.then(|| verdict.to_string() == expected.verdict),
        verdict,
        statistic: None,
        flaw: None,
        recorded: expected.verdict.clone(),
        because: expected.because.clone(),
        by_base: by_base.into_iter().map(|(base, ruling)| (base_name(base), ruling)).collect(),
        flips: Vec::new(),
    })
}

fn unchecked(reason: String, values: Vec<f64>) -> BaseRuling {
    let evidence = values.iter().map(|value| crate::claim::compact(*value)).collect::<Vec<_>>().join(", ");
    BaseRuling { verdict: Verdict::NotChecked(reason), statistic: None, evidence, settles_with: None, values }
}

fn on_base(claim: &Claim, base: Base, inquiry: &Inquiry, answers: &Answers) -> Result<BaseRuling, LabError> {
    if !inquiry.asks(claim) {
        let reason = match &claim.asked_at {
            AskedAt::PaperOnly { because } => format!("paper scale only: {because}"),
            AskedAt::Both => "not asked".to_owned(),
        };
        return Ok(unchecked(reason, Vec::new()));
    }
    let questions: Vec<Question> = claim.questions.iter().map(|q| Answers::on_base(q, base)).collect();
    if let Some(reason) = collapsed(&questions, inquiry.scale) {
        return Ok(unchecked(reason, Vec::new()));
    }
    let mut values = Vec::new();
    let mut null = Vec::new();
    for &seed in &inquiry.seeds {
        let answers: Result<Vec<_>, LabError> = questions.iter().map(|q| answers.get(q, seed)).collect();
        let of_seed = match answers {
            Ok(of_seed) => of_seed,
            Err(LabError::Refused(reason)) => return Ok(unchecked(reason, Vec::new())),
            Err(error) => return Err(error),
        };
        let draws = of_seed.iter().map(|answer| answer.null.len()).min().unwrap_or(0);
        null.push((0..draws).map(|d| of_seed.iter().map(|answer| answer.null[d]).collect()).collect::<Vec<Vec<f64>>>());
        values.push(of_seed.into_iter().map(|answer| answer.value).collect::<Vec<f64>>());
    }
    let means = (0..questions.len())
        .map(|i| values.iter().map(|of_seed| of_seed[i]).sum::<f64>() / values.len() as f64)
        .collect::<Vec<f64>>();
    let ruling = match claim.rule.decide(&values) {
        Ok(ruling) => ruling,
        Err(ClaimError::TooFewSeeds { .. }) => {
            return Ok(unchecked(format!("needs {SEEDS_NEEDED} seeds"), means));
        }
        // A value that the rule cannot take (a ratio of a loss that rose) is no verdict, and stops no other claim.
        Err(error) => return Ok(unchecked(error.to_string(), means)),
    };
    let comparing = compares_frames(&questions);
    let against = if comparing { None } else { against_null(&claim.rule, &values, &null) };
    let mut verdict = Verdict::from(ruling.outcome);
    let mut evidence = ruling.words;
    if let Some(against) = &against {
        evidence = format!("{evidence}; {}", against.words);
    }
    if ruling.outcome == Outcome::Confirmed {
        let made_by_base = comparing
            && questions.iter().filter(|q| q.quantity.is_seen_through_frames()).all(frames_are_haar_by_construction);
        if made_by_base {
            evidence = format!("{evidence}; this base makes it true: its blocks' singular vectors are Haar");
        }
        let theorem = is_theorem(&claim.rule, &questions);
        if theorem {
            evidence = format!("{evidence}; true by theorem: the frames of a larger K hold those of a smaller one");
        }
        if theorem || made_by_base || ruling.confounded || against.as_ref().is_some_and(|against| against.predicts) {
            verdict = Verdict::InstrumentLimited;
        }
    }
    let statistic = Statistic {
        what: ruling.what,
        estimate: ruling.estimate,
        low: ruling.low,
        high: ruling.high,
        null: against.and_then(|against| against.statistic),
        p_value: ruling.p_value,
        p_holm: None,
        p_accusation: None,
    };
    Ok(BaseRuling { verdict, statistic: Some(statistic), evidence, settles_with: ruling.settles_with, values: means })
}

/// Says so where two different points of a claim are one and the same at this scale.
fn collapsed(questions: &[Question], scale: ScaleName) -> Option<String> {
    let scale = scale.scale();
    let scaled = |question: &Question| {
        let mut question = question.clone();
        question.condition.k = scale.k(question.condition.k);
        if let Average::Layer(layer) = question.condition.over {
            question.condition.over = Average::Layer(scale.layer(layer));
        }
        question
    };
    let same = |a: &Question, b: &Question| a != b && scaled(a) == scaled(b);
    let twice = questions.iter().enumerate().any(|(i, a)| questions[..i].iter().any(|b| same(a, b)));
    twice.then(|| format!("two of its points are one at {} scale", scale.name))
}

/// Multiplicity within a paper: Holm over its claims.
pub(super) fn adjust(claims: &mut [ClaimResult], first: Base) {
    let bases: Vec<&'static str> = claims.iter().flat_map(|claim| claim.by_base.keys().copied()).collect();
    for base in std::collections::BTreeSet::from_iter(bases) {
        fill(claims.iter_mut(), base, |_| true, holm, |statistic| &mut statistic.p_holm);
    }
    for claim in claims {
        claim.statistic = claim.by_base.get(base_name(first)).and_then(|ruling| ruling.statistic.clone());
    }
}

/// Multiplicity over a whole report: Benjamini-Hochberg over what it refutes, each base a family of its own.
pub(super) fn adjust_accusations(papers: &mut [super::PaperResult], bases: &[Base]) {
    for &base in bases {
        let claims = papers.iter_mut().flat_map(|paper| &mut paper.claims);
        let refuted = |ruling: &BaseRuling| ruling.verdict == Verdict::Refuted;
        fill(claims, base_name(base), refuted, benjamini_hochberg, |statistic| &mut statistic.p_accusation);
    }
}

fn fill<'a>(
    claims: impl Iterator<Item = &'a mut ClaimResult>,
    base: &'static str,
    counts: impl Fn(&BaseRuling) -> bool,
    adjusted: impl Fn(&[f64]) -> Vec<f64>,
    slot: impl Fn(&mut Statistic) -> &mut Option<f64>,
) {
    let rulings = claims.filter_map(|claim| claim.by_base.get_mut(base)).filter(|ruling| counts(ruling));
    let statistics = rulings.filter_map(|ruling| ruling.statistic.as_mut());
    let mut with_p: Vec<_> = statistics.filter(|statistic| statistic.p_value.is_some()).collect();
    let raw: Vec<f64> = with_p.iter().filter_map(|statistic| statistic.p_value).collect();
    for (statistic, p) in with_p.iter_mut().zip(adjusted(&raw)) {
        *slot(statistic) = Some(p);
    }
}
