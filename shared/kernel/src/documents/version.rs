//! The version of a document, such as the privacy policy.

use crate::error::{Error, Result};
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// The characters of a version.
const CHARS: usize = "2026-12-01".len();

/// The version of a document: the day from which it is in effect. A later version is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentVersion(Date);

impl FromStr for DocumentVersion {
    type Err = Error;

    /// Accepts only the form `2026-12-01`.
    ///
    /// # Errors
    /// `invalid`, without the text.
    fn from_str(text: &str) -> Result<Self> {
        let is_written_so = text.len() == CHARS && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        match text.parse() {
            Ok(day) if is_written_so => Ok(Self(day)),
            _ => Err(Error::invalid("version", "version is a day, such as 2026-12-01.")),
        }
    }
}

impl fmt::Display for DocumentVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for DocumentVersion {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<DocumentVersion> for String {
    fn from(version: DocumentVersion) -> Self {
        version.to_string()
    }
}

impl JsonSchema for DocumentVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DocumentVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_day_that_exists_in_one_form() {
        for text in ["2026-12-01", "2028-02-29", "0001-01-01"] {
            assert_eq!(text.parse::<DocumentVersion>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026-12-1",
            "2026-13-01",
            "2026-02-29",
            "20261201",
            "+2026-12-01",
            " 2026-12-01",
            "2026-12-01T00:00:00Z",
            "2026-1201x",
            "\u{660}026-12-1",
        ] {
            let error = text.parse::<DocumentVersion>().unwrap_err();
            assert_eq!(error.code(), "invalid", "{text:?}");
            assert_eq!(error.to_string(), "version is a day, such as 2026-12-01.", "{text:?}");
        }
    }

    #[test]
    fn a_later_version_is_greater() {
        let version = |text: &str| text.parse::<DocumentVersion>().unwrap();
        assert!(version("2026-12-01") < version("2027-01-01"));
        assert!(version("2026-12-01") > version("2026-11-30"));
    }
}
