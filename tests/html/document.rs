//! The reports that the tests look at: Paper 87 at ci scale, and a paper whose every text would like to be markup.

use std::sync::OnceLock;

use ctlora::judge::{Flips, Inquiry};
use ctlora::lab::ScaleName;
use ctlora::paper::{self, Paper};
use ctlora::report::{Document, ENGINE, PlanSummary, Provenance, SCHEMA};

use super::common;

/// A name that breaks out of text, attributes and elements where it is not escaped.
const HOSTILE: &str = "\"'><script>alert(1)</script>&amp;";

/// Builds on Paper 87 and leans on a claim of it.
fn hostile(shelf: &[Paper]) -> Paper {
    let text = r#"
id = "hostile"
title = HOSTILE
status = HOSTILE
builds_on = ["p87"]

[setup]
step = 2

[[table]]
id = "t"
says = HOSTILE
rows = "<b>"
row_at = { "<i>2" = { k = 2 }, "<i>64" = { k = 64 } }
columns = [{ name = "loss", quantity = "loss" }]
cells = """
<i>2    7.10
<i>64   7.05
"""

[[derived]]
id = "ratio"
says = HOSTILE
printed = "2x"
is = "64 / 32"

[[claim]]
id = "larger-k-wins"
says = HOSTILE
kind = "monotone"
y = "loss"
along = { k = [2, 64] }
leans_on = ["p87::svd-no-advantage"]
rule = { direction = "falling" }
verdict = "confirmed"
because = HOSTILE

[[claim]]
id = "falls"
says = "the loss falls from step to step"
kind = "monotone"
y = "loss"
along = { step = [1, 2, 4] }
at = { k = 64 }
rule = { direction = "falling" }
verdict = "confirmed"
because = HOSTILE
"#;
    let text = text.replace("HOSTILE", &format!("'''{HOSTILE}'''"));
    paper::load_beside("hostile.toml", &text, &shelf.iter().collect::<Vec<_>>()).expect("the hostile paper loads")
}

/// Paper 87 and the hostile paper, three seeds at ci scale, both bases; measured once for all tests.
pub fn report() -> &'static (Document, Vec<Paper>) {
    static REPORT: OnceLock<(Document, Vec<Paper>)> = OnceLock::new();
    REPORT.get_or_init(|| {
        let shelf = paper::load_all(paper::shipped().iter().copied()).expect("the shipped papers load");
        let p87 = shelf.iter().find(|paper| paper.id == "p87").expect("Paper 87 is shipped").clone();
        let papers = vec![p87, hostile(&shelf)];
        let inquiry = Inquiry { seeds: vec![1, 2, 3], ..common::usual(ScaleName::Ci, None) };
        let mut results = Vec::new();
        let mut provenance = Vec::new();
        for paper in &papers {
            // Every flip of the small paper: its runs are a few steps long.
            let flips = if paper.id == "hostile" { Flips::All } else { inquiry.flips };
            let inquiry = Inquiry { flips, ..inquiry.clone() };
            results.push(common::verified(paper, &inquiry).expect("the paper is verified"));
            provenance.push(Provenance::of(paper, &inquiry).expect("its runs have addresses"));
        }
        let findings = ctlora::audit::audit_among(&papers.iter().collect::<Vec<_>>(), &shelf);
        let document = Document {
            schema: SCHEMA,
            arguments: ["p87", "it's my paper.toml", "--scale", "ci", "--seeds", "3"].map(str::to_owned).to_vec(),
            scale: inquiry.scale,
            seeds: inquiry.seeds,
            device: "cpu",
            engine: ENGINE,
            plan: PlanSummary::default(),
            timing: None,
            papers: results,
            findings,
            provenance,
        };
        (document, papers)
    })
}

/// The page of the report.
pub fn page() -> &'static str {
    static PAGE: OnceLock<String> = OnceLock::new();
    PAGE.get_or_init(|| ctlora::report::html(&report().0).expect("the page is drawn"))
}

/// The page of a report of nothing.
pub fn empty_page() -> String {
    let document = Document { papers: Vec::new(), findings: Vec::new(), provenance: Vec::new(), ..report().0.clone() };
    ctlora::report::html(&document).expect("the page is drawn")
}
