//! JSON Schemas that several crates publish, for the contract of the API, and the checks of a bounded text and of a line.
//!
//! A field of a type of another crate says `#[schemars(with = "kernel::schema::Time")]`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// The pattern of a text that is not blank: one character that [`str::trim`] keeps, anywhere in the text.
pub const NOT_BLANK: &str = r"[^\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]";

/// The text without the white space at both ends. `None` if it is blank ([`NOT_BLANK`]), or has more than
/// `most` characters (Unicode scalar values). White space that is removed counts too, as in the `maxLength`
/// of a schema.
#[must_use]
pub fn bounded(text: &str, most: usize) -> Option<&str> {
    let trimmed = text.trim();
    (!trimmed.is_empty() && text.chars().count() <= most).then_some(trimmed)
}

/// Whether a character breaks a text of one line: it controls something, ends a line, or changes the direction of what
/// follows (U+202A to U+202E, U+2066 to U+2069).
#[must_use]
pub fn breaks_line(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The schema of a [`Timestamp`](crate::Timestamp): RFC 3339.
#[derive(Debug)]
pub struct Time;

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_text_is_trimmed_and_removed_white_space_counts() {
        for (text, expected) in [
            ("boat", Some("boat")),
            (" a\n", Some("a")),
            ("\u{e4}\u{4e16}\u{1f30d}!", Some("\u{e4}\u{4e16}\u{1f30d}!")),
            ("", None),
            (" \t\u{3000}", None),
            ("boats", None),
            ("boat ", None),
            (" boat", None),
        ] {
            assert_eq!(bounded(text, 4), expected, "{text:?}");
        }
    }
}
