//! The analysis of a table on a terminal.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::claim::compact;
use crate::dataset::{Analysis, Association, Drawn, Regression, Tested};

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
            &["", "estimate", "95 % low", "95 % high", "p", ""],
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
    let left_out = regression.terms.iter().any(|term| term.left_out.is_some());
    let mut header = vec!["", "estimate", "std. error", "95 % low", "95 % high", "p"];
    if left_out {
        header.push("with one row left out");
    }
    let terms = regression.terms.iter().map(|term| {
        let numbers = [term.estimate, term.standard_error, term.low, term.high, term.p_value];
        let mut row: Vec<String> = std::iter::once(term.name.clone()).chain(numbers.map(compact)).collect();
        if left_out {
            let range = term.left_out.map(|[low, high]| format!("{} .. {}", compact(low), compact(high)));
            row.push(range.unwrap_or_default());
        }
        row
    });
    push_table(out, &header, terms);
    let _ = writeln!(
        out,
        "R^2 {} (adjusted {}), F p {}, residual sd {} on {} degrees of freedom",
        compact(regression.r_squared),
        compact(regression.adjusted_r_squared),
        compact(regression.f_p_value),
        compact(regression.residual_standard_deviation),
        regression.residual_degrees
    );
    if let (Some(d), Some(r)) = (regression.durbin_watson, regression.residual_autocorrelation) {
        let _ = writeln!(out, "Durbin-Watson {}, autocorrelation of the residuals {}", compact(d), compact(r));
    }
    if let Some(influence) = &regression.influence {
        let _ = writeln!(
            out,
            "Largest leverage {} (line {}), Cook's distance {} (line {}), studentized residual {} (line {})",
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
        "{}; condition {}: the regressors as they are rounded fix about {:.0} digits",
        regression.method,
        compact(regression.condition),
        regression.digits.floor().max(0.0)
    );
}

fn estimates(association: &Association, given: &[String]) -> Vec<Vec<String>> {
    let number = |value: Option<f64>| value.map(compact).unwrap_or_default();
    let tested = |name: String, of: &Tested| {
        let method = of.p_method.to_owned();
        vec![name, compact(of.estimate), number(of.low), number(of.high), compact(of.p_value), method]
    };
    let mut rows = vec![tested("Pearson r".to_owned(), &association.pearson)];
    if let Some(of) = &association.pearson_bootstrap {
        let method = format!("BCa, {} resamples", of.resamples);
        rows.push(vec![
            "  bootstrap".to_owned(),
            String::new(),
            compact(of.low),
            compact(of.high),
            String::new(),
            method,
        ]);
    }
    let permutation = |of: &Drawn| {
        let method = match of.standard_error {
            None => format!("all {} orders", of.tried),
            Some(error) => format!("+- {} of {} drawn orders", compact(error), of.tried),
        };
        let blank = String::new;
        vec!["  permutation".to_owned(), blank(), blank(), blank(), compact(of.p_value), method]
    };
    rows.extend(association.pearson_permutation.iter().map(permutation));
    rows.extend(association.partial.iter().map(|of| tested(format!("r given {}", given.join(", ")), of)));
    if let Some(estimate) = association.semi_partial {
        let blank = String::new;
        rows.push(vec!["semi-partial r".to_owned(), compact(estimate), blank(), blank(), blank(), blank()]);
    }
    rows.extend(association.spearman.iter().map(|of| tested("Spearman rho".to_owned(), of)));
    rows.extend(association.spearman_permutation.iter().map(permutation));
    rows.extend(association.kendall.iter().map(|of| tested("Kendall tau-b".to_owned(), of)));
    if let Some(line) = &association.theil_sen {
        let slope = &line.slope;
        let (name, blank) = ("Theil-Sen slope".to_owned(), String::new);
        rows.push(vec![name, compact(slope.estimate), number(slope.low), number(slope.high), blank(), blank()]);
    }
    rows.extend(association.power_law.iter().map(|of| tested("power-law exponent".to_owned(), of)));
    rows
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
