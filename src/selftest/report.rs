//! What the self-test found: the confusion matrix, recall and precision, in text and as a document.

use std::fmt::Write;

use serde::Serialize;

use super::{Fault, Part};
use crate::audit;
use crate::detect::detectors;
use crate::stats::{Interval, LEVEL, StatsError, binomial_interval};

/// One planted fault.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Caught {
    pub name: &'static str,
    pub part: Part,
    /// The code that names its cause.
    pub code: &'static str,
    pub caught_by: Vec<&'static str>,
    pub right_cause: bool,
    /// Training steps after which the cause is named: 0 before any.
    pub steps: usize,
}

impl Caught {
    pub(super) fn new(fault: &Fault, caught_by: Vec<&'static str>, steps: usize) -> Self {
        let right_cause = caught_by.contains(&fault.code);
        Self { name: fault.name, part: fault.part, code: fault.code, caught_by, right_cause, steps }
    }
}

/// A clean configuration of which a detector said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    pub configuration: String,
    pub findings: Vec<String>,
}

/// A share with its exact binomial interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    pub hits: usize,
    pub of: usize,
    pub low: f64,
    pub high: f64,
}

impl Share {
    fn new(hits: usize, of: usize) -> Result<Self, StatsError> {
        let Interval { low, high } = binomial_interval(hits as u64, of as u64, LEVEL)?;
        Ok(Self { hits, of, low, high })
    }

    fn words(&self) -> String {
        let percent = 100.0 * self.hits as f64 / self.of as f64;
        format!("{} of {} = {percent:.1} % [{:.1}, {:.1}]", self.hits, self.of, 100.0 * self.low, 100.0 * self.high)
    }
}

/// The clean configurations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clean {
    pub configurations: usize,
    /// How many of them a detector accused.
    pub alarms: usize,
    pub accused: Vec<Alarm>,
}

/// The whole self-test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub faults: Vec<Caught>,
    pub clean: Clean,
    /// Faults whose cause was named, of all.
    pub recall: Share,
    /// Faults among all that was accused.
    pub precision: Share,
    /// Clean configurations that were accused, of all.
    pub false_alarms: Share,
}

impl Report {
    pub(super) fn new(faults: Vec<Caught>, configurations: usize, accused: Vec<Alarm>) -> Result<Self, StatsError> {
        let named = faults.iter().filter(|fault| fault.right_cause).count();
        let caught = faults.iter().filter(|fault| !fault.caught_by.is_empty()).count();
        Ok(Self {
            recall: Share::new(named, faults.len())?,
            precision: Share::new(caught, (caught + accused.len()).max(1))?,
            false_alarms: Share::new(accused.len(), configurations)?,
            clean: Clean { configurations, alarms: accused.len(), accused },
            faults,
        })
    }

    /// True where every fault was caught for its own cause and nothing clean was accused.
    pub fn passed(&self) -> bool {
        self.clean.alarms == 0 && self.faults.iter().all(|fault| fault.right_cause)
    }

    /// The confusion matrix and the rates, for a terminal.
    pub fn text(&self) -> String {
        let mut codes: Vec<&str> =
            self.faults.iter().flat_map(|fault| [&[fault.code], fault.caught_by.as_slice()].concat()).collect();
        codes.sort_unstable();
        codes.dedup();
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Faults (rows) and the codes that they set off (columns): # its own cause, + another\n");
        for tens in [true, false] {
            let digits: String =
                (1..=codes.len()).map(|n| if tens { n / 10 } else { n % 10 }).map(|n| n.to_string()).collect();
            let _ = writeln!(text, "{:>60}  {digits}", "");
        }
        for fault in &self.faults {
            let mark = |code: &&str| match (fault.caught_by.contains(code), *code == fault.code) {
                (true, true) => '#',
                (true, false) => '+',
                (false, true) => '!',
                (false, false) => '.',
            };
            let marks: String = codes.iter().map(mark).collect();
            let _ = writeln!(text, "{:>60}  {marks}", fault.name);
        }
        let _ = writeln!(text);
        for (number, code) in codes.iter().enumerate() {
            let _ = writeln!(text, "{:>4}  {code}: {}", number + 1, meaning(code));
        }
        let missed = self.faults.iter().filter(|fault| !fault.right_cause);
        for fault in missed {
            let _ = writeln!(
                text,
                "\nMISSED  {}: {} was expected, found: {}",
                fault.name,
                fault.code,
                fault.caught_by.join(", ")
            );
        }
        for alarm in &self.clean.accused {
            let _ =
                writeln!(text, "\nFALSE ALARM  configuration {}: {}", alarm.configuration, alarm.findings.join("; "));
        }
        let early = self.faults.iter().filter(|fault| fault.right_cause && fault.steps <= 1).count();
        let _ = writeln!(
            text,
            "\nrecall {}\nprecision {}\nfalse alarms {}\n{early} of {} faults are named within one training step\n\
             (95 % Clopper-Pearson intervals, in %)",
            self.recall.words(),
            self.precision.words(),
            self.false_alarms.words(),
            self.faults.len()
        );
        text
    }
}

/// What a finding of this code means.
fn meaning(code: &str) -> &'static str {
    let own = detectors().find(|detector| detector.code == code).map(|detector| detector.says);
    let audits = || audit::CODES.iter().find(|(known, _)| *known == code).map(|(_, says)| *says);
    own.or_else(audits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selftest::faults;

    fn caught(codes: &[&'static str]) -> Caught {
        Caught::new(faults().next().unwrap(), codes.to_vec(), 1)
    }

    #[test]
    fn a_missed_fault_a_wrong_cause_and_a_false_alarm_each_fail() {
        let own = faults().next().unwrap().code;
        let passed =
            |codes: &[&'static str], alarms: Vec<Alarm>| Report::new(vec![caught(codes)], 10, alarms).unwrap().passed();
        let alarm = Alarm { configuration: "1".to_owned(), findings: vec!["a code".to_owned()] };
        assert!(passed(&[own], vec![]) && passed(&["another", own], vec![]));
        assert!(!passed(&[], vec![]) && !passed(&["another"], vec![]) && !passed(&[own], vec![alarm]));
    }

    #[test]
    fn rates_count_what_they_say() {
        let alarm = Alarm { configuration: "7".to_owned(), findings: vec!["a code".to_owned()] };
        let own = faults().next().unwrap().code;
        let report = Report::new(vec![caught(&[own]), caught(&["another"]), caught(&[])], 10, vec![alarm]).unwrap();
        let counts = |share: &Share| (share.hits, share.of);
        assert_eq!(counts(&report.recall), (1, 3));
        // Two faults and one clean configuration were accused.
        assert_eq!((counts(&report.precision), counts(&report.false_alarms)), ((2, 3), (1, 10)));
        let text = report.text();
        for part in ["MISSED", "FALSE ALARM  configuration 7: a code", "recall 1 of 3 = 33.3 %"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
