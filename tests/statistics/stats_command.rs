//! `ctlora stats` on tables as people have them: right, or one clear refusal.

use std::path::Path;

use serde_json::Value;

use super::table::{Folder, TABLE, Y_X, close, of, refusal, stats};

#[test]
fn every_estimate_is_scipys_or_statsmodels() {
    // The same columns, commands and printed values as in the tests of src/stats.
    let all = of(TABLE, "--y loss --x coverage --given k");
    let with = &all["associations"][0];
    close(&with["pearson"]["estimate"], 0.9425311081828512);
    close(&with["pearson"]["p_value"], 4.45081696387562e-05);
    close(&with["pearson"]["low"], 0.7696444200797611);
    close(&with["partial"]["estimate"], 0.7312470516031456);
    close(&with["partial"]["high"], 0.9392393439201564);
    close(&with["semi_partial"]["estimate"], 0.3576869875588731);
    close(&with["spearman"]["estimate"], 0.9515151515151514);
    close(&with["kendall"]["p_value"], 0.0003576940035273369);
    close(&with["theil_sen"]["slope"]["estimate"], 0.8536585365853658);
    close(&with["power_law"]["low"], 0.4962335749656924);
    // 10! orders are drawn from; Kendall's p of ten rows without ties is exact all the same.
    for statistic in ["pearson", "partial", "spearman", "kendall", "power_law"] {
        let drawn = &with[statistic]["permutation"];
        assert_eq!((&drawn["exact"], &drawn["tried"]), (&Value::Bool(false), &Value::from(5000)), "{statistic}");
        assert!(drawn["standard_error"].as_f64().unwrap() > 0.0, "{statistic}");
    }
    assert_eq!(with["kendall"]["p_method"], "exact");
    assert_eq!(all["rows"], serde_json::json!({ "read": 10, "used": 10, "missing": 0, "duplicated": 0 }));
    assert_eq!(all["omitted"], serde_json::json!([]));

    // stats.bootstrap(.., method='BCa', n_resamples=4000, rng=s) over s = 0..7: mean and sd of low and of high. Six sd for
    // the draws of both sides, here half as many.
    for (statistic, low, high) in [
        (&with["spearman"], (0.8727, 0.0043), (1.0, 0.0)),
        (&with["partial"], (0.295, 0.034), (0.9147, 0.0031)),
        (&with["semi_partial"], (0.1165, 0.0076), (0.5598, 0.0061)),
        // stats.kendalltau(x, y).statistic, stats.theilslopes(y, x)[0], in the same way.
        (&with["kendall"], (0.6241, 0.0195), (1.0, 0.0)),
        (&with["theil_sen"]["slope"], (0.6765, 0.0134), (1.0549, 0.0019)),
    ] {
        for (end, (mean, sd)) in [("low", low), ("high", high)] {
            let ours = statistic["bootstrap"][end].as_f64().unwrap();
            assert!((ours - mean).abs() <= 6.0 * sd, "{end}: {ours} is not {mean} of {statistic}");
        }
    }
    // The standard errors of the same eight.
    for (statistic, mean, sd) in [
        (&with["spearman"], 0.0700, 0.0024),
        (&with["kendall"], 0.1074, 0.0019),
        (&with["theil_sen"]["slope"], 0.1093, 0.0063),
    ] {
        let ours = statistic["bootstrap"]["standard_error"].as_f64().unwrap();
        assert!((ours - mean).abs() <= 6.0 * sd, "{ours} is not {mean} of {statistic}");
    }
    // Every estimate has a standard error and an interval around it.
    for statistic in ["pearson", "partial", "semi_partial", "spearman", "kendall", "power_law"]
        .map(|name| &with[name])
        .into_iter()
        .chain([&with["theil_sen"]["slope"]])
    {
        let number = |name: &str| statistic[name].as_f64().unwrap();
        assert!(number("standard_error") > 0.0, "{statistic}");
        assert!(number("low") < number("estimate") && number("estimate") < number("high"), "{statistic}");
    }

    let plane = &of(TABLE, "--y loss --x coverage --x k")["regression"];
    close(&plane["terms"][1]["estimate"], 0.849032423908866);
    close(&plane["terms"][1]["standard_error"], 0.29934173397431935);
    close(&plane["terms"][2]["p_value"], 0.8927716559743093);
    close(&plane["adjusted_r_squared"], 0.8568686459689381);
    close(&plane["durbin_watson"], 3.7397975574552627);
    close(&plane["influence"]["largest_cooks_distance"], 1.3666764173751313);
    // Row 4 of 0.., below the header.
    assert_eq!(plane["influence"]["cooks_line"], 6);

    let origin = &of(TABLE, "--y loss --x coverage --x k --no-intercept")["regression"];
    close(&origin["terms"][0]["estimate"], 0.9556532478231867);
    close(&origin["r_squared"], 0.9768150766773731);
}

#[test]
fn one_table_in_many_dresses_gives_one_answer() {
    let plain = of(TABLE, Y_X);
    let windows = TABLE.replace('\n', "\r\n");
    let marked = format!("\u{feff}{windows}");
    let semicolons = TABLE.replace(',', ";");
    let tabs = TABLE.replace(',', "\t");
    let padded = TABLE.replace(',', " , ");
    let quoted = TABLE.replace("loss,", "\"loss\",").replace("9.1,10.3", "\"9.1\",\"10.3\"");
    let blank_lines = TABLE.replace("\n4.1", "\n\n4.1");
    let no_last_end = TABLE.trim_end();
    for other in [&windows, &marked, &semicolons, &tabs, &padded, &quoted, no_last_end] {
        assert_eq!(of(other, Y_X), plain, "{other}");
    }
    // The lines that rows stand on are others.
    assert_eq!(of(&blank_lines, Y_X)["associations"], plain["associations"]);
}

#[test]
fn rows_without_a_value_are_left_out_and_counted() {
    let gaps = format!("{TABLE}NA,1,2\n3,,4\n5,nan,6\n,,\n7,8,\n");
    let json = of(&gaps, Y_X);
    // The last row lacks k only, which is not asked for.
    assert_eq!(json["rows"], serde_json::json!({ "read": 15, "used": 11, "missing": 4, "duplicated": 0 }));
    let without = of(format!("{TABLE}7,8,0\n"), Y_X);
    assert_eq!(json["associations"], without["associations"]);
}

#[test]
fn repeated_rows_are_used_and_counted() {
    let twice = format!("{TABLE}{}", TABLE.split_once('\n').unwrap().1);
    let json = of(&twice, Y_X);
    assert_eq!(json["rows"]["duplicated"], 10);
    // r is the same, and the ranks' ties are handled: np.corrcoef of the doubled columns.
    close(&json["associations"][0]["pearson"]["estimate"], 0.9425311081828512);
    close(&json["associations"][0]["spearman"]["estimate"], 0.9515151515151514);
}

#[test]
fn what_cannot_be_answered_is_refused_at_its_place() {
    let edit = |from: &str, to: &str| TABLE.replacen(from, to, 1);
    for (content, flags, words) in [
        (edit("3.9,", "abc,"), Y_X, "t.csv:5: column `loss`: `abc` is no finite number"),
        (edit("3.9,", "inf,"), Y_X, "t.csv:5: column `loss`: `inf` is no finite number"),
        (edit("3.9,", "3.9,1,"), Y_X, "t.csv:5: this row has 4 fields, the header has 3"),
        (TABLE.replace(',', ";").replace("3.9;", "3,9;"), Y_X, "write numbers with a decimal point"),
        (TABLE.to_owned(), "--y los --x coverage", "t.csv:1: there is no column `los`"),
        (TABLE.to_owned(), "--y los --x coverage", "its columns: loss, coverage, k"),
        (TABLE.to_owned(), "--y loss --x loss", "column `loss` is named twice"),
        (edit("k", "loss"), Y_X, "t.csv:1: two columns are named `loss`"),
        (TABLE.split_once('\n').unwrap().1.to_owned(), "--y 2.3 --x 1.2", "t.csv:1: the first line holds numbers"),
        (String::new(), Y_X, "t.csv: the file is empty"),
        ("loss,coverage\n".to_owned(), Y_X, "0 complete rows are too few: 3 are needed"),
        ("loss,coverage\n1,2\n2,3\n".to_owned(), Y_X, "2 complete rows are too few: 3 are needed"),
        ("loss,coverage\n1,2\n2,NA\n3,4\n".to_owned(), Y_X, "2 complete rows are too few"),
        ("loss,coverage\n1,2\n2,2\n3,2\n".to_owned(), Y_X, "column `coverage` is 2 in every row"),
        ("loss,coverage\n5,2\n5,3\n5,1\n".to_owned(), Y_X, "column `loss` is 5 in every row"),
        ("loss,coverage\n1,1e200\n2,3e200\n4,4e200\n".to_owned(), Y_X, "which leaves its squares no digits"),
        (
            "y,a,b\n1,2,4\n2,3,6\n4,4,8\n3,5,10\n".to_owned(),
            "--y y --x a --x b",
            "column `b` is a linear combination of (intercept), a",
        ),
        (
            "y,a,b\n1,2,4\n2,3,6\n4,4,8\n3,5,10\n".to_owned(),
            "--y y --x a --given b",
            "column `a` is a linear combination of the given columns",
        ),
        (
            "y,x,a,b\n1,1,2,4\n2,5,3,6\n4,2,4,8\n3,9,5,10\n8,8,6,12\n".to_owned(),
            "--y y --x x --given a --given b",
            "column `b` is a linear combination of the other given columns",
        ),
        ("y,a,b\n1,2,4\n2,3,7\n4,4,8\n".to_owned(), "--y y --x a --x b", "3 complete rows are too few: 4 are needed"),
    ] {
        let refusal = refusal(&content, flags);
        assert!(refusal.contains(words), "`{words}` is missing in {refusal}");
    }
    // UTF-16, as some spreadsheets save "Unicode text".
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(TABLE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(refusal(wide, Y_X).contains("the header is no UTF-8 text"));
    let (code, _, err) = stats(Path::new("no-such.csv"), "--y loss");
    assert!(code == 2 && err.contains("--x <COLUMN>"), "{err}");
    let (code, _, err) = stats(Path::new("no-such.csv"), Y_X);
    assert!(code == 2 && err.contains("no-such.csv"), "{err}");
}

#[test]
fn a_statistic_without_an_answer_is_left_out_with_its_reason() {
    let json = of(format!("{TABLE}-1,11,6\n"), Y_X);
    assert_eq!(json["associations"][0].get("power_law"), None);
    let omitted = json["omitted"][0].clone();
    assert_eq!((omitted["what"].as_str(), omitted["of"].as_str()), (Some("power-law"), Some("coverage")));
    assert!(omitted["why"].as_str().unwrap().contains("not positive"));
    // Three rows: an r and a p, but no interval, no influence and no bootstrap.
    let three = of("loss,coverage\n1,2\n2,3\n4,4\n", Y_X);
    assert_eq!(three["associations"][0]["pearson"]["low"], Value::Null);
    assert_eq!(three["associations"][0]["pearson"]["permutation"]["exact"], true);
    // Both ranks rise: 2 of 3! orders are as extreme, and not the 0 of Student's t at rho = 1.
    for rank in ["spearman", "kendall"] {
        assert_eq!(three["associations"][0][rank]["p_method"], "exact");
        close(&three["associations"][0][rank]["p_value"], 2.0 / 6.0);
    }
    let omitted: Vec<_> = three["omitted"].as_array().unwrap().iter().map(|of| of["what"].as_str().unwrap()).collect();
    assert_eq!(
        omitted,
        [
            "influence",
            "coefficient bootstrap",
            "coefficient bootstrap",
            "pearson bootstrap",
            "spearman bootstrap",
            "kendall bootstrap",
            "theil-sen bootstrap",
            "power-law bootstrap",
            "pearson interval",
            "spearman interval",
            "kendall interval",
        ]
    );
}

/// Ten rows in perfect order: a rho and a tau of 1 that no resample changes. The slope and r vary.
#[test]
fn a_perfect_order_has_no_interval_and_says_so() {
    let json = of("y,x\n1,1\n2,2\n4,3\n5,4\n9,5\n11,6\n12,7\n20,8\n21,9\n29,10\n", "--y y --x x");
    let with = &json["associations"][0];
    for rank in ["spearman", "kendall"] {
        assert_eq!((&with[rank]["estimate"], &with[rank]["low"]), (&Value::from(1.0), &Value::Null));
        for what in ["interval", "bootstrap"] {
            let name = format!("{rank} {what}");
            let entry =
                json["omitted"].as_array().unwrap().iter().find(|entry| entry["what"] == name.as_str()).unwrap();
            let words =
                if what == "interval" { "a perfect order has no spread" } else { "resamples leave it as it is" };
            assert!(entry["why"].as_str().unwrap().contains(words), "{entry}");
        }
    }
    assert!(with["pearson"].get("bootstrap").is_some() && with["theil_sen"]["slope"].get("bootstrap").is_some());
    assert_eq!(json["omitted"].as_array().unwrap().len(), 4);
}

/// Five rows are enough for a plane, and for a correlation with two columns fixed, not for resamples of all five columns.
#[test]
fn few_rows_have_what_they_are_enough_for() {
    let five = of(
        "y,a,b,c,d\n1,2,4,1,7\n2,3,7,0,1\n4,4,8,2,2\n3,7,1,5,9\n6,5,3,3,4\n",
        "--y y --x a --x b --given c --given d",
    );
    assert!(five["associations"][0]["partial"]["p_value"].as_f64().unwrap() < 1.0);
    assert_eq!(five["associations"][0]["pearson"].get("bootstrap"), None);
    assert!(five["omitted"].as_array().unwrap().iter().any(|omitted| omitted["what"] == "partial bootstrap"));
}

#[test]
fn what_is_drawn_is_fixed_by_the_seed() {
    let drawn = |flags: &str| of(TABLE, &format!("{Y_X} {flags}"))["associations"][0]["pearson"]["bootstrap"].clone();
    assert_eq!(drawn("--seed 7"), drawn("--seed 7"));
    assert_eq!(drawn(""), drawn("--seed 1"));
    assert_ne!(drawn("--seed 7"), drawn("--seed 8"));
}

#[test]
fn the_text_names_every_estimate() {
    let folder = Folder::new();
    let (code, out, _) = stats(&folder.file("t.csv", TABLE), "--y loss --x coverage --given k");
    assert_eq!(code, 0);
    for words in [
        "10 rows used of 10",
        "loss on coverage",
        "(intercept)",
        "R^2",
        "Durbin-Watson",
        "Cook's distance",
        "Pearson r",
        "bootstrap",
        "permutation",
        "r given k",
        "semi-partial, given k",
        "Spearman rho",
        "Kendall tau-b",
        "Theil-Sen slope",
        "power-law exponent",
        "0.9425",
    ] {
        assert!(out.contains(words), "`{words}` is missing in\n{out}");
    }
}
