//! A paper's table as printed, and below each printed number what the runs give.

use maud::{Markup, html};

use super::difference::Difference;
use super::plot::{Chart, PlotError, by_type, figure, of_table, own_against_haar};
use super::sources::{OfBase, Sources};
use super::words::{anchor, counted, field, scroll_box, unseen};
use crate::claim::compact;
use crate::judge::{CellResult, DerivedResult, TableResult};
use crate::report::terminal::with_spread;

/// The table and its charts.
///
/// # Errors
/// A chart cannot be drawn.
pub fn table(table: &TableResult, sources: Sources<'_>) -> Result<Markup, PlotError> {
    let charts = figures(&of_table(table, sources))?;
    let against = figures(&own_against_haar(table, sources))?;
    let parts = figures(&by_type(table, sources))?;
    let name = anchor(&[sources.paper, "table", &table.id]);
    Ok(html! {
        section class="table" id=(name) {
            h4 { "Table " (table.id) ": " span class="says" { (table.says) } }
            div class="beside" {
                (scroll_box(&format!("Table {}", table.id), grid(table, sources)))
                @if !charts.is_empty() { div class="charts" { @for chart in &charts { (chart) } } }
            }
            @if !against.is_empty() { div class="charts" { @for chart in &against { (chart) } } }
            @if !parts.is_empty() {
                details {
                    summary { "By type of matrix (" (counted(parts.len(), "chart")) ")" }
                    div class="charts" { @for chart in &parts { (chart) } }
                }
            }
        }
    })
}

fn figures(charts: &[Chart]) -> Result<Vec<Markup>, PlotError> {
    charts.iter().map(figure).collect()
}

/// One group of lines for each row: printed, then measured on each base with its null.
fn grid(table: &TableResult, sources: Sources<'_>) -> Markup {
    let bases = sources.bases(table);
    html! {
        table class="numbers" {
            thead { tr {
                th scope="col" { (field(&table.columns[0])) }
                th { span class="hidden" { "which number" } }
                @for column in &table.columns[1..] { th scope="col" { (column) } }
            } }
            @for (row, (label, cells)) in table.labels.iter().zip(&table.rows).enumerate() {
                @let measured: Vec<_> = bases.iter().filter(|base| cells.iter().any(|cell| base.of(cell).is_some())).collect();
                tbody {
                    tr class="printed" {
                        th scope="rowgroup" rowspan=(1 + measured.len()) { (label) }
                        th scope="row" class="which" { "printed" }
                        @for cell in cells {
                            td { (cell.printed) @if let Some(derived) = &cell.derived { " " (follows(derived)) } }
                        }
                    }
                    @for base in measured {
                        tr {
                            th scope="row" class="which" { (base.name()) }
                            @for (column, cell) in cells.iter().enumerate() {
                                td { (number(table, sources, *base, row, column, cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A measured number: how it stands to the printed one, and the way to where it comes from.
fn number(
    table: &TableResult,
    sources: Sources<'_>,
    base: OfBase<'_>,
    row: usize,
    column: usize,
    cell: &CellResult,
) -> Markup {
    let Some(measured) = base.of(cell) else { return Markup::default() };
    let source = sources.cell(&table.id, row, column);
    let shown = with_spread(measured);
    html! {
        @if let Some(difference) = Difference::of(&cell.printed, measured) {
            span class=(difference.class()) title=(difference.means()) {
                span class="sign" { (difference.sign()) (unseen(difference.means())) }
                @match &source { Some((anchor, _)) => a href={ "#" (anchor) } { (shown) }, None => (shown) }
            }
        } @else { (shown) }
        @if let Some(null) = measured.null {
            span class="null" title="null: the same measure through random frames" { "| " (compact(null)) }
        }
    }
}

/// Whether a derived number follows from those beside it.
pub fn follows(derived: &DerivedResult) -> Markup {
    let (low, high) = derived.interval;
    let (class, sign, word) = match derived.consistent {
        Some(true) => ("same", "\u{2713}", "follows"),
        Some(false) => ("far", "\u{2717}", "does not follow"),
        None if derived.truncated => ("near", "\u{2702}", "truncated"),
        None => ("near", "?", "undetermined"),
    };
    let means = format!("{word}: {} allows {} .. {}", derived.is, compact(low), compact(high));
    html! { span class=(class) title=(means) { (sign) (unseen(&means)) } }
}

/// What the signs beside measured numbers mean.
pub fn legend() -> Markup {
    html! {
        p class="legend" {
            "Measured numbers stand below the printed one as mean(sd) | null, the spread over seeds in units of the last digit. "
            @for difference in Difference::ALL {
                span class=(difference.class()) { span class="sign" { (difference.sign()) } " " (difference.means()) } "; "
            }
            "null: the same measure through random frames. In charts a hollow mark is a printed number, a line the measured mean "
            "with a band of one standard deviation, a dashed grey line the null. Every number leads to where it comes from."
        }
    }
}
