//! One test per claim of every shipped paper: a fresh verdict must be the recorded one.
//!
//! `CTLORA_SCALE=paper cargo test --test claims` is the full check; the default is ci scale. A claim that makes sense at
//! the papers' own size only is listed as ignored, with that reason.

mod common;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use ctlora::judge::{ClaimResult, Verdict};
use ctlora::lab::ScaleName;
use ctlora::paper::{self, AskedAt, Paper};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let scale = match std::env::var("CTLORA_SCALE").as_deref() {
        Ok("paper") => ScaleName::Paper,
        _ => ScaleName::Ci,
    };
    // All claims of all papers together plan their runs as one; each is then judged by itself, from the tests' store.
    let everything = arguments.filter.is_none();
    let mut trials = Vec::new();
    let papers = match paper::load_all(paper::shipped().iter().copied()) {
        Ok(papers) => papers,
        Err(error) => {
            eprintln!("{:?}", miette::Report::new_boxed(error));
            return ExitCode::FAILURE;
        }
    };
    let papers: Arc<[Paper]> = papers.into();
    let planned_as_one = Arc::new(OnceLock::new());
    for (at, paper) in papers.iter().enumerate() {
        for claim in &paper.claims {
            let name = format!("{}::{}", paper.id, claim.id);
            let too_large = scale == ScaleName::Ci && claim.asked_at != AskedAt::Both;
            let asked = !too_large && !claim.long;
            let (papers, id, planned_as_one) = (papers.clone(), claim.id.clone(), planned_as_one.clone());
            let trial = Trial::test(name, move || {
                if everything {
                    planned_as_one.get_or_init(|| common::prepare(&papers, scale)).clone()?;
                }
                let result = common::verified(&papers[at], scale, Some(&id))?;
                let claim = result.claims.first().ok_or("the claim was not judged")?;
                as_recorded(claim)
            });
            let kind = match (too_large, claim.long) {
                (true, _) => "paper scale only",
                (false, true) => "long: verify --long",
                (false, false) => "",
            };
            trials.push(trial.with_kind(kind).with_ignored_flag(!asked));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
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
