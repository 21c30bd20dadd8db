//! Paper files: the shipped ones load, and every mistake in one is located and explained.

use ctlora::paper::{Meaning, load, shipped};

#[test]
fn every_shipped_paper_loads_under_its_own_name() {
    assert!(!shipped().is_empty());
    for (id, text) in shipped() {
        let paper =
            load(&format!("{id}.toml"), text).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(*error)));
        assert_eq!(paper.id, *id);
        for derived in &paper.derived {
            println!("{} {} {:?} {:?}", derived.id, derived.printed, derived.interval, derived.consistency);
        }
        for t in &paper.tables {
            for r in &t.rows {
                for c in &r.cells {
                    if let Meaning::Derived { interval, consistency, .. } = &c.meaning {
                        println!("{} {} {} {:?} {:?}", t.id, r.label, c.printed, interval, consistency);
                    }
                }
            }
        }
    }
}
