//! The detectors put to the test: faults planted from outside, and configurations with nothing wrong.
//!
//! Every fault names the code that should catch it; a fault is caught when that code is among what the detectors say, and no
//! detector may say anything of a clean configuration. This room plants and counts; detectors know nothing of it.

mod clean;
mod configuration;
mod faults;
mod learners;
mod report;
mod sample;

use rayon::prelude::*;

use crate::detect::{Evidence, look};

pub use configuration::Configuration;
pub use faults::{Fault, Part, Plant, faults};
pub use report::{Alarm, Caught, Report};

/// Clean configurations of a whole self-test.
pub const CLEAN: usize = 240;

/// The self-test could not be done: this says nothing of the detectors.
#[derive(Debug, thiserror::Error)]
pub enum SelftestError {
    #[error(transparent)]
    Engine(#[from] crate::engine::EngineError),
    #[error(transparent)]
    Linalg(#[from] crate::linalg::LinalgError),
    #[error(transparent)]
    Measure(#[from] crate::measure::MeasureError),
    #[error(transparent)]
    Stats(#[from] crate::stats::StatsError),
    #[error(transparent)]
    Paper(#[from] Box<crate::paper::PaperError>),
    /// A fault whose seam is gone.
    #[error("nothing was planted: the sound page does not hold `{0}`")]
    NothingPlanted(String),
    /// A clean run that the engine would not do is no clean run.
    #[error("the clean configuration {number} was refused: {message}")]
    Refused { number: usize, message: String },
}

/// Plants every `every`-th fault in a configuration of its own, and looks at [`CLEAN`] / `every` clean ones; all are drawn
/// from `seed`.
///
/// # Errors
/// A configuration cannot be built or observed.
pub fn selftest(seed: u64, every: usize) -> Result<Report, SelftestError> {
    let planted: Vec<(usize, &Fault)> = faults().enumerate().step_by(every.max(1)).collect();
    let caught = planted.into_par_iter().map(|(number, fault)| catch(fault, &drawn(seed, "fault", number)));
    let caught = caught.collect::<Result<_, _>>()?;
    let numbers: Vec<usize> = (0..CLEAN).step_by(every.max(1)).collect();
    let alarms = numbers.par_iter().map(|&number| alarm(number, &drawn(seed, "clean", number)));
    let alarms: Vec<Option<Alarm>> = alarms.collect::<Result<_, _>>()?;
    let mut clean: Vec<Alarm> = alarms.into_iter().flatten().collect();
    let page = faults::audited("", "")?;
    if !page.is_empty() {
        clean.push(Alarm {
            configuration: "the sound page".to_owned(),
            findings: page.into_iter().map(str::to_owned).collect(),
        });
    }
    Ok(Report::new(caught, numbers.len() + 1, clean)?)
}

/// A configuration of its own for each fault and each clean case.
fn drawn(seed: u64, kind: &str, number: usize) -> Configuration {
    use rand::RngCore;
    Configuration::drawn(crate::seed::stream(seed, &format!("selftest/{kind}/{number}")).next_u64() >> 16)
}

/// What the detectors say of a fault, and after how many training steps they name its cause.
///
/// # Errors
/// The fault cannot be planted.
pub fn catch(fault: &Fault, configuration: &Configuration) -> Result<Caught, SelftestError> {
    let (codes, steps) = match fault.plant {
        Plant::Page(sound, edited) => (faults::audited(sound, edited)?, 0),
        // Answers over K and seeds are of whole runs.
        Plant::Answers(plant) => (codes(&plant(configuration)?), configuration.said.step),
        Plant::Run(plant) => {
            let seen = plant(configuration)?;
            let needed = |steps: &usize| codes(&seen.within(*steps)).contains(&fault.code);
            (codes(&seen), (0..=configuration.said.step).find(needed).unwrap_or(configuration.said.step))
        }
    };
    Ok(Caught::new(fault, codes, steps))
}

fn codes(evidence: &Evidence) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = look(evidence).into_iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

fn alarm(number: usize, configuration: &Configuration) -> Result<Option<Alarm>, SelftestError> {
    let (name, seen) = clean::observed(number, configuration)?;
    if let Some(message) = seen.refused.first() {
        return Err(SelftestError::Refused { number, message: message.clone() });
    }
    let findings = look(&seen).into_iter();
    let findings: Vec<String> =
        findings.map(|finding| format!("{} at {}: {}", finding.code, finding.place, finding.message)).collect();
    let named = || format!("{number} ({name})");
    Ok((!findings.is_empty()).then(|| Alarm { configuration: named(), findings }))
}
