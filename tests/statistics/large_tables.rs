//! `ctlora stats` on many rows, and the form of its document.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use ctlora::dataset::{Request, analyse};
use serde_json::Value;

use super::table::{Folder, TABLE, Y_X, close, json, of};

#[test]
fn the_document_follows_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../fixtures/stats.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (content, flags) in [
        (TABLE.to_owned(), "--y loss --x coverage --given k"),
        (TABLE.to_owned(), "--y loss --x coverage --x k --no-intercept"),
        ("loss,coverage\n1,2\n2,3\n4,4\n".to_owned(), Y_X),
        // Nothing is left over: F and t are infinite.
        ("loss,coverage\n1,1\n2,2\n3,3\n5,5\n".to_owned(), Y_X),
        (plane(10_001), "--y y --x a --given b"),
    ] {
        let mut document = of(content, flags);
        document["file"] = "t.csv".into();
        let errors: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{flags}: {errors:?}");
        document["associations"][0]["pearson"]["p_value"] = 2.into();
        assert!(!schema.is_valid(&document), "a p-value that is none");
    }
}

/// Rows of a known plane with noise that repeats: y = 3 + 2 a - b + e.
fn plane(rows: usize) -> String {
    let mut table = String::from("y,a,b\n");
    for row in 0..rows {
        let i = row as f64;
        let (a, b, e) = ((i * 0.618).sin() * 4.0, (i * 0.377).cos() * 2.0 + i / rows as f64, (i * 2.399).sin());
        let _ = writeln!(table, "{},{a},{b}", 3.0 + 2.0 * a - b + e);
    }
    table
}

/// What this thread has computed for so far: other tests share the processors. `None` where the system does not tell.
fn computed() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The fastest of three, each on one thread.
fn time_of_analysis(file: &Path) -> Duration {
    let one = || {
        let request = Request {
            file,
            y: "y".to_owned(),
            x: vec!["a".to_owned()],
            given: vec!["b".to_owned()],
            intercept: true,
            all: false,
            seed: 1,
        };
        let (started, before) = (Instant::now(), computed());
        analyse(&request).unwrap();
        let elapsed = started.elapsed();
        let busy = before.zip(computed()).map_or(elapsed, |(before, after)| after - before);
        println!("a million rows: {:.2} s of computing, {:.2} s in all", busy.as_secs_f64(), elapsed.as_secs_f64());
        busy
    };
    (0..3).map(|_| one()).min().unwrap()
}

#[test]
fn a_million_rows_are_streamed_in_two_seconds() {
    let folder = Folder::new();
    let file = folder.file("large.csv", plane(1_000_000));
    let fastest = time_of_analysis(&file);
    assert!(fastest < Duration::from_secs(2), "{fastest:?}");
    let large = json(&file, "--y y --x a --given b");
    assert_eq!(large["rows"]["used"], 1_000_000);
    // The noise and the regressors are waves of unrelated periods: over a million rows their products average out.
    let slope = of_plane(&large);
    assert!((slope - 2.0).abs() < 0.01, "{slope}");
    let omitted = large["omitted"].as_array().unwrap();
    for what in ["spearman", "kendall", "theil-sen", "power-law", "permutation", "bootstrap", "influence"] {
        let entry = omitted.iter().find(|entry| entry["what"] == what).unwrap();
        assert!(entry["why"].as_str().unwrap().contains("--all"), "{entry}");
        let name = what.replace('-', "_");
        for place in [&large["associations"][0], &large["associations"][0]["pearson"], &large["regression"]] {
            assert_eq!(place.get(&name), None);
        }
    }
    assert!(large["associations"][0]["partial"]["estimate"].as_f64().unwrap() > 0.98);
}

fn of_plane(json: &Value) -> f64 {
    json["regression"]["terms"][1]["estimate"].as_f64().unwrap()
}

#[test]
fn all_is_computed_above_ten_thousand_rows_on_demand() {
    let folder = Folder::new();
    let file = folder.file("medium.csv", plane(10_001));
    let flags = "--y y --x a";
    let (streamed, whole) = (json(&file, flags), json(&file, &format!("{flags} --all")));
    assert!(!streamed["omitted"].as_array().unwrap().is_empty());
    let omitted: Vec<_> = whole["omitted"].as_array().unwrap().iter().map(|of| of["what"].clone()).collect();
    // Sines have no logarithm.
    assert_eq!(omitted, ["power-law"]);
    assert!((of_plane(&streamed) - of_plane(&whole)).abs() < 1e-12);
    close(
        &streamed["associations"][0]["pearson"]["p_value"],
        whole["associations"][0]["pearson"]["p_value"].as_f64().unwrap(),
    );
    for statistic in ["spearman", "kendall", "theil_sen"] {
        assert!(whole["associations"][0].get(statistic).is_some(), "{statistic}");
    }
    for statistic in [
        &whole["associations"][0]["spearman"],
        &whole["associations"][0]["kendall"],
        &whole["associations"][0]["theil_sen"]["slope"],
    ] {
        assert!(statistic.get("bootstrap").is_some(), "{statistic}");
    }
    for drawn in ["permutation", "bootstrap"] {
        assert!(whole["associations"][0]["pearson"].get(drawn).is_some(), "{drawn}");
    }
}
