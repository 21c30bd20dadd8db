//! The report on a terminal: tables as printed beside the measured numbers, then each claim with its evidence.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::document::Document;
use crate::claim::compact;
use crate::judge::{ClaimResult, Measured, PaperResult, TableResult, Verdict};

/// The whole report, no line wider than `width` columns where the tables allow it.
pub fn render(document: &Document, width: u16) -> String {
    let mut out = String::new();
    for paper in &document.papers {
        render_paper(&mut out, paper, width);
    }
    let matrix = super::flips::matrix(document);
    if !matrix.is_empty() {
        let _ = writeln!(out, "{matrix}");
    }
    for finding in &document.findings {
        let _ = writeln!(
            out,
            "{}: {} at {}::{}: {}",
            finding.severity.name(),
            finding.code,
            finding.paper,
            finding.place,
            finding.message
        );
    }
    let seeds: Vec<String> = document.seeds.iter().map(u64::to_string).collect();
    let counts: Vec<String> = document.counts().into_iter().map(|(name, n)| format!("{n} {name}")).collect();
    let _ = writeln!(
        out,
        "{} scale, seed{} {}, {}: {}.",
        document.scale,
        if seeds.len() == 1 { "" } else { "s" },
        seeds.join(" "),
        document.device,
        counts.join(", ")
    );
    if let Some(timing) = &document.timing {
        let clocks = timing.clocks.iter().filter(|(_, s)| **s >= 0.05).map(|(name, s)| format!("{name} {s:.1}"));
        let _ = write!(out, "{:.1} s; ", timing.wall_seconds);
        if timing.runs_trained == 0 {
            let _ = write!(out, "all {} runs answered from the store", timing.runs_from_store);
        } else {
            let _ = write!(out, "{} runs now, {} from the store", timing.runs_trained, timing.runs_from_store);
        }
        let clocks: Vec<String> = clocks.collect();
        if !clocks.is_empty() {
            let _ = write!(out, "; seconds over all threads: {}", clocks.join(", "));
        }
        if let Some(bytes) = timing.peak_memory_bytes {
            let _ = write!(out, "; peak memory {:.2} GB", bytes as f64 / 1e9);
        }
        out.push('\n');
    }
    if document.judged() == 0 {
        out.push_str("Nothing was judged: this run was a measurement.\n");
    } else if document.differs_from_record() {
        out.push_str("Some verdicts are not the ones that the paper files record.\n");
    }
    out
}

fn render_paper(out: &mut String, paper: &PaperResult, width: u16) {
    let _ = writeln!(out, "{}: {}\n", paper.id, paper.title);
    for table in &paper.tables {
        render_table(out, table, width);
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
        render_claim(out, claim);
    }
}

fn grid<const N: usize>(width: u16, header: [&str; N]) -> Table {
    let mut grid = Table::new();
    grid.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    grid.set_header(header);
    grid
}

/// One block of a table for the paper's base, one for each other base that was asked.
fn render_table(out: &mut String, table: &TableResult, width: u16) {
    let others: Vec<&'static str> = table.rows.iter().flatten().flat_map(|cell| cell.by_base.keys().copied()).collect();
    let others: std::collections::BTreeSet<_> = others.into_iter().collect();
    let _ = writeln!(out, "Table {}: {}. Printed | measured(sd) | null", table.id, table.says);
    let block = |base: Option<&'static str>| {
        let mut grid = grid(width, []);
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
                    Some(measured) => format!("{} | {}", cell.printed, with_spread(measured)),
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

/// `0.0312(4) | 0.0310`: the spread counts units of the last digit shown.
fn with_spread(measured: &Measured) -> String {
    let value = match measured.sd {
        Some(sd) if sd > 0.0 && sd.is_finite() => {
            let digits = (-sd.log10().floor()).clamp(0.0, 9.0);
            let units = (sd * 10f64.powf(digits)).round();
            format!("{:.*}({units:.0})", digits as usize, measured.mean)
        }
        _ => compact(measured.mean),
    };
    match measured.null {
        Some(null) => format!("{value} | {}", compact(null)),
        None => value,
    }
}

fn render_claim(out: &mut String, claim: &ClaimResult) {
    let verdict = match &claim.verdict {
        Verdict::NotChecked(reason) => format!("NOT CHECKED ({reason})"),
        verdict => verdict.to_string().to_uppercase(),
    };
    let _ = writeln!(out, "{verdict}  {}: {}", claim.id, claim.says);
    for (base, ruling) in &claim.by_base {
        if ruling.evidence.is_empty() {
            continue;
        }
        let _ = write!(out, "    {base}: {}: {}", ruling.verdict, ruling.evidence);
        if let Some(statistic) = &ruling.statistic {
            let shown = [("p", statistic.p_value), ("Holm", statistic.p_holm), ("BH", statistic.p_accusation)];
            for (name, p) in shown.into_iter().filter_map(|(name, p)| Some((name, p?))) {
                let _ = write!(out, "; {name} {}", compact(p));
            }
        }
        out.push('\n');
    }
    if claim.verdict.is_judged() {
        let _ = writeln!(out, "    rule: {}", claim.rule);
        if claim.as_recorded == Some(false) {
            let _ = writeln!(out, "    recorded: {} ({})", claim.recorded, claim.because);
        } else if !claim.because.is_empty() {
            let _ = writeln!(out, "    reading: {}", claim.because);
        }
    }
    out.push('\n');
}
