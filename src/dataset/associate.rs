//! y with each x by itself.

use super::analyse::{Request, Sample};
use super::analysis::{Association, Bounded, Drawn, Omitted, Resampled, RobustLine, Tested};
use super::error::DatasetError;
use crate::seed::stream;
use crate::stats::{
    Correlation, Interval, Kendall, LEVEL, Permuted, Spearman, StatsError, bootstrap, mean, permutation_test,
    power_law, ranks, theil_sen,
};

/// Orders that are drawn where all are too many: a p-value near 0.05 is then known to about 0.003.
const DRAWS: u64 = 4999;
/// Resamples of a bootstrap: its ends are then known to a few percent of its width.
const RESAMPLES: usize = 4999;

pub(super) fn associate(
    file: &str,
    request: &Request<'_>,
    sample: &Sample,
    omitted: &mut Vec<Omitted>,
) -> Result<Vec<Association>, DatasetError> {
    // Columns of the sample: y, then each x, then each given.
    let given: Vec<usize> = (0..request.given.len()).map(|at| 1 + request.x.len() + at).collect();
    let mut associations = Vec::with_capacity(request.x.len());
    for (at, name) in request.x.iter().enumerate() {
        let x = 1 + at;
        let undefined = |error| determined(file, request, &error);
        let pearson = sample.triangle.partial(x, 0, &[]).and_then(correlation).map_err(undefined)?;
        let mut association = Association {
            x: name.clone(),
            pearson,
            partial: None,
            semi_partial: None,
            spearman: None,
            kendall: None,
            theil_sen: None,
            power_law: None,
            pearson_permutation: None,
            spearman_permutation: None,
            pearson_bootstrap: None,
        };
        if !given.is_empty() {
            association.partial = Some(sample.triangle.partial(x, 0, &given).and_then(correlation).map_err(undefined)?);
            association.semi_partial = Some(sample.triangle.semi_partial(x, 0, &given).map_err(undefined)?);
        }
        if let Some(columns) = &sample.columns {
            from_columns(&mut association, &columns[x], &columns[0], request.seed, omitted);
        }
        associations.push(association);
    }
    Ok(associations)
}

/// A partial correlation that the given columns leave undefined, in the words of columns.
fn determined(file: &str, request: &Request<'_>, error: &StatsError) -> DatasetError {
    let names: Vec<String> = [&request.y].into_iter().chain(&request.x).chain(&request.given).cloned().collect();
    let StatsError::Collinear { column } = error else { return DatasetError::undefined(file, &names, error) };
    let others = if *column > request.x.len() { "the other given columns" } else { "the given columns" };
    DatasetError::new(
        format!("{file}: column `{}` is a linear combination of {others}", names[*column]),
        format!("nothing of it is left once {} is held fixed", request.given.join(", ")),
    )
}

fn correlation(of: Correlation) -> Result<Tested, StatsError> {
    Ok(tested(of.r, of.interval(LEVEL)?, of.p_value()?, "Student's t"))
}

fn tested(estimate: f64, interval: Option<Interval>, p_value: f64, p_method: &'static str) -> Tested {
    let (low, high) = (interval.map(|of| of.low), interval.map(|of| of.high));
    Tested { estimate, low, high, p_value, p_method }
}

/// What needs the whole columns. A statistic that they leave undefined is omitted, with the reason.
fn from_columns(association: &mut Association, x: &[f64], y: &[f64], seed: u64, omitted: &mut Vec<Omitted>) {
    let name = association.x.clone();
    let mut kept =
        |what, error: StatsError| omitted.push(Omitted { what, of: Some(name.clone()), why: error.to_string() });
    match spearman(x, y) {
        Ok(estimate) => association.spearman = Some(estimate),
        Err(error) => kept("spearman", error),
    }
    match kendall(x, y) {
        Ok(estimate) => association.kendall = Some(estimate),
        Err(error) => kept("kendall", error),
    }
    match theil_sen(x, y, LEVEL) {
        Ok(line) => {
            let slope = Bounded { estimate: line.slope, low: Some(line.interval.low), high: Some(line.interval.high) };
            association.theil_sen = Some(RobustLine { slope, intercept: line.intercept });
        }
        Err(error) => kept("theil-sen", error),
    }
    match exponent(x, y) {
        Ok(estimate) => association.power_law = Some(estimate),
        Err(error) => kept("power-law", error),
    }
    let label = |what: &str| format!("{what} of {name}");
    match permuted(x, y, seed, &label("permutation")) {
        Ok(drawn) => association.pearson_permutation = Some(drawn),
        Err(error) => kept("permutation", error),
    }
    match permuted(&ranks(x), &ranks(y), seed, &label("rank permutation")) {
        Ok(drawn) => association.spearman_permutation = Some(drawn),
        Err(error) => kept("rank permutation", error),
    }
    match resampled(x, y, seed, &label("bootstrap")) {
        Ok(resampled) => association.pearson_bootstrap = Some(resampled),
        Err(_) => kept_reason(omitted, &association.x),
    }
}

fn kept_reason(omitted: &mut Vec<Omitted>, name: &str) {
    let why = "too few different rows: resamples leave the correlation undefined or unchanged".to_owned();
    omitted.push(Omitted { what: "bootstrap", of: Some(name.to_owned()), why });
}

fn spearman(x: &[f64], y: &[f64]) -> Result<Tested, StatsError> {
    let of = Spearman::of(x, y)?;
    Ok(tested(of.rho(), of.interval(LEVEL)?, of.p_value()?, "Student's t"))
}

fn kendall(x: &[f64], y: &[f64]) -> Result<Tested, StatsError> {
    let of = Kendall::of(x, y)?;
    let method = if of.is_exact() { "exact" } else { "normal" };
    Ok(tested(of.tau, of.interval(LEVEL)?, of.p_value(), method))
}

fn exponent(x: &[f64], y: &[f64]) -> Result<Tested, StatsError> {
    let of = power_law(x, y)?.exponent;
    Ok(tested(of.estimate, Some(of.interval(LEVEL)?), of.p_value()?, "Student's t"))
}

/// Deviations from the mean, whose products a permutation sums.
fn centred(values: &[f64]) -> Result<Vec<f64>, StatsError> {
    let centre = mean(values)?;
    Ok(values.iter().map(|value| value - centre).collect())
}

fn permuted(x: &[f64], y: &[f64], seed: u64, label: &str) -> Result<Drawn, StatsError> {
    // Means and spreads are the same in every order: r is its sum of products up to a factor.
    let (x, y) = (centred(x)?, centred(y)?);
    let products = |order: &[usize]| order.iter().zip(&x).map(|(&at, x)| x * y[at]).sum();
    let Permuted { p_value, tried, error } = permutation_test(x.len(), DRAWS, &mut stream(seed, label), products)?;
    Ok(Drawn {
        p_value,
        exact: error.is_none(),
        tried,
        standard_error: error.map(|of| of.standard_error),
        low: error.map(|of| of.interval.low),
        high: error.map(|of| of.interval.high),
    })
}

fn resampled(x: &[f64], y: &[f64], seed: u64, label: &str) -> Result<Resampled, StatsError> {
    let (x, y) = (centred(x)?, centred(y)?);
    let unit = |values: &[f64]| values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let (x_unit, y_unit) = (unit(&x), unit(&y));
    let r = |rows: &[usize]| {
        let (mut sum_x, mut sum_y, mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &row in rows {
            let (x, y) = (x[row] / x_unit, y[row] / y_unit);
            sum_x += x;
            sum_y += y;
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        let n = rows.len() as f64;
        let (xx, yy) = (xx - sum_x * sum_x / n, yy - sum_y * sum_y / n);
        // The columns are centred: what is left of a resample of one repeated row is rounding.
        let varies = xx > n * f64::EPSILON && yy > n * f64::EPSILON;
        varies.then(|| ((xy - sum_x * sum_y / n) / (xx * yy).sqrt()).clamp(-1.0, 1.0))
    };
    let of = bootstrap(x.len(), RESAMPLES, LEVEL, &mut stream(seed, label), r)?;
    Ok(Resampled {
        low: of.interval.low,
        high: of.interval.high,
        standard_error: of.standard_error,
        resamples: of.resamples,
    })
}
