/// A number with at most four significant digits and no padding: `0.0123`, `1.02`, `15007`, `3.2e-7`, `infinity`.
pub fn compact(value: f64) -> String {
    const DIGITS: i32 = 4;
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return match value {
            f64::INFINITY => "infinity".to_owned(),
            f64::NEG_INFINITY => "-infinity".to_owned(),
            _ => "NaN".to_owned(),
        };
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-4..7).contains(&magnitude) {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", without_padding(mantissa));
    }
    let decimals = (DIGITS - 1 - magnitude).clamp(0, 8) as usize;
    without_padding(&format!("{value:.decimals$}")).to_owned()
}

fn without_padding(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn numbers_are_short_but_whole() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (-0.99634, "-0.9963"),
            (0.012345, "0.01235"),
            (15007.0, "15007"),
            (3.2e-7, "3.2e-7"),
            (1e9, "1e9"),
            (f64::INFINITY, "infinity"),
        ];
        for (value, text) in cases {
            assert_eq!(compact(value), text);
        }
    }
}
