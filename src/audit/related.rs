//! How much of a page re-derivation can see: the digits of printed numbers that take part in some relation.

use crate::paper::{Paper, Place, Printed};

/// Digits on a page: all, and those of numbers that no relation speaks of. A wrong digit there goes unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digits {
    pub printed: usize,
    pub unrelated: usize,
}

impl Digits {
    /// The share of printed digits that no relation covers; 0 of an empty page.
    pub fn unrelated_share(self) -> f64 {
        if self.printed == 0 { 0.0 } else { self.unrelated as f64 / self.printed as f64 }
    }
}

/// Counts the significant digits of the paper's cells and derived numbers; the keys of rows are labels.
pub fn digits(paper: &Paper) -> Digits {
    let related: Vec<Place> = paper
        .relations()
        .flat_map(|follows| {
            let operands = follows.relation.operands.iter().map(|operand| operand.place.clone());
            operands.chain([follows.place.clone()]).collect::<Vec<_>>()
        })
        .collect();
    let mut digits = Digits::default();
    for (place, printed) in paper.numbers() {
        let count = significant(printed);
        digits.printed += count;
        digits.unrelated += if related.contains(&place) { 0 } else { count };
    }
    digits
}

/// Digits from the first that is not 0; a zero has one.
fn significant(printed: &Printed) -> usize {
    let digits: String = printed.text().chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').len().max(1)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A small paper: coverage and loss of three K, and what a test adds.
    pub fn paper(more: &str) -> Paper {
        let text = format!(
            "id = \"p1\"\ntitle = \"t\"\nstatus = \"s\"\n[setup]\nk = 32\nstep = 40\n[[table]]\nid = \"b\"\nsays = \"s\"\n\
             rows = \"k\"\ncolumns = [{{ name = \"coverage\", quantity = \"core-coverage\" }}, \
             {{ name = \"loss\", quantity = \"loss\" }}]\ncells = \"\"\"\n2 0.020 7.75\n4 0.041 6.25\n8 0.080 5.00\n\"\"\"\n{more}"
        );
        crate::paper::load("p1.toml", &text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn digits_that_no_relation_speaks_of_are_counted() {
        // Coverages: 2 significant digits each, losses 3: 15 in all.
        assert_eq!(digits(&paper("")), Digits { printed: 15, unrelated: 15 });
        let related =
            paper("[[derived]]\nid = \"d\"\nsays = \"s\"\nprinted = \"1.50\"\nis = \"b[k=2].loss - b[k=4].loss\"\n");
        // Two losses and the result, 3 digits each, are related.
        assert_eq!(digits(&related), Digits { printed: 18, unrelated: 9 });
        assert!((digits(&related).unrelated_share() - 0.5).abs() < 1e-15);
    }
}
