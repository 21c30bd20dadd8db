//! A number as a paper prints it: the text fixes the value, the unit of the last place and the rounding interval.

use super::interval::{EXACT_INTEGERS, Interval};

/// A printed number. `93.8%` has the value 0.938 and stands for anything in [0.9375, 0.9385].
#[derive(Debug, Clone, PartialEq)]
pub struct Printed {
    text: String,
    value: f64,
    half_unit: f64,
    exactness: Exactness,
    interval: Interval,
    /// The number is exactly `digits * 10^last_place`.
    digits: i128,
    last_place: i32,
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
        let digits: i128 = format!("{sign}{whole}{fraction}").parse().ok().filter(|d: &i128| d.abs() < MOST_DIGITS)?;
        let value = decimal(digits, last_place)?;
        let half_unit = decimal(5, last_place - 1)?;
        let exactness = match (mark, unit, fraction.is_empty() && exponent == 0) {
            (Some(_), _, _) => Exactness::About,
            (None, None, true) => Exactness::Exact,
            _ => Exactness::Rounded,
        };
        let half_units = match exactness {
            Exactness::Exact => 0,
            Exactness::Rounded => 1,
            Exactness::About => 2,
        };
        let interval = around(digits, last_place, half_units)?;
        Some(Self { text: text.to_owned(), value, half_unit, exactness, interval, digits, last_place })
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
        self.reach(match self.exactness {
            Exactness::Exact => 0,
            Exactness::Rounded => 2,
            Exactness::About => 4,
        })
    }

    /// The numbers that may be printed so where they are calculated rather than counted, and those within one unit more:
    /// a whole number that is printed for a result such as 32.9 is rounded like any other.
    pub fn as_result(&self) -> (Interval, Interval) {
        match self.exactness {
            Exactness::Exact => (self.reach(1), self.reach(2)),
            Exactness::Rounded | Exactness::About => (self.interval, self.slack()),
        }
    }

    fn reach(&self, half_units: i128) -> Interval {
        around(self.digits, self.last_place, half_units).unwrap_or(self.interval)
    }

    /// The same number with `units` added in its last place, printed alike; `None` beyond what can be printed.
    pub fn moved(&self, units: i128) -> Option<Self> {
        let start = self.text.find(|c: char| c.is_ascii_digit())?;
        let (front, rest) = self.text.split_at(start);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(rest.len());
        let (number, back) = rest.split_at(end);
        let digits = self.digits.checked_add(units)?;
        let decimals = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let plain = format!("{:0>width$}", digits.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = plain.split_at(plain.len() - decimals);
        let whole = if number.contains(',') { grouped(whole) } else { whole.to_owned() };
        let mark = front.trim_end_matches(|c| c == '+' || MINUS.contains(&c));
        let sign = match (digits < 0, front.ends_with(MINUS)) {
            (true, true) => &front[mark.len()..],
            (true, false) => "-",
            (false, _) => "",
        };
        let point = if decimals > 0 { "." } else { "" };
        Self::parse(&format!("{mark}{sign}{whole}{point}{fraction}{back}")).ok()
    }

    /// How many units of the last place lie between this number and `value`.
    pub fn units_to(&self, value: f64) -> f64 {
        (value - self.value) / (2.0 * self.half_unit)
    }
}

/// Numbers have fewer than 31 digits: no paper prints more, and arithmetic on them stays exact.
const MOST_DIGITS: i128 = 10_i128.pow(30);

/// The float nearest to `digits * 10^place`, read from its decimal text; `None` where it is not finite.
fn decimal(digits: i128, place: i32) -> Option<f64> {
    format!("{digits}e{place}").parse().ok().filter(|value: &f64| value.is_finite())
}

/// All numbers within `half_units` halves of a unit of the exact decimal. Each end is read from its own exact decimal and
/// moved outwards by one float: the float nearest to a decimal is off by less.
fn around(digits: i128, last_place: i32, half_units: i128) -> Option<Interval> {
    if half_units == 0 {
        let value = decimal(digits, last_place)?;
        let exact = value == value.trunc() && value.abs() < EXACT_INTEGERS;
        return if exact { Interval::point(value) } else { Interval::new(value.next_down(), value.next_up()) };
    }
    let end = |half_units: i128| decimal(digits * 10 + 5 * half_units, last_place - 1);
    Interval::new(end(-half_units)?.next_down(), end(half_units)?.next_up())
}

/// `1536992` with its commas.
fn grouped(whole: &str) -> String {
    let separated = whole.char_indices().map(|(index, digit)| {
        let comma = if index > 0 && (whole.len() - index).is_multiple_of(3) { "," } else { "" };
        format!("{comma}{digit}")
    });
    separated.collect()
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
    fn the_interval_holds_the_exact_decimal() {
        // 0.3 is no float: 0.25 and 0.35 are read from their own decimals, then moved outwards by one float.
        let (low, high) = Printed::parse("0.3").unwrap().interval();
        assert_eq!((low, high), (0.25_f64.next_down(), 0.35_f64.next_up()));
        // 2^53 + 1 is no float either, so even a whole number has a width there.
        let (low, high) = Printed::parse("9007199254740993").unwrap().interval();
        assert!(low < 9_007_199_254_740_992.0 && high >= 9_007_199_254_740_994.0);
    }

    #[test]
    fn a_whole_result_may_be_rounded() {
        let (rounded, slack) = Printed::parse("33").unwrap().as_result();
        assert!(rounded.contains(32.5) && !rounded.contains(33.6) && slack.contains(33.6) && !slack.contains(34.1));
    }

    #[test]
    fn units_are_added_in_the_last_place() {
        let cases = [
            ("93.8%", -12, "92.6%"),
            ("0.131", 1, "0.132"),
            ("\u{2212}0.9963", 1, "\u{2212}0.9962"),
            ("0.001", -2, "-0.001"),
            ("-0.001", 2, "0.001"),
            ("~0.00205", -5, "~0.00200"),
            ("999,999", 1, "1,000,000"),
            ("61.5M", 5, "62.0M"),
            ("1.01\u{d7}", -101, "0.00\u{d7}"),
            ("5e-3", 6, "11e-3"),
            ("64", -1, "63"),
            ("0.00150/dim", 50, "0.00200/dim"),
        ];
        for (text, units, moved) in cases {
            assert_eq!(Printed::parse(text).unwrap().moved(units).unwrap().text(), moved, "{text} by {units}");
        }
        assert_eq!(Printed::parse("1").unwrap().moved(i128::MAX), None);
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
