//! How text is set on a terminal: no line wider than the window, colour only where it is wanted.

use crate::claim::compact;
use crate::judge::Measured;

/// The window that text is set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Columns of the window: tables keep to it.
    pub width: u16,
    /// True where long lines are broken. A pipe gets them whole, so that every line can be searched.
    pub breaks_lines: bool,
    pub colour: bool,
}

/// What a word's colour says; the word says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Bad,
    Mixed,
    Limited,
    Good,
    Faint,
}

impl Tone {
    /// The terminal's own colours: its user has chosen them.
    const fn code(self) -> &'static str {
        match self {
            Self::Bad => "1;31",
            Self::Mixed => "1;33",
            Self::Limited => "35",
            Self::Good => "32",
            Self::Faint => "2",
        }
    }
}

/// Columns of a text that is not on a terminal.
const WIDE: u16 = 160;

impl Setting {
    /// For a file or a pipe.
    pub const PLAIN: Self = Self { width: WIDE, breaks_lines: false, colour: false };

    /// One paragraph, its first words in a tone; further lines stand `hanging` columns to the right.
    pub fn paragraph(self, toned: &str, tone: Tone, rest: &str, hanging: usize) -> String {
        let text = format!("{toned}{rest}");
        let broken = if self.breaks_lines { broken(&text, usize::from(self.width), hanging) } else { text };
        // A break inside the toned words is only seen in a window that is narrower than a word or two.
        match broken.strip_prefix(toned) {
            Some(rest) if self.colour && !toned.trim().is_empty() => {
                let word = toned.trim_start();
                let indent = &toned[..toned.len() - word.len()];
                format!("{indent}\u{1b}[{}m{word}\u{1b}[0m{rest}\n", tone.code())
            }
            _ => broken + "\n",
        }
    }

    /// The same without a tone.
    pub fn plain(self, text: &str, hanging: usize) -> String {
        self.paragraph("", Tone::Faint, text, hanging)
    }
}

/// The text in lines of at most `width` columns where its words allow it; the blanks that it begins with stay.
fn broken(text: &str, width: usize, hanging: usize) -> String {
    let start = text.len() - text.trim_start().len();
    let mut out = text[..start].to_owned();
    let mut column = start;
    // Blanks between words stay as they are within a line.
    let mut rest = &text[start..];
    let mut is_first = true;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let word_end = rest[blanks..].find(' ').map_or(rest.len(), |end| blanks + end);
        let word = &rest[blanks..word_end];
        let letters = word.chars().count();
        if !is_first && column + blanks + letters > width {
            out.push('\n');
            out.push_str(&" ".repeat(hanging));
            column = hanging + letters;
        } else {
            out.push_str(&rest[..blanks]);
            column += blanks + letters;
        }
        out.push_str(word);
        rest = &rest[word_end..];
        is_first = false;
    }
    out
}

/// `0.0312(4)`, `0.0142(18)`: the spread over seeds counts units of the last digit; two digits of it where the first is a 1.
pub fn with_spread(measured: &Measured) -> String {
    match measured.sd {
        Some(sd) if sd > 0.0 && sd.is_finite() => {
            let place = -sd.log10().floor();
            let leading = (sd * 10f64.powf(place)).floor();
            let digits = (place + f64::from(u8::from(leading < 2.0))).clamp(0.0, 9.0);
            let units = (sd * 10f64.powf(digits)).round();
            // A spread below the ninth digit is rounding, and no spread.
            if units == 0.0 {
                compact(measured.mean)
            } else {
                format!("{:.*}({units:.0})", digits as usize, measured.mean)
            }
        }
        _ => compact(measured.mean),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let setting = Setting { width: 20, breaks_lines: true, colour: false };
        let set = setting.paragraph("REFUTED", Tone::Bad, "  p1::a: The frames of W cover no more.", 4);
        assert_eq!(set, "REFUTED  p1::a: The\n    frames of W\n    cover no more.\n");
        assert!(set.lines().all(|line| line.chars().count() <= 20));
        assert_eq!(
            setting.plain("  averyveryverylongword-beyond-the-window a", 4),
            "  averyveryverylongword-beyond-the-window\n    a\n"
        );
        assert_eq!(setting.plain("", 4), "\n");
        let whole = "a pipe gets its lines whole, however long they are";
        assert_eq!(Setting { width: 20, ..Setting::PLAIN }.plain(whole, 4), format!("{whole}\n"));
    }

    #[test]
    fn only_the_first_words_are_coloured() {
        let setting = Setting { width: 80, breaks_lines: true, colour: true };
        assert_eq!(setting.paragraph("  REFUTED", Tone::Bad, "  p1::a", 4), "  \u{1b}[1;31mREFUTED\u{1b}[0m  p1::a\n");
        assert_eq!(setting.plain("none", 4), "none\n");
    }

    #[test]
    fn a_spread_has_one_digit_or_two() {
        let of = |mean, sd| with_spread(&Measured { mean, sd, n: 3, null: None, by_type: BTreeMap::new() });
        assert_eq!(of(0.03124, Some(0.0004)), "0.0312(4)");
        assert_eq!(of(0.01421, Some(0.0018)), "0.0142(18)");
        assert_eq!(of(0.3417, Some(0.15)), "0.34(15)");
        assert_eq!(of(247.31, Some(12.4)), "247(12)");
        assert_eq!([of(1.5, Some(0.0)), of(1.5, None), of(64.0, Some(1e-12))], ["1.5", "1.5", "64"]);
    }
}
