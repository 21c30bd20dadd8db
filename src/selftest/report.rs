//! What the self-test found: the confusion matrix, recall and precision, in text and as a document.

use std::fmt::Write;

use serde::Serialize;

use super::{Fault, Part};
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
            let _ = writeln!(text, "{:>4}  {code}", number + 1);
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
