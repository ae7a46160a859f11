//! The error of the local platform.

use std::{fmt, io};

/// The reason why the platform cannot run, in sentences for the person at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalError(String);

impl LocalError {
    /// An error with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// For `map_err`: an error with the step that failed and its cause.
    pub fn during<E: fmt::Display>(doing: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{doing}: {error}"))
    }
}

impl fmt::Display for LocalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LocalError {}

impl From<io::Error> for LocalError {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}
