//! Every printed number that follows from others, calculated again from everything that they may stand for.

use serde_json::{Value as Json, json};

use super::combinations::{Combinations, combinations};
use super::finding::{Finding, Severity};
use super::readings::readings;
use super::reconcile::{Change, smallest_change};
use crate::paper::{Consistency, Follows, Interval, Paper, Printed, Reach, Relation};

/// What is wrong with the paper's derived numbers; empty for a consistent page.
pub fn rederive(paper: &Paper) -> Vec<Finding> {
    paper.relations().filter_map(|follows| finding(paper, &follows)).collect()
}

fn finding(paper: &Paper, follows: &Follows<'_>) -> Option<Finding> {
    if follows.consistency == Consistency::Consistent {
        return None;
    }
    // The loader has found it once; without a value there would be no paper.
    let reach = follows.relation.reach(follows.printed)?;
    if follows.consistency == Consistency::Undetermined {
        let message = format!("{}; the printed precision does not determine it", arithmetic(follows, &reach));
        return Some(report(paper, follows, &reach, "derived-undetermined", Severity::Note, message));
    }
    let fits = |(_, relation): &(String, _)| fits(relation, follows.printed);
    let reading = match follows.consistency {
        Consistency::Inconsistent => readings(follows.relation, paper).into_iter().find(fits),
        _ => None,
    };
    let change = smallest_change(follows);
    let combinations = combinations(paper, follows);
    let (code, severity) = match (follows.consistency, &reading) {
        (Consistency::Truncated, _) => ("derived-truncated", Severity::Warning),
        (_, Some(_)) => ("derived-ambiguous", Severity::Ambiguous),
        (_, None) => ("derived-number", Severity::Error),
    };
    let mut sentences = vec![arithmetic(follows, &reach)];
    if follows.consistency == Consistency::Truncated && is_cut_off(&reach, follows.printed) {
        sentences.push("cut off instead of rounded it would be printed so".to_owned());
    }
    if let Some((words, relation)) = &reading {
        sentences.push(format!("it would fit {words}: {}", calculation(relation, follows.printed)));
    }
    sentences.extend(change.as_ref().map(Change::sentence));
    sentences.extend(combinations.sentence());
    let mut finding = report(paper, follows, &reach, code, severity, sentences.join("; "));
    if let Some((words, relation)) = &reading {
        finding = finding.with("reading", json!({ "words": words, "arithmetic": relation.written() }));
    }
    if let Some(change) = &change {
        finding = finding.with("smallest_change", change.json());
    }
    Some(finding.with("other_combinations", other(&combinations)))
}

/// Whether cutting off digits of some value in `reach` leaves `printed`: values up to a unit further from zero do.
fn is_cut_off(reach: &Reach, printed: &Printed) -> bool {
    let further = printed.value() + printed.value().signum() * 2.0 * printed.half_unit();
    let (low, high) = (printed.value().min(further), printed.value().max(further));
    Interval::new(low, high).is_some_and(|cut_off| cut_off.overlaps(reach.outer))
}

/// Whether `printed` can follow by `relation`.
fn fits(relation: &Relation, printed: &Printed) -> bool {
    relation.reach(printed).is_some_and(|reach| Consistency::of(&reach, printed) == Consistency::Consistent)
}

fn other(combinations: &Combinations) -> Json {
    json!({
        "matches": combinations.matches,
        "tried": combinations.tried,
        "expected_by_chance": combinations.expected_by_chance,
    })
}

/// `0.131 / 0.068 - 1 = 0.9265`.
fn calculation(relation: &Relation, printed: &Printed) -> String {
    let value = relation.by_hand().map_or("no number".to_owned(), |value| shown(value, printed));
    format!("{} = {value}", relation.written())
}

fn arithmetic(follows: &Follows<'_>, reach: &Reach) -> String {
    let (low, high) = (shown(reach.outer.low(), follows.printed), shown(reach.outer.high(), follows.printed));
    let reach = if low == high { String::new() } else { format!(", within rounding {low} to {high}") };
    format!("{} is printed; {}{reach}", follows.printed, calculation(follows.relation, follows.printed))
}

/// A result with two digits more than are printed.
fn shown(value: f64, printed: &Printed) -> String {
    let places = (-printed.half_unit().log10()).ceil().clamp(0.0, 17.0) as usize;
    format!("{value:.*}", places + 1)
}

fn report(
    paper: &Paper,
    follows: &Follows<'_>,
    reach: &Reach,
    code: &'static str,
    severity: Severity,
    message: String,
) -> Finding {
    let operands = follows.relation.operands.iter().map(|operand| {
        let (low, high) = operand.printed.interval();
        json!({ "where": operand.place.to_string(), "printed": operand.printed.text(), "interval": [low, high] })
    });
    let (low, high) = follows.printed.interval();
    Finding::new(code, severity, &paper.id, follows.place.to_string(), message)
        .with("printed", follows.printed.text())
        .with("stands_for", json!([low, high]))
        .with("is", follows.is)
        .with("arithmetic", follows.relation.written())
        .with("by_hand", follows.relation.by_hand())
        .with("interval", json!([reach.outer.low(), reach.outer.high()]))
        .with("from", operands.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::related::tests::paper;

    fn findings(derived: &str) -> Vec<Finding> {
        rederive(&paper(derived))
    }

    fn only(derived: &str) -> Finding {
        let mut findings = findings(derived);
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings.remove(0)
    }

    fn code(printed: &str, is: &str) -> Option<&'static str> {
        findings(&derived(printed, is)).first().map(|finding| finding.code)
    }

    fn derived(printed: &str, is: &str) -> String {
        format!("[[derived]]\nid = \"d\"\nsays = \"s\"\nprinted = \"{printed}\"\nis = \"{is}\"\n")
    }

    #[test]
    fn rounding_is_never_accused_truncation_is_a_warning_more_is_an_error() {
        // 7.75 / 5.00 = 1.55; its rounding box gives 7.745 / 5.005 = 1.5475 to 7.755 / 4.995 = 1.5526.
        let is = "b[k=2].loss / b[k=8].loss";
        assert_eq!(code("1.55", is), None);
        // [1.5550, 1.5650] misses the box by half a unit or less, [1.5650, 1.5750] by more than a unit.
        assert_eq!(code("1.56", is), Some("derived-truncated"));
        assert_eq!(code("1.57", is), Some("derived-number"));
        assert_eq!(only(&derived("1.57", is)).severity, Severity::Error);
    }

    #[test]
    fn the_arithmetic_is_shown() {
        let finding = only(&derived("1.57", "b[k=2].loss / b[k=8].loss"));
        let start = "1.57 is printed; 7.75 / 5.00 = 1.5500, within rounding 1.5475 to 1.5526";
        assert!(finding.message.starts_with(start), "{}", finding.message);
        assert_eq!(finding.place, "derived d");
        assert_eq!(finding.evidence["from"][0]["where"], "table b, row 2, loss");
    }

    #[test]
    fn digits_cut_off_are_named_as_such() {
        // 7.75 / 5.00 * 10 is 15.475 to 15.526; 15.6 (15.55 to 15.65) is further from zero than all of it.
        let finding = only(&derived("15.6", "b[k=2].loss / b[k=8].loss * 10"));
        assert_eq!(finding.code, "derived-truncated");
        assert!(!finding.message.contains("cut off"), "{}", finding.message);
        // 6.25 * 0.61 is 3.8095 to 3.8156; 3.80 (3.795 to 3.805) is what cutting off 3.8095 leaves.
        let finding = only(&derived("3.80", "b[k=4].loss * 0.61"));
        assert_eq!(finding.code, "derived-truncated");
        assert!(finding.message.contains("cut off"), "{}", finding.message);
    }

    #[test]
    fn a_rounded_whole_number_off_by_one_is_truncated_a_count_is_wrong() {
        assert_eq!(code("7", "round(b[k=2].loss)"), Some("derived-truncated"));
        assert_eq!(code("8", "round(b[k=2].loss)"), None);
        assert_eq!(code("7", "2 * 4"), Some("derived-number"));
    }

    #[test]
    fn a_standard_reading_that_fits_is_ambiguous() {
        // 7.75 / 5.00 - 1 = 55.0%; over the other base 1 - 5.00 / 7.75 = 35.5%.
        let finding = only(&derived("35.5%", "b[k=2].loss / b[k=8].loss - 1"));
        assert_eq!((finding.code, finding.severity), ("derived-ambiguous", Severity::Ambiguous));
        assert!(finding.message.contains("over the other base"), "{}", finding.message);
    }

    #[test]
    fn a_derived_column_is_rederived() {
        let finding = only(
            "[[table]]\nid = \"t\"\nsays = \"s\"\nrows = \"k\"\ncolumns = [{ name = \"x\", page_only = true }, \
                            { name = \"half\", is = \"x / 2\" }]\ncells = \"\"\"\n2 5.0 2.5\n4 9.0 4.9\n\"\"\"\n",
        );
        assert_eq!((finding.code, finding.place.as_str()), ("derived-number", "table t, row 4, half"));
    }

    #[test]
    fn a_correlation_of_many_rows_accuses_nobody() {
        let rows: String = (1..=11).map(|row| format!("{row} {row}.0 {}.5\n", row * row)).collect();
        let text = format!(
            "[[table]]\nid = \"t\"\nsays = \"s\"\nrows = \"n\"\ncolumns = [{{ name = \"x\", page_only = true }}, \
             {{ name = \"y\", page_only = true }}]\ncells = \"\"\"\n{rows}\"\"\"\n{}",
            derived("0.50", "pearson(t.x, t.y)")
        );
        let finding = only(&text);
        assert_eq!((finding.code, finding.severity), ("derived-undetermined", Severity::Note));
    }
}
