//! The rules on printed numbers.

use super::cases::{cases, labels};
use crate::claim::{Direction, Ends, OnPage, PageRule, Rule};

/// Numbers printed to the last bit.
fn exactly(values: &[f64]) -> Vec<Ends> {
    values.iter().map(|&value| (value, value)).collect()
}

/// Numbers known within `by` either way.
fn within(values: &[f64], by: f64) -> Vec<Ends> {
    values.iter().map(|value| (value - by, value + by)).collect()
}

#[test]
fn a_page_says_what_seeds_that_agree_with_it_say() {
    let mut decided = 0;
    for case in cases() {
        let rule = PageRule::from(case.rule.clone());
        let (Some(holds), Some(fails)) =
            (rule.on_page(&exactly(&case.confirmed[0])), rule.on_page(&exactly(&case.refuted[0])))
        else {
            assert!(matches!(case.rule, Rule::Correlation { .. } | Rule::Mechanism { .. }), "{}", case.rule.kind());
            continue;
        };
        assert_eq!(holds.outcome, OnPage::Holds, "{}: {}", case.rule.kind(), holds.words);
        assert_eq!(fails.outcome, OnPage::Fails, "{}: {}", case.rule.kind(), fails.words);
        decided += 1;
    }
    assert!(decided >= 14, "{decided} cases were decided");
}

#[test]
fn rounding_alone_decides_nothing() {
    let falling = PageRule::from(Rule::Monotone { labels: labels(3), direction: Direction::Falling, by: 0.0 });
    assert_eq!(falling.on_page(&within(&[3.0, 2.0, 1.0], 0.4)).unwrap().outcome, OnPage::Holds);
    // 2.5 and 1.5 can be the other way round, if each is off by half and more.
    assert_eq!(falling.on_page(&within(&[3.0, 2.5, 1.5], 0.6)).unwrap().outcome, OnPage::Undetermined);
    assert_eq!(falling.on_page(&within(&[3.0, 1.5, 2.5], 0.4)).unwrap().outcome, OnPage::Fails);
    assert_eq!(falling.on_page(&within(&[3.0, 1.5], 0.4)), None, "a number is missing");
}

#[test]
fn steps_shrink_in_size_whatever_their_direction() {
    let rule = PageRule::from(Rule::Diminishing { labels: labels(4), by: 0.0 });
    // Sizes 10, 5, 3 and 5, 0, 4.
    assert_eq!(rule.on_page(&exactly(&[0.0, 10.0, 5.0, 8.0])).unwrap().outcome, OnPage::Holds);
    assert_eq!(rule.on_page(&exactly(&[0.0, 5.0, 5.0, 1.0])).unwrap().outcome, OnPage::Fails);
}

#[test]
fn the_kinds_of_a_page() {
    let doubling = PageRule::Geometric { labels: labels(3), factor: 2.0, within: 0.1 };
    assert_eq!(doubling.on_page(&exactly(&[1.0, 2.1, 4.0])).unwrap().outcome, OnPage::Holds);
    assert_eq!(doubling.on_page(&exactly(&[1.0, 2.0, 3.0])).unwrap().outcome, OnPage::Fails);
    assert_eq!(doubling.on_page(&within(&[1.0, 2.0, 4.0], 0.2)).unwrap().outcome, OnPage::Undetermined);
    let two = PageRule::AtLeast { labels: labels(3), low: 0.9, count: 2 };
    assert_eq!(two.on_page(&exactly(&[0.9, 0.5, 1.0])).unwrap().outcome, OnPage::Holds);
    assert_eq!(two.on_page(&exactly(&[0.9, 0.5, 0.8])).unwrap().outcome, OnPage::Fails);
    assert_eq!(two.on_page(&within(&[0.9, 0.5, 1.0], 0.05)).unwrap().outcome, OnPage::Undetermined);
}
