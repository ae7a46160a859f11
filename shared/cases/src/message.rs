//! A message as it comes in: its text, its kind, and the key that makes its repetition safe.

use crate::{address::ReplyAddress, kind::CaseKind};
use kernel::{
    Error, GenerationId, Result, idempotency_key, limits, sha256_hex,
    text::{bounded, invisible_class, is_invisible, required},
};
use schemars::JsonSchema;
use std::fmt;

/// White space and control characters at either end of a text that are removed, as a class of JSON Schema. It is
/// written out because `\s` differs between languages.
const REMOVED: &str = r"\u0009\u000A\u000D\u0020\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";

/// Characters of a text that are no control characters, or a line break, as an alternative of JSON Schema.
const PLAIN: &str = r"(?:[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]|\u000D\u000A)*";

/// The texts of [`CaseText`], as a regular expression of JSON Schema: white space, characters that are no control
/// characters but tabs and line breaks, and one of them visible.
fn text_pattern() -> String {
    format!("^[{REMOVED}]*{PLAIN}[^{}]{PLAIN}$", invisible_class())
}

/// The texts of [`ReportSubject`], as a regular expression of JSON Schema: an id, or a URL with a host.
fn subject_pattern() -> String {
    let id = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";
    let host = format!("[^/?#{}]+", invisible_class());
    let rest = r"[^\u0000-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*";
    format!("^(?:{id}|https?://{host}(?:[/?#]{rest})?)$")
}

/// The text of a case or of a reply: 1 to 4,000 characters, one of them visible. The only
/// control characters are tabs and line breaks, because operators read it on a terminal.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = limits::CASE_TEXT_CHARS, "pattern" = text_pattern()))]
pub struct CaseText(String);

impl CaseText {
    /// Removes white space at both ends, and carriage returns before line feeds. Removed white space counts
    /// too.
    ///
    /// # Errors
    /// `invalid` with this `field`, without the text.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        let text = required(field, text, limits::CASE_TEXT_CHARS)?.replace("\r\n", "\n");
        if text.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\t')) {
            return Err(Error::invalid(field, format!("{field} has a control character. Send plain text.")));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The subject of a report: a generation, or an http or https URL of at most 2,048 characters.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(inline, extend("maxLength" = limits::REPORT_SUBJECT_CHARS, "pattern" = subject_pattern()))]
pub struct ReportSubject(String);

impl ReportSubject {
    /// Removes white space at both ends. An id is in lower case afterwards.
    ///
    /// # Errors
    /// `invalid`, without the text.
    pub fn parse(text: &str) -> Result<Self> {
        let text = bounded(text, limits::REPORT_SUBJECT_CHARS).unwrap_or_default();
        if let Ok(id) = text.parse::<GenerationId>() {
            return Ok(Self(id.to_string()));
        }
        let is_url = |scheme: &str| {
            let rest = text.strip_prefix(scheme).unwrap_or_default();
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let is_host = !host.is_empty() && !host.chars().any(is_invisible);
            is_host && !text.chars().any(|char| char.is_whitespace() || char.is_control())
        };
        match is_url("https://") || is_url("http://") {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::invalid(
                "where",
                format!(
                    "where needs the id of a work, or a URL that begins with https:// or http:// and has at most {} \
                     characters.",
                    limits::REPORT_SUBJECT_CHARS
                ),
            )),
        }
    }

    /// The id or the URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An `Idempotency-Key` of a message: see [`idempotency_key`].
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(
    inline,
    extend("minLength" = 1, "maxLength" = limits::IDEMPOTENCY_KEY_CHARS, "pattern" = "^[A-Za-z0-9_-]+$")
)]
pub struct RequestKey(String);

impl RequestKey {
    /// A key of this form.
    ///
    /// # Errors
    /// `idempotency_key_required` for another form.
    pub fn parse(text: &str) -> Result<Self> {
        idempotency_key(text).map(|key| Self(key.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A valid message that is not stored yet.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCase {
    /// The kind of the case.
    pub kind: CaseKind,
    /// The text.
    pub text: CaseText,
    /// The address in the message.
    pub reply_to: Option<ReplyAddress>,
    /// The subject of a report.
    pub subject: Option<ReportSubject>,
}

impl NewCase {
    /// The SHA-256 of all fields, in hexadecimal. Two messages with the same fields are the same
    /// message.
    #[must_use]
    pub(crate) fn fingerprint(&self) -> String {
        let reply_to = self.reply_to.as_ref().map(ReplyAddress::as_str);
        let subject = self.subject.as_ref().map(ReportSubject::as_str);
        sha256(&[self.kind.as_str(), self.text.as_str(), reply_to.unwrap_or_default(), subject.unwrap_or_default()])
    }
}

/// The SHA-256 of several texts, in hexadecimal. The length before each text keeps
/// `["ab", "c"]` and `["a", "bc"]` apart.
pub(crate) fn sha256(texts: &[&str]) -> String {
    let mut framed = Vec::new();
    for text in texts {
        framed.extend(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        framed.extend(text.as_bytes());
    }
    sha256_hex(&framed)
}

macro_rules! never_printed {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            /// Its content is never printed.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

never_printed!(CaseText, ReportSubject, NewCase);

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, reply_to: &str) -> NewCase {
        NewCase {
            kind: CaseKind::Support,
            text: CaseText::parse("text", text).unwrap(),
            reply_to: Some(ReplyAddress::parse(reply_to).unwrap()),
            subject: None,
        }
    }

    #[test]
    fn a_text_has_its_limits_and_no_control_characters() {
        for (text, good) in [
            ("x".repeat(4_000), true),
            ("ü".repeat(4_000), true),
            ("x".repeat(4_001), false),
            (format!("{}x", " ".repeat(3_999)), true),
            (format!("{}x", " ".repeat(4_000)), false),
            (" \r\n\t ".to_owned(), false),
            ("\u{200B}\n\u{FEFF}\u{3164}".to_owned(), false),
            ("\u{200F}שלום\u{200F}".to_owned(), true),
            ("one\r\ntwo\tthree".to_owned(), true),
            ("a\u{1b}[2Jb".to_owned(), false),
            ("a\0b".to_owned(), false),
        ] {
            let parsed = CaseText::parse("text", &text);
            assert_eq!(parsed.is_ok(), good, "{} characters", text.chars().count());
            if let Err(error) = parsed {
                assert_eq!(error.code(), "invalid");
            }
        }
        assert_eq!(CaseText::parse("text", " one\r\ntwo ").unwrap().as_str(), "one\ntwo");
        assert_eq!(format!("{:?}", message("secret", "a@example.com")), "NewCase(..)");
    }

    #[test]
    fn a_report_names_a_generation_or_a_url() {
        for good in
            ["01929e6b-6c00-7000-8000-0123456789ab", " https://example.com/a?b=c ", "http://[::1]/x", "https://e"]
        {
            assert_eq!(ReportSubject::parse(good).unwrap().as_str(), good.trim());
        }
        let id = "01929e6b-6c00-7000-8000-0123456789ab";
        assert_eq!(ReportSubject::parse(&id.to_uppercase()).unwrap().as_str(), id);
        let long = format!("https://example.com/{}", "x".repeat(2_048));
        for wrong in [
            "",
            "a picture",
            "https://",
            "https:///x",
            "https://\u{200B}/x",
            "javascript:alert(1)",
            "https://a b",
            &long,
        ] {
            assert_eq!(ReportSubject::parse(wrong).unwrap_err().code(), "invalid", "{wrong:?}");
        }
    }

    #[test]
    fn a_key_has_the_form_of_the_header() {
        assert!(RequestKey::parse(&"a".repeat(64)).is_ok());
        assert_eq!(RequestKey::parse("\"a\"").unwrap(), RequestKey::parse("a").unwrap());
        for wrong in ["", "a b", "ä", &*"a".repeat(65)] {
            assert_eq!(RequestKey::parse(wrong).unwrap_err().code(), "idempotency_key_required", "{wrong:?}");
        }
    }

    #[test]
    fn a_fingerprint_differs_with_each_field() {
        let one = message("text", "a@example.com");
        assert_eq!(one.fingerprint(), message(" text ", "a@example.com").fingerprint());
        let others = [
            message("text2", "a@example.com"),
            message("text", "b@example.com"),
            NewCase { kind: CaseKind::Appeal, ..one.clone() },
            NewCase { reply_to: None, ..one.clone() },
            NewCase { subject: Some(ReportSubject::parse("https://e").unwrap()), ..one.clone() },
        ];
        for other in others {
            assert_ne!(one.fingerprint(), other.fingerprint());
        }
        assert_ne!(sha256(&["ab", "c"]), sha256(&["a", "bc"]));
    }
}
