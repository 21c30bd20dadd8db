//! A number as a paper prints it: the text fixes the value, the unit of the last place and the rounding interval.

use super::interval::Interval;

/// A printed number. `93.8%` has the value 0.938 and stands for anything in [0.9375, 0.9385].
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    text: String,
    value: f64,
    half_unit: f64,
    exactness: Exactness,
    interval: Interval,
}

/// How much a printed number may differ from what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exactness {
    /// A whole number without unit: a count.
    Exact,
    /// Rounded at its last place: half a unit either way.
    Rounded,
    /// Printed with a sign of approximation: a whole unit either way.
    About,
}

/// The text is not a number as papers print them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a printed number")]
pub struct PrintedError(pub String);

/// Marks of approximation, in front of the number.
const ABOUT: [&str; 4] = ["\u{2248}", "~", "about ", "approx. "];
/// Signs: the manuscripts use the minus sign and the dash beside the hyphen.
const MINUS: [char; 3] = ['-', '\u{2212}', '\u{2013}'];
/// Units behind the number, as a power of ten.
const UNITS: [(&str, i32); 7] = [("%", -2), ("\u{d7}", 0), ("x", 0), ("K", 3), ("M", 6), ("G", 9), ("/dim", 0)];

impl Printed {
    /// Reads a number as printed: `0.003`, a minus sign of any kind, `93.8%`, `1.01x`, `61.5M`, `1,536,992`, `~0.002`.
    ///
    /// # Errors
    /// Anything else, numbers too large for a float included.
    pub fn parse(text: &str) -> Result<Self, PrintedError> {
        Self::read(text.trim()).ok_or_else(|| PrintedError(text.trim().to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let mark = ABOUT.iter().find(|mark| text.starts_with(**mark));
        let rest = text[mark.map_or(0, |mark| mark.len())..].trim_start();
        let unsigned = rest.strip_prefix(MINUS);
        let negative = unsigned.is_some();
        let rest = unsigned.or_else(|| rest.strip_prefix('+')).unwrap_or(rest);
        let unit = UNITS.iter().find(|(suffix, _)| rest.ends_with(suffix));
        let number = unit.map_or(rest, |(suffix, _)| rest[..rest.len() - suffix.len()].trim_end());

        let (mantissa, exponent) = match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|e| e.abs() < 300)?),
            None => (number, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = ungrouped(whole)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(&whole) || !digits(fraction) || (mantissa.contains('.') && fraction.is_empty()) {
            return None;
        }

        // Read once, from digits and a power of ten, so that 93.8% is the float nearest to 0.938.
        let last_place =
            exponent.checked_add(unit.map_or(0, |(_, power)| *power))? - i32::try_from(fraction.len()).ok()?;
        let sign = if negative { "-" } else { "" };
        let value: f64 = format!("{sign}{whole}{fraction}e{last_place}").parse().ok()?;
        let half_unit: f64 = format!("5e{}", last_place - 1).parse().ok()?;
        let exactness = match (mark, unit, fraction.is_empty() && exponent == 0) {
            (Some(_), _, _) => Exactness::About,
            (None, None, true) => Exactness::Exact,
            _ => Exactness::Rounded,
        };
        let interval = widened(value, half_unit, exactness)?;
        Some(Self { text: text.to_owned(), value, half_unit, exactness, interval })
    }

    /// As the paper prints it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number itself; a percentage as a fraction.
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// Half a unit in the last printed place.
    pub const fn half_unit(&self) -> f64 {
        self.half_unit
    }

    pub const fn exactness(&self) -> Exactness {
        self.exactness
    }

    /// The numbers that are printed so, `(low, high)`.
    pub const fn interval(&self) -> (f64, f64) {
        self.interval.ends()
    }

    /// The same as an [`Interval`].
    pub const fn rounding(&self) -> Interval {
        self.interval
    }

    /// Twice as far as rounding reaches: beyond it, no way of rounding explains a difference.
    pub fn slack(&self) -> Interval {
        let reach = self.interval.high() - self.value;
        self.interval.widened(reach).unwrap_or(self.interval)
    }
}

fn widened(value: f64, half_unit: f64, exactness: Exactness) -> Option<Interval> {
    let point = Interval::point(value)?;
    match exactness {
        Exactness::Exact => Some(point),
        Exactness::Rounded => point.widened(half_unit),
        Exactness::About => point.widened(2.0 * half_unit),
    }
}

/// `1,536,992` without its commas; `None` where they do not separate groups of three.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = whole.contains(',');
    let well_formed = groups.all(|group| group.len() == 3) && (!grouped || (1..=3).contains(&first.len()));
    well_formed.then(|| whole.replace(',', ""))
}

impl std::fmt::Display for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_unit_and_exactness_as_printed() {
        use Exactness::{About, Exact, Rounded};
        let cases = [
            ("0.003", 0.003, 0.0005, Rounded),
            ("\u{2212}0.9963", -0.9963, 0.00005, Rounded),
            ("-0.9963", -0.9963, 0.00005, Rounded),
            ("+1.0000", 1.0, 0.00005, Rounded),
            ("93.8%", 0.938, 0.0005, Rounded),
            ("1.07 %", 0.0107, 0.00005, Rounded),
            ("98%", 0.98, 0.005, Rounded),
            ("1.01\u{d7}", 1.01, 0.005, Rounded),
            ("1.10x", 1.1, 0.005, Rounded),
            ("0.00150/dim", 0.0015, 0.000005, Rounded),
            ("61.5M", 61.5e6, 5e4, Rounded),
            ("1,536,992", 1_536_992.0, 0.5, Exact),
            ("64", 64.0, 0.5, Exact),
            ("-3", -3.0, 0.5, Exact),
            ("\u{2248}0.00205", 0.00205, 0.000005, About),
            ("~0.205%", 0.00205, 0.000005, About),
            ("about 20", 20.0, 0.5, About),
            ("5e-3", 0.005, 0.0005, Rounded),
        ];
        for (text, value, half_unit, exactness) in cases {
            let printed = Printed::parse(text).unwrap();
            // Both sides are the float nearest to the same decimal: equal, not close.
            assert_eq!((printed.value(), printed.half_unit()), (value, half_unit), "{text}");
            assert_eq!(printed.exactness(), exactness, "{text}");
            let (low, high) = printed.interval();
            assert!(low <= value && value <= high, "{text}");
            assert_eq!(printed.text(), text);
        }
    }

    #[test]
    fn the_interval_reaches_as_far_as_rounding() {
        // One part in 10^12 is far above the outward rounding and far below any printed digit.
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs();
        let (low, high) = Printed::parse("0.131").unwrap().interval();
        assert!(close(low, 0.1305) && close(high, 0.1315));
        let (low, high) = Printed::parse("~0.131").unwrap().interval();
        assert!(close(low, 0.130) && close(high, 0.132));
        assert_eq!(Printed::parse("32").unwrap().interval(), (32.0, 32.0));
        let slack = Printed::parse("0.131").unwrap().slack();
        assert!(close(slack.low(), 0.130) && close(slack.high(), 0.132));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let wrong = [
            "",
            " ",
            "-",
            "%",
            "x",
            "abc",
            "1.2.3",
            "1,23",
            "1,2345",
            ",123",
            "0x10",
            "--1",
            "1e",
            "1e999",
            "nan",
            "inf",
            ".5",
            "5.",
            "1 2",
            "9".repeat(400).as_str(),
            "1e-2-3",
            "\u{2248}",
            "baseline",
        ]
        .map(str::to_owned);
        for text in wrong {
            assert!(Printed::parse(&text).is_err(), "{text}");
        }
    }
}
