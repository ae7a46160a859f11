use std::{fmt, io};

/// Why there is no measurement, as a sentence for the person at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(String);

/// Of everything here that can break.
pub type Result<T, E = Broken> = std::result::Result<T, E>;

impl Broken {
    /// Says this.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// For `map_err`: what was being done, and why that failed.
    pub fn during<E: fmt::Display>(doing: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{doing}: {error}"))
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}
