//! The detectors put to the test: a fixed tenth of `ctlora selftest`, and a fault of one's own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use ctlora::detect::{Learner, detectors, look, observe};
use ctlora::engine::{Batch, EngineError, Trainer};
use ctlora::question::Side;
use ctlora::selftest::{CLEAN, Configuration, Part, catch, faults, selftest};

/// Every tenth fault and clean configuration. `ctlora selftest` does them all, for any seed.
#[test]
fn a_tenth_of_the_self_test_passes() {
    let report = selftest(1, 10).unwrap();
    assert!(report.faults.len() >= 6 && report.clean.configurations >= CLEAN / 10);
    assert!(report.passed(), "{}", report.text());
}

/// What the issue asks of the faults: enough of them, most of them in the run, few on the page.
#[test]
fn faults_are_many_and_lie_where_runs_go_wrong() {
    let all: Vec<_> = faults().collect();
    let in_part = |parts: &[Part]| all.iter().filter(|fault| parts.contains(&fault.part)).count();
    assert!(all.len() >= 40 && in_part(&[Part::Page]) <= 8);
    assert!(in_part(&[Part::Engine, Part::Data, Part::Optimizer]) >= 20);
    let names: BTreeSet<_> = all.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), all.len(), "each fault has its own name");
}

/// A detector that no planted fault sets off has not been shown to work.
#[test]
fn every_detector_has_a_fault_that_it_should_catch() {
    let planted: BTreeSet<_> = faults().map(|fault| fault.code).collect();
    let codes: Vec<_> = detectors().map(|detector| detector.code).collect();
    let idle: Vec<_> = codes.iter().filter(|code| !planted.contains(*code)).collect();
    assert!(idle.is_empty(), "{idle:?}");
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "each code is one detector's");
}

#[test]
fn a_fault_of_your_own_is_found() {
    // README
    // Reports the loss after the update, where the run says before it.
    struct Late(Trainer);
    impl Learner for Late {
        fn trainer(&self) -> &Trainer {
            &self.0
        }
        fn trainer_mut(&mut self) -> &mut Trainer {
            &mut self.0
        }
        fn step(&mut self, batch: &Batch) -> Result<f64, EngineError> {
            self.0.step(batch)?;
            self.0.loss(batch)
        }
    }
    let mut rig = Configuration::drawn(1).saying(|said| said.side = Side::Before).rig().unwrap();
    rig.learner = Box::new(|trainer| Box::new(Late(trainer)));
    let found = look(&observe(&rig));
    assert!(found.iter().any(|finding| finding.code == "loss-on-wrong-side"));
    // end
}

/// The README's example is the test above, line by line, and short.
#[test]
fn the_readme_shows_a_fault_that_is_tested() {
    let this = include_str!("selftest.rs");
    let body = this.split_once("    // README\n").and_then(|(_, rest)| rest.split_once("    // end\n")).unwrap().0;
    let lines: Vec<&str> = body.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    assert!(lines.len() < 20, "{} lines", lines.len());
    let readme = include_str!("../README.md");
    assert!(readme.contains(&lines.join("\n")), "the README's example is not the test's");
}

/// The self-test is the same for the same seed, whatever runs beside it.
#[test]
fn a_fault_is_caught_alike_every_time() {
    let fault = faults().next().unwrap();
    let once = || catch(fault, &Configuration::drawn(5)).unwrap();
    assert_eq!(once(), once());
}
