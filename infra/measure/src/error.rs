//! The error of a measurement.

use std::{fmt, io};

/// The reason why there is no measurement, in a sentence for the person at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureError(String);

/// A result with [`MeasureError`].
pub type Result<T, E = MeasureError> = std::result::Result<T, E>;

impl MeasureError {
    /// An error with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// For `map_err`: an error with the step that failed and its cause.
    pub fn during<E: fmt::Display>(doing: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{doing}: {error}"))
    }
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MeasureError {}

impl From<io::Error> for MeasureError {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}
