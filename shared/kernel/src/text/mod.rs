//! The texts of people: which are empty, how long they are, and what breaks a line.
//!
//! Every text that a person writes goes through here: prompts, settings, titles, names, messages, notes. A text is
//! empty when nothing in it can be seen. Lengths count Unicode scalar values.

mod invisible;

use crate::error::{Error, Result};

pub use invisible::{invisible_class, is_invisible};

/// Whether nothing in a text can be seen: it is empty, or each of its characters is invisible.
///
/// An invisible character beside visible ones may carry meaning: emoji are joined by U+200D, and Persian words are cut
/// by U+200C. So texts that are not blank keep all of theirs.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(is_invisible)
}

/// The length of a text in Unicode scalar values, as `maxLength` of JSON Schema counts it.
#[must_use]
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// The text without the white space at both ends. `None` if it is blank, or has more than `most` characters (Unicode
/// scalar values). White space that is removed counts too, as in the `maxLength` of a schema.
#[must_use]
pub fn bounded(text: &str, most: usize) -> Option<&str> {
    (!is_blank(text) && length(text) <= most).then(|| text.trim())
}

/// The text of a field, as [`bounded`] returns it.
///
/// # Errors
/// `invalid` with the name of the `field`, without the text: nothing in it can be seen, or it is too long.
pub fn required<'a>(field: &'static str, text: &'a str, most: usize) -> Result<&'a str> {
    bounded(text, most).ok_or_else(|| match is_blank(text) {
        true => Error::invalid(field, format!("{field} is empty: nothing in it can be seen.")),
        false => Error::invalid(field, format!("{field} has 1 to {most} characters.")),
    })
}

/// Whether a character breaks a text of one line: it controls something, ends a line, or changes the direction of what
/// follows (U+202A to U+202E, U+2066 to U+2069).
#[must_use]
pub fn breaks_line(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The pattern of a text that is not blank, for JSON Schema: one visible character, anywhere in the text.
#[must_use]
pub fn visible_pattern() -> String {
    format!("[^{}]", invisible_class())
}

/// The pattern of a text that is blank, for JSON Schema.
#[must_use]
pub fn blank_pattern() -> String {
    format!("^[{}]*$", invisible_class())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_which_nothing_is_seen_is_blank() {
        for blank in [
            "",
            " \t\r\n",
            "\u{200B}",
            "\u{3164}",
            "\u{FEFF}",
            "\u{2800}",
            "\u{AD}\u{2060}\u{180E}",
            "\u{115F}\u{1160}\u{FFA0}",
            "\u{200D}\u{FE0F}",
            "\u{E0067}\u{E007F}",
            "\u{202E}\u{2069}",
            "\u{1D159}\u{16FE4}",
            "\u{E000}\u{10FFFD}",
            "\u{FFFE}\u{10FFFF}",
            "\0\u{7F}\u{9F}",
            "\u{3000}\u{200B} \u{A0}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
            assert_eq!(bounded(blank, 9), None, "{blank:?}");
        }
        for seen in ["a", ".", "\u{200B}a", "\u{301}", "\u{FFFC}", "\u{FFFD}", "\u{1F680}", "\u{378}"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn what_joins_and_cuts_inside_a_text_is_kept() {
        for text in [
            "👩🏽\u{200D}🚀",
            "❤\u{FE0F}",
            "می\u{200C}خواهم",
            "क\u{94D}\u{200D}ष",
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            "\u{200F}נועה\u{200F}",
            "co\u{AD}operate",
        ] {
            assert_eq!(bounded(text, 20), Some(text), "{text:?}");
        }
    }

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
        for (text, said) in [
            ("\u{200B}", "name is empty: nothing in it can be seen."),
            ("", "name is empty: nothing in it can be seen."),
            ("boats", "name has 1 to 4 characters."),
        ] {
            let error = required("name", text, 4).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), ("invalid", said), "{text:?}");
        }
        assert_eq!(required("name", " a\n", 4).unwrap(), "a");
        assert_eq!(length("👩🏽\u{200D}🚀é"), 5, "each scalar value counts, also one that joins");
    }
}
