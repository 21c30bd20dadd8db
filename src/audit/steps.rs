//! Numbers of steps against tables: what a sentence or a stated number says of the length of runs, what the tables print,
//! and what claims ask beyond it.

use super::finding::{Finding, Severity};
use super::page::{Site, measured, run_of, sites};
use super::words::{is_of_no_run, steps};
use crate::paper::{Claim, Paper, Printed, Sort, Stated, Table};
use crate::question::{Quantity, Question, Side};

const CODE: &str = "steps-against-table";

pub(super) fn check(paper: &Paper) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in &paper.tables {
        findings.extend(table_against_its_words(paper, table));
        findings.extend(cells_beyond_their_row(paper, table));
    }
    for stated in &paper.stated {
        findings.extend(tables_beyond_stated(paper, stated));
    }
    for claim in &paper.claims {
        let found = claim_against_its_words(paper, claim).or_else(|| claim_beyond_stated(paper, claim));
        findings.extend(found.or_else(|| claim_beyond_tables(paper, claim)));
    }
    findings
}

/// A step that a table prints, and where.
struct Printing {
    step: usize,
    /// True for the losses before an update: one update fewer is behind them.
    before: bool,
    place: String,
}

/// Every step that the table's cells were measured at, its keys and its columns of steps name.
fn printed_steps<'p>(paper: &'p Paper, table: &'p Table) -> Vec<Printing> {
    let own = || sites(paper).filter(|site| site.table.id == table.id);
    let measured = own().filter_map(|site| {
        let condition = &site.question()?.condition;
        Some(Printing { step: condition.step, before: condition.side == Side::Before, place: site.name() })
    });
    let columns = own()
        .filter(|site| site.column.sort == Some(Sort::Steps))
        .filter_map(|site| Some(Printing { step: whole(&site.cell.printed)?, before: false, place: site.name() }));
    let keys = table.rows.iter().filter(|_| table.row_axis == "step").filter_map(|row| {
        let step = whole(&Printed::parse(&row.label).ok()?)?;
        Some(Printing { step, before: false, place: format!("table {}, row {}", table.id, row.label) })
    });
    measured.chain(columns).chain(keys).collect()
}

/// A number of steps; `None` for what is no whole number.
fn whole(printed: &Printed) -> Option<usize> {
    let value = printed.value();
    // Steps are far below 2^53: the cast is exact.
    (value >= 1.0 && value == value.trunc() && value < 1e15).then_some(value as usize)
}

/// "Loss after 40 steps" over a table without step 40, or with cells beyond it. Ambiguous: words can mean other steps.
fn table_against_its_words(paper: &Paper, table: &Table) -> Option<Finding> {
    let said = steps(&table.says);
    let longest = said.iter().map(|said| said.count).max()?;
    let printed = printed_steps(paper, table);
    let place = || format!("table {}", table.id);
    // The loss before update t + 1 is that after step t.
    let beyond =
        printed.iter().filter(|at| at.step > longest.saturating_add(usize::from(at.before))).max_by_key(|at| at.step);
    if let Some(beyond) = beyond {
        let message = format!(
            "{} is at step {}, beyond the {longest} steps that the table is said to be about: {}",
            beyond.place, beyond.step, table.says
        );
        return Some(Finding::new(CODE, Severity::Ambiguous, &paper.id, place(), message).with("step", beyond.step));
    }
    let missing =
        said.iter().find(|said| said.after && !printed.is_empty() && !printed.iter().any(|at| at.is(said.count)))?;
    let message = format!(
        "no cell is at step {}, though the table is said to be after so many steps: {}",
        missing.count, table.says
    );
    Some(Finding::new(CODE, Severity::Ambiguous, &paper.id, place(), message).with("step", missing.count))
}

impl Printing {
    fn is(&self, steps: usize) -> bool {
        self.step == steps || (self.before && self.step == steps.saturating_add(1))
    }
}

/// A cell read at a step that its own row's run does not reach.
fn cells_beyond_their_row(paper: &Paper, table: &Table) -> Option<Finding> {
    let column = table.columns.iter().position(|column| column.sort == Some(Sort::Steps))?;
    let beyond = |site: &Site<'_>| {
        let condition = &site.question()?.condition;
        let steps = whole(&site.row.cells.get(column)?.printed)?;
        (condition.step > steps.saturating_add(usize::from(condition.side == Side::Before)))
            .then_some((condition.step, steps))
    };
    let of_table = sites(paper).filter(|site| site.table.id == table.id);
    let (site, (step, steps)) = of_table.filter_map(|site| Some((site, beyond(&site)?))).next()?;
    let message = format!("it is at step {step}, but its row prints {steps} steps");
    Some(Finding::new(CODE, Severity::Error, &paper.id, site.name(), message).with("step", step))
}

/// Words by which a stated number says how long every run of the paper is.
const OF_EVERY_RUN: [&str; 8] = [
    "steps of every",
    "steps of each",
    "steps of all",
    "steps in every",
    "steps in each",
    "steps in all",
    "total number of steps",
    "total steps",
];

/// How long every run of the paper is said to be.
fn length_of_runs(stated: &Stated) -> Option<usize> {
    let says = stated.says.to_lowercase();
    let of_every_run = OF_EVERY_RUN.iter().any(|words| says.contains(words)) && !is_of_no_run(&says);
    of_every_run.then(|| whole(&stated.printed)).flatten()
}

fn tables_beyond_stated(paper: &Paper, stated: &Stated) -> Vec<Finding> {
    let Some(length) = length_of_runs(stated) else { return Vec::new() };
    let beyond = |table: &Table| {
        let printed = printed_steps(paper, table);
        let longest = printed.into_iter().filter(|at| at.step > length.saturating_add(usize::from(at.before)));
        let longest = longest.max_by_key(|at| at.step)?;
        let message = format!(
            "{} is at step {}; stated {} says {}: {}",
            longest.place, longest.step, stated.id, stated.printed, stated.says
        );
        let place = format!("table {}", table.id);
        Some(Finding::new(CODE, Severity::Error, &paper.id, place, message).with("step", longest.step))
    };
    paper.tables.iter().filter_map(beyond).collect()
}

/// "After 40 steps", asked at other steps only. Ambiguous: words can mean other steps.
fn claim_against_its_words(paper: &Paper, claim: &Claim) -> Option<Finding> {
    let is_asked = |steps: usize| {
        claim.questions.iter().any(|question| {
            let condition = &question.condition;
            condition.step == steps || (condition.side == Side::Before && condition.step == steps.saturating_add(1))
        })
    };
    let missing = steps(&claim.says).into_iter().find(|said| said.after && !is_asked(said.count))?;
    let message = format!("no point is at step {}: {}", missing.count, claim.says);
    let place = format!("claim {}", claim.id);
    Some(Finding::new(CODE, Severity::Ambiguous, &paper.id, place, message).with("step", missing.count))
}

fn last_step(claim: &Claim) -> Option<&Question> {
    claim.questions.iter().max_by_key(|question| question.condition.step)
}

fn claim_beyond_stated(paper: &Paper, claim: &Claim) -> Option<Finding> {
    let (stated, length) = paper.stated.iter().find_map(|stated| Some((stated, length_of_runs(stated)?)))?;
    let condition = &last_step(claim)?.condition;
    if condition.step <= length.saturating_add(usize::from(condition.side == Side::Before)) {
        return None;
    }
    let message =
        format!("it speaks of step {}; stated {} says {}: {}", condition.step, stated.id, stated.printed, stated.says);
    let place = format!("claim {}", claim.id);
    Some(Finding::new(CODE, Severity::Error, &paper.id, place, message).with("step", condition.step))
}

/// A claim about steps of a run that the tables print up to an earlier step, and nothing on the page is that late: the page
/// cannot bear it out. Where the sentence itself does not speak of steps, they are only those at which it is asked.
fn claim_beyond_tables(paper: &Paper, claim: &Claim) -> Option<Finding> {
    let asked = last_step(claim)?;
    let last_printed = paper.tables.iter().flat_map(|table| printed_steps(paper, table)).map(|at| at.step).max()?;
    if asked.condition.step <= last_printed {
        return None;
    }
    let same_run = measured(paper).filter(|(_, printed)| is_same_run(printed, asked)).map(|(site, _)| site);
    let step = |site: &Site<'_>| site.question().map_or(0, |question| question.condition.step);
    // The first cell of the last step.
    let last = same_run.reduce(|last, site| if step(&site) > step(&last) { site } else { last })?;
    let message = format!(
        "it speaks of step {} of a run that the page prints up to step {} ({}); no table is that late",
        asked.condition.step,
        step(&last),
        last.name()
    );
    let place = format!("claim {}", claim.id);
    let says = claim.says.to_lowercase();
    let is_said = ["step", "budget"].iter().any(|word| says.contains(word));
    let severity = if is_said { Severity::Warning } else { Severity::Note };
    let finding = Finding::new(CODE, severity, &paper.id, place, message);
    Some(finding.with("step", asked.condition.step).with("printed_up_to", step(&last)))
}

/// Whether both speak of the losses of one trajectory. A rank or a coverage at the first step is no run that ended there.
fn is_same_run(a: &Question, b: &Question) -> bool {
    let of_training = |question: &Question| question.quantity.is_loss() || question.quantity == Quantity::MonotoneShare;
    of_training(a) && of_training(b) && run_of(a) == run_of(b)
}
