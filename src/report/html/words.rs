//! The words, signs and anchors that the parts of the page share.

use std::fmt::Write;

use maud::{Markup, html};

use crate::judge::Verdict;

/// How a verdict looks: never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub class: &'static str,
    pub sign: &'static str,
    /// What counts are kept under.
    pub name: &'static str,
    /// What it means, in a line.
    pub means: &'static str,
}

/// The verdicts as a report orders them: what a reader must not miss comes first.
pub const LOOKS: [Look; 7] = [
    Look {
        class: "artifact",
        sign: "\u{25e9}",
        name: "artifact",
        means: "there with a flaw in place, refuted without it, all else equal",
    },
    Look {
        class: "only-if",
        sign: "\u{25d0}",
        name: "holds only if",
        means: "confirmed under one choice that is no flaw, refuted under another",
    },
    Look {
        class: "refuted",
        sign: "\u{2717}",
        name: "refuted",
        means: "the opposite is there, or the effect is shown smaller than what matters",
    },
    Look {
        class: "instrument",
        sign: "\u{25ce}",
        name: "instrument-limited",
        means: "the null predicts it: the instrument gives it on structureless input, or the base makes it true",
    },
    Look {
        class: "open",
        sign: "?",
        name: "inconclusive",
        means: "the interval straddles; the evidence says how many seeds would settle it",
    },
    Look {
        class: "confirmed",
        sign: "\u{2713}",
        name: "confirmed",
        means: "the effect is there, its confidence interval clear of the alternative",
    },
    Look {
        class: "unchecked",
        sign: "\u{2013}",
        name: "not checked",
        means: "no run, or too few seeds; never counted as passed",
    },
];

impl Look {
    pub fn of(verdict: &Verdict) -> Self {
        let words = verdict.to_string();
        let known = LOOKS.into_iter().find(|look| words.starts_with(look.name));
        known.unwrap_or(LOOKS[LOOKS.len() - 1])
    }

    /// True where a claim does not stand as it was made.
    pub fn is_contradicted(self) -> bool {
        ["artifact", "only-if", "refuted"].contains(&self.class)
    }
}

/// A verdict as a small label; why a claim is not checked stands beside it.
pub fn chip(verdict: &Verdict) -> Markup {
    let look = Look::of(verdict);
    let words = if verdict.is_judged() { verdict.to_string() } else { look.name.to_owned() };
    html! { span class={ "chip " (look.class) } title=(look.means) { span aria-hidden="true" { (look.sign) } " " (words) } }
}

/// What may be wider than the screen scrolls in a box of its own, by keyboard too.
pub fn scroll_box(label: &str, inside: Markup) -> Markup {
    html! { div class="scroll" tabindex="0" role="region" aria-label=(label) { (inside) } }
}

/// Words for those who see neither colours nor signs.
pub fn unseen(words: &str) -> Markup {
    html! { span class="hidden" { " " (words) " " } }
}

/// A link to the place on the page that is named so.
pub fn link(parts: &[&str], inside: &str) -> Markup {
    html! { a href={ "#" (anchor(parts)) } { (inside) } }
}

/// An anchor that is unique where the parts are: what is neither letter, digit nor one of `-_.:` stands as its code.
pub fn anchor(parts: &[&str]) -> String {
    let mut anchor = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            anchor.push('/');
        }
        for letter in part.chars() {
            match letter {
                letter if letter.is_ascii_alphanumeric() || "-_.:".contains(letter) => anchor.push(letter),
                other => drop(write!(anchor, "~{:x}~", u32::from(other))),
            }
        }
    }
    anchor
}

/// `core-coverage` as people write it, with its unit.
pub fn quantity(name: &str) -> String {
    let words = name.replace('-', " ");
    match name {
        "loss" | "loss-fall" => format!("{words} (nats)"),
        "gradient-effective-rank" => "effective rank of the gradient".to_owned(),
        "constrained-effective-rank" => "effective rank seen through K".to_owned(),
        "weight-effective-rank" => "effective rank of the weights".to_owned(),
        _ => words,
    }
}

/// An axis or a field of a condition as people write it.
pub fn field(name: &str) -> String {
    if name == "k" { "K".to_owned() } else { name.replace('-', " ") }
}

/// `1 seed`, `3 seeds`.
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_tell_apart_what_is_apart() {
        assert_eq!(anchor(&["p87::coverage-linear"]), "p87::coverage-linear");
        assert_eq!(anchor(&["p87", "a", "0"]), "p87/a/0");
        assert_eq!(anchor(&["a b"]), "a~20~b");
        assert_ne!(anchor(&["a/b"]), anchor(&["a", "b"]));
        assert_ne!(anchor(&["a~20~b"]), anchor(&["a b"]));
        assert!(anchor(&["\"><script>"]).chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '~'));
    }

    #[test]
    fn every_verdict_has_its_look() {
        let looks = [
            (Verdict::Confirmed, "confirmed"),
            (Verdict::Refuted, "refuted"),
            (Verdict::Artifact("head: random".to_owned()), "artifact"),
            (Verdict::HoldsOnlyIf("base: trained".to_owned()), "only-if"),
            (Verdict::InstrumentLimited, "instrument"),
            (Verdict::Inconclusive, "open"),
            (Verdict::NotChecked("no run".to_owned()), "unchecked"),
        ];
        for (verdict, class) in looks {
            assert_eq!(Look::of(&verdict).class, class, "{verdict}");
        }
    }
}
