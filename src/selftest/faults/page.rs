//! Faults of the printed page: edits of a sound one, for the audit to find.

use super::{Fault, Part, Plant};
use crate::audit::audit;
use crate::paper::load;
use crate::selftest::SelftestError;

const SOUND: &str = include_str!("page.toml");

const fn page(name: &'static str, code: &'static str, sound: &'static str, edited: &'static str) -> Fault {
    Fault { name, code, part: Part::Page, plant: Plant::Page(sound, edited) }
}

pub const FAULTS: [Fault; 8] = [
    page("a gain that does not follow", "derived-number", "\"1.4%\"", "\"1.6%\""),
    page("a sentence against its table", "statement-against-numbers", "\"falling\"", "\"rising\""),
    page("an effective rank below 1", "out-of-range", " 6.1 ", " 0.6 "),
    page("an effective rank above K", "rank-above-bound", "24.5", "34.5"),
    page("a tied head that starts above ln V", "loss-above-uniform", "7.82", "9.87"),
    page("frozen numbers counted as trained", "frozen-counted", " 264", " 384,248"),
    page(
        "a ratio of norms called energy",
        "amplitude-as-energy",
        "\"0.62%\"\nis = \"t[k=32].c ^ 2\"",
        "\"7.9%\"\nis = \"t[k=32].c\"",
    ),
    page("an equal budget that is none", "unequal-budget", "16   80", "16   60"),
];

/// The codes that the audit gives to the sound page with `sound` replaced by `edited`; nothing is edited where both are empty.
///
/// # Errors
/// The page cannot be read, or does not hold `sound`.
pub fn audited(sound: &str, edited: &str) -> Result<Vec<&'static str>, SelftestError> {
    let text = if sound.is_empty() { SOUND.to_owned() } else { SOUND.replacen(sound, edited, 1) };
    if !sound.is_empty() && text == SOUND {
        return Err(SelftestError::NothingPlanted(sound.to_owned()));
    }
    let paper = load("page.toml", &text)?;
    Ok(audit(&[&paper]).into_iter().map(|finding| finding.code).collect())
}
