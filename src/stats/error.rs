use crate::linalg::LinalgError;

/// A statistic that its input does not define.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatsError {
    #[error("{got} values are too few: {needed} are needed")]
    TooFew { needed: usize, got: usize },
    #[error("the columns have {left} and {right} values")]
    Unequal { left: usize, right: usize },
    #[error("value {index} is not finite")]
    NonFinite { index: usize },
    #[error("every value of {what} is the same")]
    Constant { what: &'static str },
    /// `column` counts from 0 in the matrix, in which the intercept (if there is one) comes first.
    #[error("column {column} is a linear combination of the columns before it")]
    Collinear { column: usize },
    #[error("value {index} is not positive, but its logarithm is taken")]
    NotPositive { index: usize },
    #[error("{what} = {value} is outside {range}")]
    OutOfRange { what: &'static str, value: f64, range: &'static str },
    /// Of a statistic over its resamples.
    #[error("resamples leave it as it is: their spread says nothing")]
    Unchanged,
    #[error("{got} {what} are more than the {most} that are held")]
    TooMany { what: &'static str, got: u64, most: u64 },
    #[error(transparent)]
    Linalg(#[from] LinalgError),
}

/// At least `needed` values, all finite.
pub(super) fn usable(values: &[f64], needed: usize) -> Result<(), StatsError> {
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(StatsError::NonFinite { index });
    }
    if values.len() < needed {
        return Err(StatsError::TooFew { needed, got: values.len() });
    }
    Ok(())
}

/// Two columns of one length, at least `needed` rows, all finite.
pub(super) fn usable_pair(left: &[f64], right: &[f64], needed: usize) -> Result<(), StatsError> {
    if left.len() != right.len() {
        return Err(StatsError::Unequal { left: left.len(), right: right.len() });
    }
    usable(left, needed)?;
    usable(right, needed)
}
