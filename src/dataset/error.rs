use crate::stats::StatsError;

/// A table that cannot be read, or that leaves what is asked undefined. The message starts with the file (and the line).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct DatasetError {
    message: String,
    hint: String,
}

impl DatasetError {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// A statistic of the columns that their values leave undefined. `names` are the columns of the regression, the
    /// intercept first where there is one.
    pub(super) fn undefined(file: &str, names: &[String], error: &StatsError) -> Self {
        match error {
            StatsError::TooFew { needed, got } => Self::new(
                format!("{file}: {got} complete rows are too few: {needed} are needed"),
                "rows with a missing value in a chosen column are left out; choose fewer columns, or give more rows",
            ),
            StatsError::Collinear { column } => {
                let name = names.get(*column).map_or("a column", String::as_str);
                let before: Vec<&str> = names.iter().take(*column).map(String::as_str).collect();
                Self::new(
                    format!("{file}: column `{name}` is a linear combination of {}", before.join(", ")),
                    "leave one of them out: the table cannot tell them apart",
                )
            }
            other => Self::new(format!("{file}: {other}"), "these columns leave the estimate undefined"),
        }
    }
}
