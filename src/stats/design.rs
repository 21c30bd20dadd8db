//! The matrix of a regression, `[rows, columns]`, whose entries carry twice the digits of an `f64`.

use faer::Mat;
use qd::Quad;

use super::StatsError;
use super::error::usable;

/// Regressors as columns, the intercept (a column of ones) first. Each entry is `high + low`: powers of x that are
/// rounded to an `f64` would by themselves cap a steep polynomial at some eight digits (NIST's Filip).
#[derive(Debug, Clone)]
pub struct Design {
    pub(super) high: Mat<f64>,
    pub(super) low: Mat<f64>,
    pub(super) intercept: bool,
}

impl Design {
    /// `columns[j]` are the values of regressor j, all of one length.
    ///
    /// # Errors
    /// No column at all, columns of different lengths, a value that is not finite.
    pub fn linear(columns: &[&[f64]], intercept: bool) -> Result<Self, StatsError> {
        let rows = columns.first().map_or(0, |column| column.len());
        for column in columns {
            if column.len() != rows {
                return Err(StatsError::Unequal { left: rows, right: column.len() });
            }
            usable(column, 1)?;
        }
        if columns.is_empty() {
            return Err(StatsError::TooFew { needed: 1, got: 0 });
        }
        let first = usize::from(intercept);
        let entry = |row: usize, col: usize| if col < first { 1.0 } else { columns[col - first][row] };
        let high = Mat::from_fn(rows, first + columns.len(), entry);
        let low = Mat::zeros(rows, high.ncols());
        Ok(Self { high, low, intercept })
    }

    /// The columns 1, x, x^2 .. x^degree, the powers in double-double.
    ///
    /// # Errors
    /// An empty x, a value of which some power is not finite.
    pub fn polynomial(x: &[f64], degree: usize) -> Result<Self, StatsError> {
        usable(x, 1)?;
        let mut high = Mat::zeros(x.len(), degree + 1);
        let mut low = Mat::zeros(x.len(), degree + 1);
        for (row, &x) in x.iter().enumerate() {
            let mut power = Quad::from(1.0);
            for col in 0..=degree {
                (high[(row, col)], low[(row, col)]) = (power.0, power.1);
                power *= Quad::from(x);
            }
            if !high[(row, degree)].is_finite() {
                return Err(StatsError::NonFinite { index: row });
            }
        }
        Ok(Self { high, low, intercept: true })
    }

    pub fn rows(&self) -> usize {
        self.high.nrows()
    }

    pub fn columns(&self) -> usize {
        self.high.ncols()
    }

    pub(super) fn entry(&self, row: usize, col: usize) -> Quad {
        Quad(self.high[(row, col)], self.low[(row, col)])
    }

    /// Multiplies column `col` by a power of two: no digit changes.
    pub(super) fn scale(&mut self, col: usize, power_of_two: f64) {
        for row in 0..self.rows() {
            self.high[(row, col)] *= power_of_two;
            self.low[(row, col)] *= power_of_two;
        }
    }
}
