//! One test per claim of every shipped paper: a fresh verdict must be the recorded one.
//!
//! `CTLORA_SCALE=paper cargo test --test claims` is the full check; the default is ci scale. A claim that makes sense at
//! the papers' own size only is listed as ignored, with that reason.

mod common;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use ctlora::judge::{ClaimResult, Verdict};
use ctlora::lab::ScaleName;
use ctlora::paper::{self, AskedAt};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let scale = match std::env::var("CTLORA_SCALE").as_deref() {
        Ok("paper") => ScaleName::Paper,
        _ => ScaleName::Ci,
    };
    // All claims together plan their runs as one; each is then judged by itself, from the tests' store.
    let everything = arguments.filter.is_none();
    let mut trials = Vec::new();
    let papers = match paper::load_all(paper::shipped().iter().copied()) {
        Ok(papers) => papers,
        Err(error) => {
            eprintln!("{:?}", miette::Report::new_boxed(error));
            return ExitCode::FAILURE;
        }
    };
    for paper in papers.into_iter().map(Arc::new) {
        let planned_as_one = Arc::new(OnceLock::new());
        for claim in &paper.claims {
            let name = format!("{}::{}", paper.id, claim.id);
            let asked = scale == ScaleName::Paper || claim.asked_at == AskedAt::Both;
            let (paper, id, planned_as_one) = (paper.clone(), claim.id.clone(), planned_as_one.clone());
            let trial = Trial::test(name, move || {
                if everything {
                    let whole = || common::verified(&paper, scale, None).map(drop);
                    planned_as_one.get_or_init(whole).clone()?;
                }
                let result = common::verified(&paper, scale, Some(&id))?;
                let claim = result.claims.first().ok_or("the claim was not judged")?;
                as_recorded(claim)
            });
            let kind = if asked { "" } else { "paper scale only" };
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
