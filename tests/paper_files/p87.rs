//! Paper 87: its numbers follow from each other, and its claims ask what they say.

use ctlora::claim::Rule;
use ctlora::paper::{AskedAt, Claim, Consistency, Meaning, Paper, shipped};
use ctlora::question::{Average, Condition, Frame, Lens, MatrixKind, Quantity};

use super::loaded;

fn p87() -> Paper {
    loaded(shipped().iter().find(|(id, _)| *id == "p87").unwrap().1)
}

fn claim<'p>(paper: &'p Paper, id: &str) -> &'p Claim {
    paper.claims.iter().find(|claim| claim.id == id).unwrap()
}

#[test]
fn all_tables_are_there_as_printed() {
    let paper = p87();
    let shape: Vec<_> = paper.tables.iter().map(|t| (t.id.as_str(), t.rows.len(), t.columns.len())).collect();
    assert_eq!(shape, [("a", 6, 4), ("per-dimension", 6, 2), ("b", 6, 2), ("c", 3, 3)]);
    let last = &paper.tables[0].rows[5];
    let texts: Vec<_> = last.cells.iter().map(|cell| cell.printed.text()).collect();
    assert_eq!((last.label.as_str(), texts), ("64", vec!["0.131", "0.143", "0.142", "0.157"]));
}

#[test]
fn every_derived_number_can_follow_from_the_printed_ones() {
    let paper = p87();
    for derived in &paper.derived {
        assert_eq!(derived.consistency, Consistency::Consistent, "{} = {:?}", derived.id, derived.interval);
    }
    let mut cells = 0;
    for cell in paper.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells) {
        if let Meaning::Derived { consistency, interval, .. } = &cell.meaning {
            assert_eq!(*consistency, Consistency::Consistent, "{} is not in {interval:?}", cell.printed);
            cells += 1;
        }
    }
    // Six coverages per dimension, three advantages of SVD.
    assert_eq!(cells, 9);
}

#[test]
fn derived_intervals_are_what_rounding_allows() {
    let paper = p87();
    let interval = |id: &str| paper.derived.iter().find(|derived| derived.id == id).unwrap().interval;
    // By hand: both operands are off by at most 0.0005 (coverages) or 0.00005 (losses).
    let expected = [
        ("gain-64-over-32", 0.1305 / 0.0685 - 1.0, 0.1315 / 0.0675 - 1.0),
        ("coverage-per-dimension", 0.1305 / 64.0, 0.1315 / 64.0),
        ("loss-gain-64-over-32", 0.7118, 0.7120),
        ("variance-explained", 0.99625_f64.powi(2), 0.99635_f64.powi(2)),
        ("formal-prediction", 0.5, 0.5),
    ];
    for (id, low, high) in expected {
        let (found_low, found_high) = interval(id);
        // The hand values are rounded too: a few parts in 10^15 of losses of size 8.
        assert!(
            (found_low - low).abs() < 1e-14 && (found_high - high).abs() < 1e-14,
            "{id}: {found_low}..{found_high}"
        );
    }
    // numpy.corrcoef of the printed columns gives -0.996270; rounding moves it, but not far.
    let (low, high) = interval("correlation");
    assert!(low < -0.996270 && -0.996270 < high && high - low < 0.005, "{low}..{high}");
}

#[test]
fn cells_ask_under_their_own_condition() {
    let paper = p87();
    let question = |table: usize, row: usize, column: usize| match &paper.tables[table].rows[row].cells[column].meaning
    {
        Meaning::Measured(question) => question.clone(),
        other => panic!("{other:?}"),
    };
    let core = question(0, 5, 3);
    assert_eq!(core.quantity, Quantity::CoreCoverage);
    assert_eq!(core.condition, Condition { k: 64, step: 40, ..Condition::default() });
    assert_eq!(question(2, 0, 1).quantity, Quantity::Loss);
    assert_eq!(question(3, 1, 1).condition, Condition { k: 32, step: 40, lens: Lens::Haar, ..Condition::default() });
}

#[test]
fn questions_stand_in_the_order_of_their_rule() {
    let paper = p87();
    for claim in &paper.claims {
        assert_eq!(claim.questions.len(), claim.rule.width(), "{}", claim.id);
    }

    let gain = claim(&paper, "coverage-gain-64-over-32");
    assert_eq!(gain.questions.iter().map(|q| q.condition.k).collect::<Vec<_>>(), [64, 32]);

    let equal = claim(&paper, "svd-no-advantage");
    let first: Vec<_> = equal.questions[..2].iter().map(|q| (q.condition.lens, q.condition.k)).collect();
    assert_eq!(first, [(Lens::Own, 8), (Lens::Haar, 8)]);
    assert_eq!(equal.questions.len(), 2 * 3 * MatrixKind::ALL.len());
    assert!(equal.questions.iter().all(|q| matches!(q.condition.over, Average::Kind(_))));

    let mechanism = claim(&paper, "complete-mechanism");
    let asked: Vec<_> = mechanism.questions.iter().map(|q| (q.quantity, q.condition.step)).collect();
    let (x, y) = ((Quantity::CoreCoverage, 1), (Quantity::Loss, 40));
    assert_eq!(asked, [vec![x; 6], vec![y; 6], vec![x; 7], vec![y; 7]].concat());
    let within: Vec<_> = mechanism.questions[12..19].iter().map(|q| (q.condition.frame, q.condition.k)).collect();
    assert_eq!(within[0], (Frame::Svd, 16));
    assert_eq!(within[6], (Frame::Mixture(10), 16));
}

#[test]
fn printed_values_become_regions() {
    let paper = p87();
    let Rule::Bounded { low, high, .. } = &claim(&paper, "coverage-level").rule else { panic!("not bounded") };
    // Half and twice 0.131; the middle of the rounding interval is off by at most a few floats.
    assert!((low[5] - 0.0655).abs() < 1e-12 && (high[5] - 0.262).abs() < 1e-12);
    let Rule::Ratio { low, high } = claim(&paper, "coverage-gain-64-over-32").rule else { panic!("not a ratio") };
    assert!((low - 1.938 / 1.1).abs() < 1e-12 && (high - 1.938 * 1.1).abs() < 1e-12);
    assert!(matches!(claim(&paper, "coverage-level").asked_at, AskedAt::PaperOnly { .. }));
    assert_eq!(claim(&paper, "coverage-linear").asked_at, AskedAt::Both);
}
