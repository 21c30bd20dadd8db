//! The report on a terminal: tables as printed beside the measured numbers, then each claim with its evidence.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::document::Document;
use super::terminal::{Setting, Tone, with_spread};
use crate::audit::Severity;
use crate::claim::compact;
use crate::judge::{ClaimResult, Measured, PaperResult, TableResult, Verdict};

/// The whole report.
pub fn render(document: &Document, setting: Setting) -> String {
    let mut out = String::new();
    for paper in &document.papers {
        render_paper(&mut out, paper, setting);
    }
    let matrix = super::flips::matrix(document);
    for line in matrix.lines() {
        out.push_str(&setting.plain(line, INDENT));
    }
    if !matrix.is_empty() {
        out.push('\n');
    }
    for finding in &document.findings {
        let rest = format!(": {} at {}::{}: {}", finding.code, finding.paper, finding.place, finding.message);
        out.push_str(&setting.paragraph(finding.severity.name(), of_severity(finding.severity), &rest, INDENT));
    }
    let seeds: Vec<String> = document.seeds.iter().map(u64::to_string).collect();
    let counts: Vec<String> = document.counts().into_iter().map(|(name, n)| format!("{n} {name}")).collect();
    let last = format!(
        "{} scale, seed{} {}, {}: {}.",
        document.scale,
        if seeds.len() == 1 { "" } else { "s" },
        seeds.join(" "),
        document.device,
        counts.join(", ")
    );
    out.push_str(&setting.plain(&last, INDENT));
    if let Some(timing) = &document.timing {
        let clocks = timing.clocks.iter().filter(|(_, s)| **s >= 0.05).map(|(name, s)| format!("{name} {s:.1}"));
        let mut line = format!("{:.1} s; ", timing.wall_seconds);
        if timing.runs_trained == 0 {
            let _ = write!(line, "all {} runs answered from the store", timing.runs_from_store);
        } else {
            let _ = write!(line, "{} runs now, {} from the store", timing.runs_trained, timing.runs_from_store);
        }
        let clocks: Vec<String> = clocks.collect();
        if !clocks.is_empty() {
            let _ = write!(line, "; seconds over all threads: {}", clocks.join(", "));
        }
        if let Some(bytes) = timing.peak_memory_bytes {
            let _ = write!(line, "; peak memory {:.2} GB", bytes as f64 / 1e9);
        }
        out.push_str(&setting.plain(&line, INDENT));
    }
    if document.judged() == 0 {
        out.push_str("Nothing was judged: this run was a measurement.\n");
    } else if document.differs_from_record() {
        out.push_str("Some verdicts are not the ones that the paper files record.\n");
    }
    out
}

/// Columns that the further lines of a paragraph stand to the right.
const INDENT: usize = 4;

pub(super) const fn of_severity(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning | Severity::Ambiguous => Tone::Mixed,
        Severity::Note => Tone::Faint,
    }
}

const fn of_verdict(verdict: &Verdict) -> Tone {
    match verdict {
        Verdict::Refuted | Verdict::Artifact(_) => Tone::Bad,
        Verdict::HoldsOnlyIf(_) => Tone::Mixed,
        Verdict::InstrumentLimited => Tone::Limited,
        Verdict::Confirmed => Tone::Good,
        Verdict::Inconclusive | Verdict::NotChecked(_) => Tone::Faint,
    }
}

fn render_paper(out: &mut String, paper: &PaperResult, setting: Setting) {
    let width = setting.width;
    out.push_str(&setting.plain(&format!("{}: {}", paper.id, paper.title), INDENT));
    out.push('\n');
    for table in &paper.tables {
        render_table(out, table, setting);
    }
    if !paper.derived.is_empty() {
        out.push_str("Printed numbers that follow from others:\n");
        let mut grid = grid(width, ["printed", "where", "its sources allow", ""]);
        for derived in &paper.derived {
            let (low, high) = derived.interval;
            let verdict = match derived.consistent {
                Some(true) => "follows",
                Some(false) => "DOES NOT FOLLOW",
                None if derived.truncated => "truncated",
                None => "undetermined",
            };
            grid.add_row([
                derived.printed.clone(),
                derived.id.clone(),
                format!("{} .. {}", compact(low), compact(high)),
                verdict.to_owned(),
            ]);
        }
        let _ = writeln!(out, "{grid}\n");
    }
    for claim in &paper.claims {
        render_claim(out, claim, setting);
    }
}

fn grid<const N: usize>(width: u16, header: [&str; N]) -> Table {
    let mut grid = Table::new();
    grid.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    grid.set_header(header);
    grid
}

/// One block of a table for the paper's base, one for each other base that was asked.
fn render_table(out: &mut String, table: &TableResult, setting: Setting) {
    let others: Vec<&'static str> = table.rows.iter().flatten().flat_map(|cell| cell.by_base.keys().copied()).collect();
    let others: std::collections::BTreeSet<_> = others.into_iter().collect();
    let head = format!("Table {}: {}. Printed | measured(sd) | null", table.id, table.says);
    out.push_str(&setting.plain(&head, INDENT));
    let block = |base: Option<&'static str>| {
        let mut grid = grid(setting.width, []);
        let mut header = vec![table.columns[0].clone()];
        header.extend(table.columns[1..].iter().cloned());
        grid.set_header(header);
        for (label, row) in table.labels.iter().zip(&table.rows) {
            let cells = row.iter().map(|cell| {
                let measured = match base {
                    None => cell.measured.as_ref(),
                    Some(base) => cell.by_base.get(base),
                };
                match measured {
                    Some(measured) => format!("{} | {}", cell.printed, beside_null(measured)),
                    None => cell.printed.clone(),
                }
            });
            grid.add_row(std::iter::once(label.clone()).chain(cells));
        }
        for column in grid.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        grid
    };
    let _ = writeln!(out, "{}", block(None));
    for base in others {
        let _ = writeln!(out, "on the {base} base:\n{}", block(Some(base)));
    }
    out.push('\n');
}

/// `0.0312(4) | 0.0310`.
fn beside_null(measured: &Measured) -> String {
    let value = with_spread(measured);
    match measured.null {
        Some(null) => format!("{value} | {}", compact(null)),
        None => value,
    }
}

fn render_claim(out: &mut String, claim: &ClaimResult, setting: Setting) {
    let verdict = match &claim.verdict {
        Verdict::NotChecked(reason) => format!("NOT CHECKED ({reason})"),
        verdict => verdict.to_string().to_uppercase(),
    };
    let rest = format!("  {}: {}", claim.id, claim.says);
    out.push_str(&setting.paragraph(&verdict, of_verdict(&claim.verdict), &rest, INDENT));
    for (base, ruling) in &claim.by_base {
        if ruling.evidence.is_empty() {
            continue;
        }
        let mut line = format!("    {base}: {}: {}", ruling.verdict, ruling.evidence);
        if let Some(statistic) = &ruling.statistic {
            let shown = [("p", statistic.p_value), ("Holm", statistic.p_holm), ("BH", statistic.p_accusation)];
            for (name, p) in shown.into_iter().filter_map(|(name, p)| Some((name, p?))) {
                let _ = write!(line, "; {name} {}", compact(p));
            }
        }
        out.push_str(&setting.plain(&line, 2 * INDENT));
    }
    for flip in claim.flips.iter().filter(|flip| flip.makes.is_some()) {
        out.push_str(&setting.plain(&super::flips::line(flip), 2 * INDENT));
    }
    let seen = claim.by_base.iter().flat_map(|(base, ruling)| ruling.detected.iter().map(move |found| (base, found)));
    for (base, found) in seen {
        let line = format!("    seen on {base}: {} at {}: {}", found.code, found.place, found.message);
        out.push_str(&setting.plain(&line, 2 * INDENT));
    }
    if claim.verdict.is_judged() {
        out.push_str(&setting.plain(&format!("    rule: {}", claim.rule), 2 * INDENT));
        if claim.as_recorded == Some(false) {
            let recorded = format!("    recorded: {} ({})", claim.recorded, claim.because);
            out.push_str(&setting.plain(&recorded, 2 * INDENT));
        } else if !claim.because.is_empty() {
            out.push_str(&setting.plain(&format!("    reading: {}", claim.because), 2 * INDENT));
        }
    }
    out.push('\n');
}
