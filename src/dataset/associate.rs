//! y with each x by itself.

use super::analyse::{Request, Sample, Whole};
use super::analysis::{Association, Bounded, Drawn, Omitted, RobustLine, Tested};
use super::error::DatasetError;
use super::resample::{DRAWS, Draws};
use crate::stats::{
    Correlation, Interval, Kendall, LEVEL, RankCodes, Resampler, SemiPartial, SlopeResampler, Spearman, StatsError,
    TauResampler, kendall_permutation_test, partial_permutation_test, power_law, ranks, theil_sen,
};

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
        let mut association = Association {
            x: name.clone(),
            pearson: sample.triangle.partial(x, 0, &[]).and_then(correlation).map_err(undefined)?,
            partial: None,
            semi_partial: None,
            spearman: None,
            kendall: None,
            theil_sen: None,
            power_law: None,
        };
        if !given.is_empty() {
            let partial = sample.triangle.partial(x, 0, &given).and_then(correlation).map_err(undefined)?;
            let semi_partial = sample.triangle.semi_partial(x, 0, &given);
            let semi_partial = semi_partial.and_then(|of| from_partial(of, partial.p_value)).map_err(undefined)?;
            (association.partial, association.semi_partial) = (Some(partial), Some(semi_partial));
        }
        if let Some(whole) = &sample.whole {
            let mut draws = Draws { seed: request.seed, of: name, omitted };
            from_columns(&mut association, whole, x, &mut draws);
            resample(&mut association, whole, x, &given, &mut draws);
            say_what_has_no_interval(&association, &mut draws);
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
    Ok(tested(of.r, of.standard_error(), of.interval(LEVEL)?, of.p_value()?, "Student's t"))
}

/// It is 0 where the partial correlation is: one test serves for both.
fn from_partial(of: SemiPartial, p_value: f64) -> Result<Tested, StatsError> {
    Ok(tested(of.r, of.standard_error(), of.interval(LEVEL)?, p_value, "t of the partial r"))
}

const fn tested(
    estimate: f64,
    standard_error: Option<f64>,
    interval: Option<Interval>,
    p_value: f64,
    p_method: &'static str,
) -> Tested {
    let (low, high) = match interval {
        Some(Interval { low, high }) => (Some(low), Some(high)),
        None => (None, None),
    };
    Tested { estimate, standard_error, low, high, p_value, p_method, permutation: None, bootstrap: None }
}

/// What needs the whole columns. A statistic that they leave undefined is omitted, with the reason.
fn from_columns(association: &mut Association, whole: &Whole, x: usize, draws: &mut Draws<'_>) {
    let (x, y) = (&whole.columns[x], &whole.columns[0]);
    match spearman(x, y) {
        Ok(estimate) => association.spearman = Some(estimate),
        Err(error) => draws.leave_out("spearman", error.to_string()),
    }
    match kendall(x, y) {
        Ok(estimate) => association.kendall = Some(estimate),
        Err(error) => draws.leave_out("kendall", error.to_string()),
    }
    match theil_sen(x, y, LEVEL) {
        Ok(line) => {
            let slope = Bounded {
                estimate: line.slope,
                standard_error: line.standard_error,
                low: line.interval.low,
                high: line.interval.high,
                bootstrap: None,
            };
            association.theil_sen = Some(RobustLine { slope, intercept: line.intercept });
        }
        Err(error) => draws.leave_out("theil-sen", error.to_string()),
    }
    match exponent(x, y) {
        Ok(estimate) => association.power_law = Some(estimate),
        Err(error) => draws.leave_out("power-law", error.to_string()),
    }
}

fn spearman(x: &[f64], y: &[f64]) -> Result<Tested, StatsError> {
    let of = Spearman::of(x, y)?;
    Ok(tested(of.rho(), of.standard_error(), of.interval(LEVEL)?, of.p_value()?, "Student's t"))
}

fn kendall(x: &[f64], y: &[f64]) -> Result<Tested, StatsError> {
    let of = Kendall::of(x, y)?;
    let method = if of.is_exact() { "exact" } else { "normal" };
    Ok(tested(of.tau, of.standard_error(), of.interval(LEVEL)?, of.p_value(), method))
}

fn exponent(x: &[f64], y: &[f64]) -> Result<Tested, StatsError> {
    let of = power_law(x, y)?.exponent;
    Ok(tested(of.estimate, Some(of.standard_error), Some(of.interval(LEVEL)?), of.p_value()?, "Student's t"))
}

/// Why a correlation stands without standard error and interval.
fn say_what_has_no_interval(association: &Association, draws: &mut Draws<'_>) {
    for (what, of) in [
        ("pearson interval", Some(&association.pearson)),
        ("partial interval", association.partial.as_ref()),
        ("semi-partial interval", association.semi_partial.as_ref()),
        ("spearman interval", association.spearman.as_ref()),
        ("kendall interval", association.kendall.as_ref()),
    ] {
        let Some(Tested { estimate, standard_error: None, .. }) = of else { continue };
        let why = if estimate.abs() == 1.0 {
            "a perfect order has no spread to judge by; its p-value is exact where rows are few"
        } else {
            "too few rows: Fisher's z has no variance"
        };
        draws.leave_out(what, why.to_owned());
    }
}

/// Laws of many rows say little of the ranks of a few: where all orders were tried, their p is the statistic's.
const fn exact_where_it_is(of: &mut Tested) {
    if let Some(Drawn { p_value, exact: true, .. }) = of.permutation {
        (of.p_value, of.p_method) = (p_value, "exact");
    }
}

/// Permutation p-values and bootstrap intervals.
fn resample(association: &mut Association, whole: &Whole, x: usize, given: &[usize], draws: &mut Draws<'_>) {
    let columns = &whole.columns;
    let (of_x, of_y, rows) = (&columns[x], &columns[0], columns[0].len());
    let partial = |resample: &[usize], held: &[usize]| {
        whole.resampler.as_ref()?.triangle(resample).partial(x, 0, held).ok().map(|of| of.r)
    };

    let pearson_r = &mut association.pearson;
    pearson_r.permutation =
        draws.permuted("pearson permutation", true, |random| partial_permutation_test(of_x, of_y, &[], DRAWS, random));
    pearson_r.bootstrap = draws.resampled("pearson bootstrap", rows, |resample| partial(resample, &[]));

    if let Some(of) = &mut association.partial {
        let held: Vec<&[f64]> = given.iter().map(|&at| columns[at].as_slice()).collect();
        of.permutation = draws.permuted("partial permutation", false, |random| {
            partial_permutation_test(of_x, of_y, &held, DRAWS, random)
        });
        of.bootstrap = draws.resampled("partial bootstrap", rows, |resample| partial(resample, given));
    }
    if let Some(of) = &mut association.semi_partial {
        of.bootstrap = draws.resampled("semi-partial bootstrap", rows, |resample| {
            whole.resampler.as_ref()?.triangle(resample).semi_partial(x, 0, given).ok().map(|of| of.r)
        });
    }
    if let Some(of) = &mut association.spearman {
        of.permutation = draws.permuted("spearman permutation", true, |random| {
            partial_permutation_test(&ranks(of_x), &ranks(of_y), &[], DRAWS, random)
        });
        exact_where_it_is(of);
        let (x_codes, y_codes) = (RankCodes::of(of_x), RankCodes::of(of_y));
        of.bootstrap = draws.resampled("spearman bootstrap", rows, |resample| {
            Spearman::of_ranks(&x_codes.ranks(resample), &y_codes.ranks(resample)).ok().map(|of| of.rho())
        });
    }
    if let Some(of) = &mut association.kendall {
        of.permutation =
            draws.permuted("kendall permutation", true, |random| kendall_permutation_test(of_x, of_y, DRAWS, random));
        exact_where_it_is(of);
        of.bootstrap = TauResampler::new(of_x, of_y)
            .ok()
            .and_then(|resampler| draws.resampled("kendall bootstrap", rows, |resample| resampler.tau(resample)));
    }
    if let Some(RobustLine { slope, .. }) = &mut association.theil_sen {
        match SlopeResampler::new(of_x, of_y) {
            Ok(resampler) => {
                slope.bootstrap = draws.resampled("theil-sen bootstrap", rows, |resample| resampler.slope(resample));
            }
            Err(error) => draws.leave_out("theil-sen bootstrap", error.to_string()),
        }
    }
    if let Some(of) = &mut association.power_law {
        let logarithms = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<_>>();
        let (ln_x, ln_y) = (logarithms(of_x), logarithms(of_y));
        of.permutation = draws.permuted("power-law permutation", true, |random| {
            partial_permutation_test(&ln_x, &ln_y, &[], DRAWS, random)
        });
        if let Ok(resampler) = Resampler::new(&[&ln_y, &ln_x]) {
            of.bootstrap = draws.resampled("power-law bootstrap", rows, |resample| {
                let fit = resampler.triangle(resample).fit(&[1], 0, true).ok()?;
                Some(fit.coefficients[1].estimate)
            });
        }
    }
}
