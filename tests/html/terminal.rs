//! The same report on a terminal.

use ctlora::report::{Setting, text};

use super::document::report;

const WINDOW: Setting = Setting { width: 80, breaks_lines: true, colour: false };

/// The text without the codes that colour it.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn no_line_is_wider_than_the_window() {
    let (document, _) = report();
    for width in [60, 80, 120] {
        let set = text(document, Setting { width, ..WINDOW });
        let wide: Vec<&str> = set.lines().filter(|line| line.chars().count() > usize::from(width)).collect();
        assert!(wide.is_empty(), "{width}: {wide:#?}");
    }
    let pipe = text(document, Setting::PLAIN);
    assert!(pipe.lines().any(|line| line.chars().count() > 200), "a pipe gets evidence in one line");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let (document, _) = report();
    let plain = text(document, WINDOW);
    let coloured = text(document, Setting { colour: true, ..WINDOW });
    assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}[1;31mREFUTED\u{1b}[0m  p87::"));
    assert_eq!(uncoloured(&coloured), plain);
}

/// A word that the page shows for a claim is the terminal's too.
#[test]
fn the_terminal_has_the_page_s_words() {
    let (document, _) = report();
    let set = text(document, Setting::PLAIN);
    for claim in document.papers.iter().flat_map(|paper| &paper.claims).filter(|claim| claim.verdict.is_judged()) {
        let evidence = claim.by_base.values().map(|ruling| ruling.evidence.as_str());
        for words in [claim.rule.as_str(), &claim.because, &claim.says].into_iter().chain(evidence) {
            assert!(set.contains(words), "{}: {words}", claim.id);
        }
    }
}
