//! One test per claim of every shipped paper: a fresh verdict must be the recorded one.
//!
//! `CTLORA_SCALE=paper cargo test --test claims` is the full check; the default is ci scale. A claim that makes sense at
//! the papers' own size only is listed as ignored, with that reason.

mod common;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use ctlora::judge::{ClaimResult, Inquiry, Selection, Verdict};
use ctlora::lab::ScaleName;
use ctlora::paper::{self, AskedAt, Claim, Paper};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let scale = match std::env::var("CTLORA_SCALE").as_deref() {
        Ok("paper") => ScaleName::Paper,
        _ => ScaleName::Ci,
    };
    let (papers, inquiries) = match asked(scale, &arguments) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    // The claims that this command runs plan their runs as one; each is then judged by itself, from the tests' store.
    let planned_as_one = Arc::new(OnceLock::new());
    let mut trials = Vec::new();
    for (at, paper) in papers.iter().enumerate() {
        for claim in &paper.claims {
            let too_large = scale == ScaleName::Ci && claim.asked_at != AskedAt::Both;
            let kind = match (too_large, inquiries[at].asks(claim)) {
                (true, _) => "paper scale only",
                (false, false) => "long: by its full name, or verify --long",
                (false, true) => "",
            };
            let (papers, inquiries, id) = (papers.clone(), inquiries.clone(), claim.id.clone());
            let planned_as_one = planned_as_one.clone();
            let trial = Trial::test(name(paper, claim), move || {
                planned_as_one.get_or_init(|| common::prepare(&papers, &inquiries)).clone()?;
                let result = common::verified(&papers[at], &common::usual(scale, Some(&id)))?;
                let claim = result.claims.first().ok_or("the claim was not judged")?;
                as_recorded(claim)
            });
            trials.push(trial.with_kind(kind).with_ignored_flag(!kind.is_empty()));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The shipped papers, and what is asked of each.
type Asked = (Arc<[Paper]>, Arc<[Inquiry]>);

/// Everything, or what the command's filter leaves: then long claims are asked by their full name only, since the runs
/// that make them free belong to claims that are not asked.
fn asked(scale: ScaleName, arguments: &Arguments) -> Result<Asked, String> {
    let papers = paper::load_all(paper::shipped().iter().copied());
    let papers = papers.map_err(|error| format!("{:?}", miette::Report::new_boxed(error)))?;
    let inquiries = if arguments.filter.is_none() {
        common::of_all(&papers, scale)?
    } else {
        papers.iter().map(|paper| filtered(paper, scale, arguments)).collect()
    };
    Ok((papers.into(), inquiries.into()))
}

fn filtered(paper: &Paper, scale: ScaleName, arguments: &Arguments) -> Inquiry {
    let usual = common::usual(scale, None);
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let passes = |name: &str| {
        let skipped = arguments.skip.iter().any(|skip| name.contains(skip.as_str()));
        !skipped && (name == filter || !arguments.exact && name.contains(filter))
    };
    let asked = |claim: &&Claim| {
        let name = name(paper, claim);
        passes(&name) && (usual.asks(claim) || name == filter)
    };
    let claims = paper.claims.iter().filter(asked).map(|claim| claim.id.clone()).collect();
    Inquiry { claims: Selection::Only(claims), ..usual }
}

fn name(paper: &Paper, claim: &Claim) -> String {
    format!("{}::{}", paper.id, claim.id)
}

fn as_recorded(claim: &ClaimResult) -> Result<(), Failed> {
    if claim.as_recorded == Some(true) && !matches!(claim.verdict, Verdict::NotChecked(_)) {
        return Ok(());
    }
    let evidence: Vec<_> = claim
        .by_base
        .iter()
        .map(|(base, ruling)| format!("  {base}: {}: {}", ruling.verdict, ruling.evidence))
        .collect();
    Err(format!(
        "{}\n  recorded: {}\n  now: {}\n{}\n  rule: {}",
        claim.says,
        claim.recorded,
        claim.verdict,
        evidence.join("\n"),
        claim.rule
    )
    .into())
}
