//! What no model can do: losses, shares and ranks against the sizes that the paper states.

use super::finding::{Finding, Severity};
use super::page::{Site, disjoint, ends, measured, sites, slack};
use crate::claim::{Ends, compact};
use crate::paper::{Derived, Operation, Paper, Place, Sort, Spot};
use crate::question::{Allocation, Average, Condition, Dropout, Head, MatrixKind, Quantity, Question};
use crate::stats::gaussian_effective_rank;

pub(super) fn check(paper: &Paper) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in sites(paper) {
        findings.extend(range(&place));
        findings.extend(rank_bound(&place));
        findings.extend(loss_above_uniform(&place));
        findings.extend(another_shape(&place));
    }
    findings.extend(energy(paper));
    findings.extend(hidden_part(paper));
    findings
}

fn finding(code: &'static str, severity: Severity, place: &Site<'_>, message: String) -> Finding {
    Finding::new(code, severity, &place.paper.id, place.name(), message)
}

/// An error where even a full unit of the last place does not reach the range, a warning where rounding alone does not.
fn outside(printed: Ends, allowed: Ends) -> Option<Severity> {
    if !disjoint(printed, allowed) {
        None
    } else if disjoint(slack(printed), allowed) {
        Some(Severity::Error)
    } else {
        Some(Severity::Warning)
    }
}

fn range(place: &Site<'_>) -> Option<Finding> {
    let quantity = place.question().map(|question| question.quantity);
    let (what, allowed) = match (quantity, place.column.sort) {
        (Some(Quantity::CoreCoverage | Quantity::DiagonalCoverage), _) | (_, Some(Sort::Coverage)) => {
            ("a coverage", (0.0, 1.0))
        }
        (Some(Quantity::MonotoneShare), _) | (_, Some(Sort::Share)) => ("a share", (0.0, 1.0)),
        (Some(Quantity::GradientCosine), _) => ("a cosine", (-1.0, 1.0)),
        (Some(Quantity::Loss), _) | (_, Some(Sort::Loss)) => ("a loss", (0.0, f64::MAX)),
        (Some(Quantity::GradientVariance), _) => ("a variance", (0.0, f64::MAX)),
        _ if is_effective_rank(place) => ("an effective rank", (1.0, f64::MAX)),
        _ => return None,
    };
    let severity = outside(ends(&place.cell.printed), allowed)?;
    let bounds = match allowed {
        (low, f64::MAX) => format!("at least {}", compact(low)),
        (low, high) => format!("between {} and {}", compact(low), compact(high)),
    };
    let message = format!("{} is printed; {what} is {bounds}", place.cell.printed);
    Some(finding("out-of-range", severity, place, message))
}

fn is_effective_rank(place: &Site<'_>) -> bool {
    let measured = place.question().is_some_and(|question| {
        matches!(
            question.quantity,
            Quantity::WeightEffectiveRank | Quantity::GradientEffectiveRank | Quantity::ConstrainedEffectiveRank
        )
    });
    measured || place.column.sort == Some(Sort::EffectiveRank)
}

/// exp of an entropy over r values is at most r: K for a constrained rank, the smaller side of the matrix for any.
fn rank_bound(place: &Site<'_>) -> Option<Finding> {
    let question = place.question().filter(|_| is_effective_rank(place))?;
    let width = place.paper.model.width;
    let constrained = question.quantity == Quantity::ConstrainedEffectiveRank;
    let bound = match &question.condition.allocation {
        Allocation::Uniform if constrained => question.condition.k,
        Allocation::PerLayer(layers) if constrained => {
            layers.as_slice().iter().copied().chain([question.condition.k]).max()?
        }
        _ => width?,
    };
    let severity = outside(ends(&place.cell.printed), (0.0, bound as f64))?;
    let message =
        format!("{} is printed; an effective rank over {bound} directions is at most {bound}", place.cell.printed);
    Some(finding("rank-above-bound", severity, place, message).with("bound", bound))
}

/// A tied head with small weights starts near or below ln V; what a uniform head of its own gives is ln V + 1/6.
fn loss_above_uniform(place: &Site<'_>) -> Option<Finding> {
    let question = place.question().filter(|question| question.quantity == Quantity::Loss)?;
    let uniform = (place.paper.model.vocab? as f64).ln();
    let condition = &question.condition;
    if condition.head != Head::Tied || condition.step != 1 || condition.dropout != Dropout::None {
        return None;
    }
    let severity = outside(ends(&place.cell.printed), (0.0, uniform))?;
    let message = format!(
        "{} nats at step {} with a tied head: guessing evenly over the vocabulary gives ln {} = {}, a head drawn at random ln V + 1/6 = {}; a head that \
         knows the embeddings starts below",
        place.cell.printed,
        question.condition.step,
        place.paper.model.vocab?,
        compact(uniform),
        compact(uniform + 1.0 / 6.0),
    );
    Some(finding("loss-above-uniform", severity, place, message).with("ln_v", uniform))
}

/// Weights drawn at random have the effective rank of their shape: a value that fits another shape betrays a mix-up.
fn another_shape(place: &Site<'_>) -> Option<Finding> {
    let question = place.question().filter(|question| question.quantity == Quantity::WeightEffectiveRank)?;
    let Average::Kind(kind) = question.condition.over else { return None };
    let (vocab, width) = (place.paper.model.vocab?, place.paper.model.width?);
    let value = place.cell.printed.value();
    let null = |kind: MatrixKind| {
        let (rows, cols) = kind.shape(vocab, width);
        gaussian_effective_rank(rows, cols)
    };
    let (own, own_shape) = (null(kind), kind.shape(vocab, width));
    if (value - own).abs() <= spread(own_shape) {
        return None;
    }
    let others = MatrixKind::ALL.into_iter().filter(|other| null(*other) != own);
    let fitting = others.into_iter().find(|&other| (value - null(other)).abs() <= spread(other.shape(vocab, width)))?;
    let (m, n) = fitting.shape(vocab, width);
    let message = format!(
        "{} is printed for {kind}, {} x {}, where a Gaussian matrix has {own:.2}; it is what {m} x {n} has ({:.2}), the shape of {fitting}",
        place.cell.printed,
        own_shape.0,
        own_shape.1,
        null(fitting)
    );
    Some(finding("null-of-another-shape", Severity::Warning, place, message))
}

/// Four standard deviations of one Gaussian matrix: 0.26 for 256 x 256, 0.08 for three times as many rows as columns
/// (science.md, "Theory"). Shapes of one model lie several apart.
const fn spread((rows, cols): (usize, usize)) -> f64 {
    if rows == cols { 4.0 * 0.26 } else { 4.0 * 0.08 }
}

/// Coverage is a ratio of norms; the share of energy is its square.
fn energy(paper: &Paper) -> Vec<Finding> {
    let coverages: Vec<Site<'_>> = measured(paper)
        .filter(|(_, question)| matches!(question.quantity, Quantity::CoreCoverage | Quantity::DiagonalCoverage))
        .map(|(site, _)| site)
        .collect();
    // A number that is itself derived from coverages is one of them.
    let is_coverage = |place: &Place| speaks_of(paper, place, &coverages);
    let of_norms = paper.derived.iter().filter(|derived| {
        !is_squared(derived)
            && is_called_a_share_of_energy(derived)
            && derived.relation.operands.iter().any(|operand| is_coverage(&operand.place))
    });
    of_norms
        .map(|derived| {
            let message = format!(
                "{} is called a share of energy, but {} is a ratio of norms; the share of energy is its square",
                derived.printed, derived.is
            );
            let place = format!("derived {}", derived.id);
            Finding::new("amplitude-as-energy", Severity::Warning, &paper.id, place, message)
        })
        .collect()
}

/// Whether the number at `place` is one of `sites`, or follows from one without being squared on the way.
fn speaks_of(paper: &Paper, place: &Place, sites: &[Site<'_>]) -> bool {
    if sites.iter().any(|site| site.is_at(place, &paper.id)) {
        return true;
    }
    let Spot::Text { id } = &place.spot else { return false };
    // Derived numbers refer to earlier ones only: this comes to an end.
    let of = paper.derived.iter().find(|derived| derived.id == *id && place.paper.is_none());
    of.is_some_and(|derived| {
        let mut operands = derived.relation.operands.iter();
        !is_squared(derived) && operands.any(|operand| speaks_of(paper, &operand.place, sites))
    })
}

/// A power, a root, or a number times itself.
fn is_squared(derived: &Derived) -> bool {
    derived.relation.formula.steps().iter().any(|step| match step.operation {
        Operation::Power | Operation::Sqrt => true,
        Operation::Multiply => step.of.windows(2).all(|pair| pair[0] == pair[1]),
        _ => false,
    })
}

fn is_called_a_share_of_energy(derived: &Derived) -> bool {
    let says = derived.says.to_lowercase();
    says.contains("energy") && ["share", "fraction", "part of", "percentage"].iter().any(|word| says.contains(word))
}

/// A mean over all matrices, the means of every layer and the maximum: the first two fix the value of tok_emb.
fn hidden_part(paper: &Paper) -> Vec<Finding> {
    let Some(layers) = paper.model.layers else { return Vec::new() };
    let mut findings = Vec::new();
    let found = |question: &Question, over: Average| {
        let condition = Condition { over, ..question.condition.clone() };
        let wanted = Question { condition, ..question.clone() };
        measured(paper).find(|(_, other)| **other == wanted).map(|(place, _)| ends(&place.cell.printed))
    };
    for (place, question) in measured(paper).filter(|(_, question)| question.condition.over == Average::All) {
        if !question.quantity.is_per_matrix() {
            continue;
        }
        let per_layer: Option<Vec<Ends>> = (0..layers).map(|layer| found(question, Average::Layer(layer))).collect();
        let Some(per_layer) = per_layer else { continue };
        let kinds = (MatrixKind::ALL.len() - 1) as f64;
        let matrices = 1.0 + kinds * layers as f64;
        let all = ends(&place.cell.printed);
        let blocks = per_layer.iter().fold((0.0, 0.0), |sum, ends| (sum.0 + kinds * ends.0, sum.1 + kinds * ends.1));
        let implied = (matrices * all.0 - blocks.1, matrices * all.1 - blocks.0);
        let largest = found(question, Average::Max);
        let printed = found(question, Average::Kind(MatrixKind::TokEmb));
        let (severity, verdict) = match (printed, largest) {
            (Some(printed), _) if disjoint(implied, slack(printed)) => {
                (Severity::Error, "which is not what is printed for it")
            }
            (Some(_), _) => continue,
            (None, Some(largest)) if implied.0 > slack(largest).1 => (Severity::Error, "more than the printed maximum"),
            (None, Some(largest)) if !disjoint(implied, largest) => {
                (Severity::Note, "which the page does not print; it reaches the printed maximum")
            }
            _ => (Severity::Note, "which the page does not print"),
        };
        let message = format!(
            "{matrices} times {} less {kinds} times the sum of the layers leaves {} .. {} for tok_emb, {verdict}",
            place.cell.printed,
            compact(implied.0),
            compact(implied.1)
        );
        findings.push(finding("average-hides", severity, &place, message));
    }
    findings
}
