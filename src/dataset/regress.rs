//! y on all x at once.

use super::analyse::{Request, Sample, Whole};
use super::analysis::{Influence, Omitted, Regression, Term};
use super::error::DatasetError;
use super::resample::{DRAWS, Draws};
use crate::stats::{
    Design, Fit, LEVEL, LeftOut, StatsError, autocorrelation, durbin_watson, least_squares, leave_one_out,
    partial_permutation_test,
};

pub(super) fn regress(
    file: &str,
    request: &Request<'_>,
    sample: &Sample,
    omitted: &mut Vec<Omitted>,
) -> Result<Regression, DatasetError> {
    let intercept = request.intercept.then(|| "(intercept)".to_owned());
    let names: Vec<String> = intercept.into_iter().chain(request.x.iter().cloned()).collect();
    let undefined = |error: StatsError| DatasetError::undefined(file, &names, &error);
    let Some(held) = &sample.whole else {
        let x: Vec<usize> = (1..=request.x.len()).collect();
        let fit = sample.triangle.fit(&x, 0, request.intercept).map_err(undefined)?;
        return of_fit(&fit, &names, "QR, block by block").map_err(undefined);
    };
    let x: Vec<&[f64]> = held.columns[1..=request.x.len()].iter().map(Vec::as_slice).collect();
    let design = Design::linear(&x, request.intercept).map_err(undefined)?;
    let whole = least_squares(design, &held.columns[0]).map_err(undefined)?;
    let mut regression = of_fit(&whole.fit, &names, "QR, refined in double-double").map_err(undefined)?;
    regression.durbin_watson = durbin_watson(&whole.residuals);
    regression.residual_autocorrelation = autocorrelation(&whole.residuals).ok();
    match leave_one_out(&whole) {
        Ok(rows) => {
            for (at, term) in regression.terms.iter_mut().enumerate() {
                term.left_out = range(&rows, at);
            }
            regression.influence = influence(&rows, &held.lines);
        }
        Err(error) => omitted.push(Omitted { what: "influence", of: None, why: error.to_string() }),
    }
    for at in 0..regression.terms.len() {
        resample(&mut regression, at, request, held, omitted);
    }
    Ok(regression)
}

/// Permutation p-value and bootstrap interval of term `at`.
fn resample(regression: &mut Regression, at: usize, request: &Request<'_>, held: &Whole, omitted: &mut Vec<Omitted>) {
    let columns = &held.columns;
    let all: Vec<usize> = (1..=request.x.len()).collect();
    let term = &mut regression.terms[at];
    let mut draws = Draws { seed: request.seed, of: &term.name, omitted };
    let bootstrap = draws.resampled("coefficient bootstrap", columns[0].len(), |rows| {
        let fit = held.resampler.as_ref()?.triangle(rows).fit(&all, 0, request.intercept).ok()?;
        Some(fit.coefficients[at].estimate)
    });
    // Column 0 is y, so that with an intercept term `at` is column `at`.
    let permutation = (request.intercept && at > 0).then(|| {
        let others: Vec<&[f64]> = all.iter().filter(|x| **x != at).map(|&x| columns[x].as_slice()).collect();
        draws.permuted("coefficient permutation", others.is_empty(), |random| {
            partial_permutation_test(&columns[at], &columns[0], &others, DRAWS, random)
        })
    });
    (term.bootstrap, term.permutation) = (bootstrap, permutation.flatten());
}

fn of_fit(fit: &Fit, names: &[String], method: &'static str) -> Result<Regression, StatsError> {
    let mut terms = Vec::with_capacity(names.len());
    for (coefficient, name) in fit.coefficients.iter().zip(names) {
        let interval = coefficient.interval(LEVEL)?;
        terms.push(Term {
            name: name.clone(),
            estimate: coefficient.estimate,
            standard_error: coefficient.standard_error,
            t: coefficient.t(),
            p_value: coefficient.p_value()?,
            low: interval.low,
            high: interval.high,
            permutation: None,
            bootstrap: None,
            left_out: None,
        });
    }
    Ok(Regression {
        intercept: fit.intercept,
        method,
        terms,
        r_squared: fit.r_squared(),
        adjusted_r_squared: fit.adjusted_r_squared(),
        residual_standard_deviation: fit.residual_standard_deviation(),
        residual_degrees: fit.residual_degrees(),
        f: fit.f(),
        f_p_value: fit.f_p_value()?,
        condition: fit.condition,
        digits: fit.digits(),
        durbin_watson: None,
        residual_autocorrelation: None,
        influence: None,
    })
}

/// Smallest and largest estimate of a term over the fits without one row.
fn range(rows: &[LeftOut], term: usize) -> Option<[f64; 2]> {
    let estimates = rows.iter().filter_map(|row| row.coefficients.as_ref().map(|of| of[term]));
    let ends =
        estimates.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)]);
    (ends[0] <= ends[1]).then_some(ends)
}

fn influence(rows: &[LeftOut], lines: &[u64]) -> Option<Influence> {
    // The first of equal rows.
    let largest = |of: &dyn Fn(&LeftOut) -> f64| {
        let values = rows.iter().map(of).zip(lines.iter().copied());
        values.reduce(|most, next| if next.0.abs() > most.0.abs() { next } else { most })
    };
    let (largest_leverage, leverage_line) = largest(&|row| row.leverage)?;
    let (largest_cooks_distance, cooks_line) = largest(&|row| row.cooks_distance)?;
    let (largest_studentized, studentized_line) = largest(&|row| row.studentized)?;
    Some(Influence {
        largest_leverage,
        leverage_line,
        largest_cooks_distance,
        cooks_line,
        largest_studentized,
        studentized_line,
    })
}
