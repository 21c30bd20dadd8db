//! Tables of every shape that the series prints: rows by K, by named schemes, by layer, by type; cells that set a condition,
//! follow from others, or are only read.

use ctlora::paper::{Cell, Consistency, Meaning, Paper, Table};
use ctlora::question::{Average, Condition, MatrixKind};

use super::loaded;

fn paper(tables: &str) -> Paper {
    loaded(&format!("id = \"p1\"\ntitle = \"t\"\nstatus = \"s\"\n[setup]\nk = 32\nstep = 40\n{tables}"))
}

fn table(text: &str) -> Table {
    paper(&format!("[[table]]\nid = \"a\"\nsays = \"s\"\n{text}")).tables.remove(0)
}

fn condition(cell: &Cell) -> &Condition {
    match &cell.meaning {
        Meaning::Measured(question) => &question.condition,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_column_can_set_the_condition_of_its_row() {
    // Paper 82: K against steps at one budget; the counts follow from K.
    let budget = table(
        r#"
        rows = "k"
        at = { head = "random" }
        columns = [
            { name = "params", is = "48031 * k" },
            { name = "steps", sets = "step" },
            { name = "param-steps", is = "params * steps" },
            { name = "loss", quantity = "loss" },
        ]
        cells = """
        | 2  | 96,062    | 640 | 61.5M | 9.0486 |
        | 64 | 3,073,984 | 20  | 61.5M | 8.6268 |
        """
    "#,
    );
    let steps: Vec<_> = budget.rows.iter().map(|row| condition(&row.cells[3])).map(|c| (c.k, c.step)).collect();
    assert_eq!(steps, [(2, 640), (64, 20)]);
    for row in &budget.rows {
        for cell in [&row.cells[0], &row.cells[2]] {
            assert!(matches!(cell.meaning, Meaning::Derived { consistency: Consistency::Consistent, .. }), "{cell:?}");
        }
        assert_eq!(row.cells[1].meaning, Meaning::PageOnly);
    }
}

#[test]
fn named_rows_say_their_condition_or_that_they_have_none() {
    // Paper 84: schemes; the adaptive one has no single K.
    let schemes = table(
        r#"
        rows = "scheme"
        row_at = { uniform_8 = { k = 8 } }
        page_only = ["adaptive"]
        columns = [{ name = "mean-k", page_only = true }, { name = "loss", quantity = "loss" }]
        cells = """
        uniform_8   8.0   7.5273
        adaptive    32.5  6.8136
        """
    "#,
    );
    assert_eq!(condition(&schemes.rows[0].cells[1]).k, 8);
    assert_eq!(schemes.rows[1].cells[1].meaning, Meaning::PageOnly);
}

#[test]
fn words_stand_beside_the_numbers() {
    // Paper 85: keys with blanks, and a column with a dash in it.
    let words = table(
        r#"
        rows = "dimensions"
        columns = [{ name = "snr", page_only = true }, { name = "ratio", words = true }]
        cells = """
        | K=32 top-20 | 5.879 | -     |
        | K=32 bottom | 4.800 | 0.816 |
        """
    "#,
    );
    assert_eq!(words.word_columns, ["ratio"]);
    assert_eq!((words.rows[0].label.as_str(), words.rows[0].words.as_slice()), ("K=32 top-20", &["-".to_owned()][..]));
    assert_eq!(words.rows[1].cells.len(), 1);
}

#[test]
fn layers_and_types_choose_what_is_averaged() {
    let layers = table(
        "rows = \"layer\"\ncolumns = [{ name = \"er\", quantity = \"gradient-effective-rank\" }]\ncells = \"\"\"\n0 9.88\n7 7.74\n\"\"\"\n",
    );
    assert_eq!(condition(&layers.rows[1].cells[0]).over, Average::Layer(7));
    let types = table(
        "rows = \"over\"\ncolumns = [{ name = \"er\", quantity = \"weight-effective-rank\" }]\ncells = \"\"\"\nproj 205.90\n\"\"\"\n",
    );
    assert_eq!(condition(&types.rows[0].cells[0]).over, Average::Kind(MatrixKind::Proj));
}

#[test]
fn a_number_that_cannot_follow_is_inconsistent() {
    // 0.697 / 0.5 = 1.394: beyond two units of 1.38, between one and two half units of 1.39 +- 0.005.
    let derived = |printed: &str| {
        let text = format!("[[derived]]\nid = \"d\"\nsays = \"s\"\nprinted = \"{printed}\"\nis = \"697 / 500\"\n");
        paper(&text).derived[0].consistency
    };
    assert_eq!(derived("1.39"), Consistency::Consistent);
    assert_eq!(derived("1.40"), Consistency::Truncated);
    assert_eq!(derived("1.38"), Consistency::Inconsistent);
    assert_eq!(derived("~1.38"), Consistency::Truncated);
    assert_eq!(derived("139.4%"), Consistency::Consistent);
    assert_eq!(derived("139.6%"), Consistency::Inconsistent);
}

#[test]
fn a_correlation_is_accused_only_where_its_reach_is_proven() {
    let correlated = |rows: &str, printed: &str| {
        let text = format!(
            "[[table]]\nid = \"a\"\nsays = \"s\"\nrows = \"n\"\ncolumns = [{{ name = \"x\", page_only = true }}, \
             {{ name = \"y\", page_only = true }}]\ncells = \"\"\"\n{rows}\"\"\"\n\
             [[derived]]\nid = \"r\"\nsays = \"s\"\nprinted = \"{printed}\"\nis = \"pearson(a.x, a.y)\"\n"
        );
        paper(&text).derived[0].consistency
    };
    // r = 0.5 exactly (all cells are whole numbers).
    let three = "1 1 1\n2 2 3\n3 3 2\n";
    assert_eq!(correlated(three, "0.9"), Consistency::Inconsistent);
    assert_eq!(correlated(three, "0.5"), Consistency::Consistent);
    // Eleven rows on a line, r = 1: too many to prove anything.
    let eleven: String = (1..=11).map(|row| format!("{row} {row} {row}\n")).collect();
    assert_eq!(correlated(&eleven, "0.9"), Consistency::Undetermined);
    assert_eq!(correlated(&eleven, "1.0"), Consistency::Consistent);
}

#[test]
fn a_number_used_twice_is_rounded_once() {
    // 0.3 stands for [0.25, 0.35]: (x - 0.1 x) / x is 0.9 whatever x is. Counted twice, x would allow [0.6, 1.3].
    let derived = |printed: &str| {
        let text = format!(
            "[[derived]]\nid = \"x\"\nsays = \"s\"\nprinted = \"0.3\"\nis = \"0.3\"\n\
             [[derived]]\nid = \"d\"\nsays = \"s\"\nprinted = \"{printed}\"\nis = \"(x - 0.1 * x) / x\"\n"
        );
        paper(&text).derived[1].consistency
    };
    assert_eq!(derived("0.900"), Consistency::Consistent);
    assert_eq!(derived("0.902"), Consistency::Inconsistent);
}

#[test]
fn new_functions_by_hand() {
    let derived = |is: &str, printed: &str| {
        let text = format!("[[derived]]\nid = \"d\"\nsays = \"s\"\nprinted = \"{printed}\"\nis = \"{is}\"\n");
        paper(&text).derived[0].consistency
    };
    for (is, printed) in [
        ("sum(1, 2, 3)", "6"),
        ("median(9, 1, 4)", "4"),
        ("median(1, 2)", "1.5"),
        // Deviations -2, 0, 2: sqrt(8 / 2).
        ("sd(1, 3, 5)", "2.00"),
        ("round(7.6)", "8"),
        ("exp(0) + 1", "2.00"),
    ] {
        assert_eq!(derived(is, printed), Consistency::Consistent, "{is}");
    }
    // A whole number that is calculated may be rounded; one that is counted may not.
    assert_eq!(derived("mean(32, 33, 33)", "33"), Consistency::Consistent);
    assert_eq!(derived("mean(32, 33, 33)", "32"), Consistency::Truncated);
    assert_eq!(derived("48031 * 2", "96,063"), Consistency::Inconsistent);
}

#[test]
fn expressions_by_hand() {
    let table = "[[table]]\nid = \"a\"\nsays = \"s\"\nquantity = \"loss\"\nrows = \"k\"\ncolumns = { step = [1, 2] }\n\
                 cells = \"\"\"\n2 3 5\n4 7 11\n\"\"\"\n";
    // The cells are whole, hence exact: every result is one number.
    let cases = [
        ("a[k=4, step=2] - a[k=2, step=1]", "8"),
        ("2 + 3 * 4 ^ 2 / 8", "8"),
        ("-2 ^ 2", "-4"),
        ("2 ^ 3 ^ 2", "512"),
        ("(1 - 3) - 4", "-6"),
        ("mean(a[step=1])", "5"),
        ("max(a[k=2]) + min(a[k=4])", "12"),
        ("mean(a[step=2] - a[step=1], 6)", "4"),
        ("abs(1 - sqrt(9)) + ln(1)", "2"),
        ("6 / a[k=2, step=1]", "2"),
    ];
    for (is, printed) in cases {
        let text = format!("{table}[[derived]]\nid = \"d\"\nsays = \"s\"\nprinted = \"{printed}\"\nis = \"{is}\"\n");
        let derived = &paper(&text).derived[0];
        assert_eq!(derived.consistency, Consistency::Consistent, "{is} gives {:?}", derived.interval);
        // Roots and logarithms are rounded outwards by a few floats.
        assert!(derived.interval.1 - derived.interval.0 < 1e-13, "{is} gives {:?}", derived.interval);
    }
}
