//! The result of an analysis, as it is written to JSON.

use serde::Serialize;

/// Every estimate of how `y` depends on the columns `x`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    pub schema: &'static str,
    pub file: String,
    pub y: String,
    pub x: Vec<String>,
    /// Columns held fixed in partial correlations.
    pub given: Vec<String>,
    /// The level of all intervals.
    pub level: f64,
    /// Of everything that is drawn at random.
    pub seed: u64,
    pub rows: Rows,
    pub columns: Vec<Column>,
    /// y with each x by itself, and with the given columns held fixed.
    pub associations: Vec<Association>,
    /// y on all x at once.
    pub regression: Regression,
    pub omitted: Vec<Omitted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rows {
    pub read: u64,
    pub used: usize,
    /// Left out: a chosen column has no value.
    pub missing: u64,
    /// Used, though all chosen columns repeat an earlier row.
    pub duplicated: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    pub name: String,
    pub mean: f64,
    pub standard_deviation: f64,
    pub minimum: f64,
    pub maximum: f64,
}

/// What was not computed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Omitted {
    pub what: &'static str,
    /// The column x that it is about; none where it is about all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    pub why: String,
}

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bounded {
    pub estimate: f64,
    pub standard_error: f64,
    pub low: f64,
    pub high: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Resampled>,
}

/// An estimate with standard error and interval, and a two-sided p-value against 0. Few rows, and ranks in perfect order, have
/// no standard error: what is omitted says so.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tested {
    pub estimate: f64,
    pub standard_error: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub p_value: f64,
    pub p_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permutation: Option<Drawn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Resampled>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Association {
    pub x: String,
    pub pearson: Tested,
    /// With the given columns held fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<Tested>,
    /// The given columns taken out of x only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semi_partial: Option<Tested>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spearman: Option<Tested>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kendall: Option<Tested>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theil_sen: Option<RobustLine>,
    /// Exponent p of y ~ x^p, with its t interval and p-value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power_law: Option<Tested>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RobustLine {
    pub slope: Bounded,
    pub intercept: f64,
}

/// A permutation p-value. `exact`: every order was tried, and rows are free to change places. Where orders were drawn,
/// `standard_error` and the 95 % interval are the Monte Carlo's own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Drawn {
    pub p_value: f64,
    pub exact: bool,
    pub tried: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

/// A BCa bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Resampled {
    pub low: f64,
    pub high: f64,
    pub standard_error: f64,
    pub resamples: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regression {
    pub intercept: bool,
    pub method: &'static str,
    pub terms: Vec<Term>,
    pub r_squared: f64,
    pub adjusted_r_squared: f64,
    pub residual_standard_deviation: f64,
    pub residual_degrees: usize,
    /// `null` where the fit is exact.
    pub f: f64,
    pub f_p_value: f64,
    /// Condition number of the regressors at equal lengths.
    pub condition: f64,
    /// Decimal digits of the coefficients that rounding of the regressors to 64 bits leaves.
    pub digits: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durbin_watson: Option<f64>,
    /// Autocorrelation of the residuals at lag 1, in the order of the rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual_autocorrelation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub influence: Option<Influence>,
}

/// One coefficient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Term {
    pub name: String,
    pub estimate: f64,
    pub standard_error: f64,
    pub t: f64,
    pub p_value: f64,
    pub low: f64,
    pub high: f64,
    /// Of the term, what the others explain held fixed. The intercept has none, nor has a fit without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permutation: Option<Drawn>,
    /// Whole rows resampled: no law of the errors, nor that they are of one size, is assumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Resampled>,
    /// Smallest and largest estimate when any one row is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<[f64; 2]>,
}

/// The rows that the fit hangs on, by their line in the file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Influence {
    pub largest_leverage: f64,
    pub leverage_line: u64,
    pub largest_cooks_distance: f64,
    pub cooks_line: u64,
    pub largest_studentized: f64,
    pub studentized_line: u64,
}
