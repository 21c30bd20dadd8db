//! The analysis of a table on a terminal.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::claim::compact;
use crate::dataset::{Analysis, Association, Drawn, Regression, Resampled, RobustLine, Tested};

/// Rows, regression, then y with each x, then what was left out and why.
pub fn render(analysis: &Analysis) -> String {
    let mut out = String::new();
    let rows = analysis.rows;
    let _ = write!(out, "{}: {} rows used of {}", analysis.file, rows.used, rows.read);
    if rows.missing > 0 {
        let _ = write!(out, "; {} without a value in a chosen column", rows.missing);
    }
    if rows.duplicated > 0 {
        let _ = write!(out, "; {} repeat an earlier row, and count as evidence of their own", rows.duplicated);
    }
    out.push_str("\n\n");
    let columns = analysis.columns.iter().map(|column| {
        let numbers = [column.mean, column.standard_deviation, column.minimum, column.maximum];
        std::iter::once(column.name.clone()).chain(numbers.map(compact)).collect()
    });
    push_table(&mut out, &["column", "mean", "sd", "smallest", "largest"], columns);

    let _ = writeln!(out, "\n{} on {}", analysis.y, analysis.x.join(", "));
    regression(&mut out, &analysis.regression);
    for association in &analysis.associations {
        let _ = writeln!(out, "\n{} with {}", analysis.y, association.x);
        push_table(
            &mut out,
            &["", "estimate", "std. error", "95 % low", "95 % high", "p", ""],
            estimates(association, &analysis.given).into_iter(),
        );
    }
    if !analysis.omitted.is_empty() {
        out.push_str("\nLeft out\n");
    }
    for omitted in &analysis.omitted {
        let of = omitted.of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
        let _ = writeln!(out, "  {}{of}: {}", omitted.what, omitted.why);
    }
    out
}

fn regression(out: &mut String, regression: &Regression) {
    let header = ["", "estimate", "std. error", "95 % low", "95 % high", "p", ""];
    let mut terms = Vec::new();
    for term in &regression.terms {
        let numbers = [term.estimate, term.standard_error, term.low, term.high].map(compact);
        let left_out = term.left_out.map(|[low, high]| format!("{} .. {} without a row", compact(low), compact(high)));
        terms.push(row(&term.name, numbers, probability(term.p_value), left_out.unwrap_or_default()));
        terms.extend(term.bootstrap.iter().map(bootstrapped));
        terms.extend(term.permutation.iter().map(permuted));
    }
    push_table(out, &header, terms.into_iter());
    let _ = writeln!(
        out,
        "R^2 {} (adjusted {}), F p {}, residual sd {} on {} degrees of freedom",
        compact(regression.r_squared),
        compact(regression.adjusted_r_squared),
        probability(regression.f_p_value),
        compact(regression.residual_standard_deviation),
        regression.residual_degrees
    );
    if let (Some(d), Some(r)) = (regression.durbin_watson, regression.residual_autocorrelation) {
        let _ = writeln!(out, "Durbin-Watson {}, autocorrelation of the residuals {}", compact(d), compact(r));
    }
    if let Some(influence) = &regression.influence {
        let _ = writeln!(
            out,
            "Largest leverage {} (line {}), Cook's distance {} (line {}),\n  studentized residual {} (line {})",
            compact(influence.largest_leverage),
            influence.leverage_line,
            compact(influence.largest_cooks_distance),
            influence.cooks_line,
            compact(influence.largest_studentized),
            influence.studentized_line
        );
    }
    let _ = writeln!(
        out,
        "{}; condition {}: the columns, rounded to 64 bits, fix about {:.0} digits",
        regression.method,
        compact(regression.condition),
        regression.digits.floor().max(0.0)
    );
}

fn estimates(association: &Association, given: &[String]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    push_tested(&mut rows, "Pearson r", &association.pearson);
    let given = given.join(", ");
    for (name, of) in [
        (format!("r given {given}"), &association.partial),
        (format!("semi-partial, given {given}"), &association.semi_partial),
        ("Spearman rho".to_owned(), &association.spearman),
        ("Kendall tau-b".to_owned(), &association.kendall),
    ] {
        of.iter().for_each(|of| push_tested(&mut rows, &name, of));
    }
    if let Some(RobustLine { slope, .. }) = &association.theil_sen {
        let numbers = [slope.estimate, slope.standard_error, slope.low, slope.high].map(compact);
        rows.push(row("Theil-Sen slope", numbers, String::new(), "Sen".to_owned()));
        rows.extend(slope.bootstrap.iter().map(bootstrapped));
    }
    association.power_law.iter().for_each(|of| push_tested(&mut rows, "power-law exponent", of));
    rows
}

/// The estimate, then what resampling says of it.
fn push_tested(rows: &mut Vec<Vec<String>>, name: &str, of: &Tested) {
    let number = |value: Option<f64>| value.map(compact).unwrap_or_default();
    let numbers = [compact(of.estimate), number(of.standard_error), number(of.low), number(of.high)];
    rows.push(row(name, numbers, probability(of.p_value), of.p_method.to_owned()));
    rows.extend(of.bootstrap.iter().map(bootstrapped));
    rows.extend(of.permutation.iter().map(permuted));
}

fn bootstrapped(of: &Resampled) -> Vec<String> {
    let numbers = [String::new(), compact(of.standard_error), compact(of.low), compact(of.high)];
    row("  bootstrap", numbers, String::new(), format!("BCa, {} resamples", of.resamples))
}

fn permuted(of: &Drawn) -> Vec<String> {
    let method = match of.standard_error {
        None if of.exact => format!("all {} orders", of.tried),
        None => format!("all {} orders of residuals", of.tried),
        Some(error) => format!("+- {} of {} orders", compact(error), of.tried),
    };
    row("  permutation", [(); 4].map(|()| String::new()), probability(of.p_value), method)
}

/// A p-value; one that 64 bits do not hold is none that is 0.
fn probability(p: f64) -> String {
    if p == 0.0 { "< 1e-300".to_owned() } else { compact(p) }
}

fn row(name: &str, numbers: [String; 4], p_value: String, method: String) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(numbers).chain([p_value, method]).collect()
}

fn push_table(out: &mut String, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // Only the last column is words, where it has no number to align.
    if header.last() == Some(&"")
        && let Some(column) = table.column_mut(header.len() - 1)
    {
        column.set_cell_alignment(CellAlignment::Left);
    }
    let _ = writeln!(out, "{}", table.trim_fmt());
}
