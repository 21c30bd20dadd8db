//! The colours of charts: as the charting crate writes them, which is what paper and daylight show, and what the page puts
//! in their place in the dark.

use std::fmt::Write;

use plotters::style::RGBColor;

/// A colour by day and by night.
#[derive(Debug, Clone, Copy)]
pub struct Ink {
    pub day: RGBColor,
    night: &'static str,
}

/// Told apart by people who do not see red and green apart, too; each line has a shape and a name besides.
pub const SERIES: [Ink; 6] = [
    Ink { day: RGBColor(0x1f, 0x5f, 0xa8), night: "#82b4ee" },
    Ink { day: RGBColor(0xbf, 0x50, 0x14), night: "#f09a68" },
    Ink { day: RGBColor(0x14, 0x79, 0x5a), night: "#5fc8a2" },
    Ink { day: RGBColor(0x7d, 0x4a, 0x9e), night: "#c29fe6" },
    Ink { day: RGBColor(0x86, 0x69, 0x00), night: "#d8bb50" },
    Ink { day: RGBColor(0x4a, 0x63, 0x70), night: "#a4bac6" },
];
pub const TEXT: Ink = Ink { day: RGBColor(0x4c, 0x53, 0x5a), night: "#a9b1ba" };
pub const GRID: Ink = Ink { day: RGBColor(0xe4, 0xe6, 0xe9), night: "#2c3238" };
pub const AXIS: Ink = Ink { day: RGBColor(0xb4, 0xba, 0xc0), night: "#525a62" };
pub const NULL: Ink = Ink { day: RGBColor(0x7b, 0x82, 0x8a), night: "#8d959e" };

/// What does not stand: the page's own colour of a refuted claim.
pub const FALLS: Ink = Ink { day: RGBColor(0xa3, 0x26, 0x1d), night: "#f2897f" };

/// The colour of the line at `place`.
pub const fn series(place: usize) -> Ink {
    SERIES[place % SERIES.len()]
}

/// As the charting crate's SVG backend writes it: `#1F5FA8`.
pub fn hex(colour: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

/// The style rules that put the colours of the night in the place of those of the day.
pub fn by_night() -> String {
    let mut rules = String::new();
    for ink in SERIES.iter().chain(&[TEXT, GRID, AXIS, NULL, FALLS]) {
        let (day, night) = (hex(ink.day), ink.night);
        let _ = write!(rules, ".chart [fill=\"{day}\"]{{fill:{night}}}.chart [stroke=\"{day}\"]{{stroke:{night}}}");
    }
    rules
}
