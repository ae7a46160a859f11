//! The address to which an answer is sent.

use kernel::{
    Error, Result,
    limits::REPLY_ADDRESS_CHARS,
    text::{bounded, is_invisible},
};
use schemars::JsonSchema;
use std::fmt;

/// Longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const LOCAL_BYTES: usize = 64;

/// A mail address of a valid shape: at most 254 characters, one `@`, and a domain with a dot. Only a
/// mail can show whether somebody reads it.
#[derive(Clone, PartialEq, Eq, JsonSchema)]
#[schemars(inline, extend("format" = "idn-email", "maxLength" = REPLY_ADDRESS_CHARS))]
pub struct ReplyAddress(String);

impl ReplyAddress {
    /// Removes white space at both ends.
    ///
    /// # Errors
    /// `invalid`, without the address.
    pub fn parse(text: &str) -> Result<Self> {
        let text = bounded(text, REPLY_ADDRESS_CHARS).unwrap_or_default();
        match text.split_once('@') {
            Some((local, domain)) if is_local(local) && is_domain(domain) => Ok(Self(text.to_owned())),
            _ => Err(Error::invalid(
                "reply_to",
                format!("Give a mail address such as name@example.com, of at most {REPLY_ADDRESS_CHARS} characters."),
            )),
        }
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Quoted local parts (RFC 5321 §4.1.2) are refused: no mailbox that people use has one, and their
/// characters would let an address contain a second one.
fn is_local(text: &str) -> bool {
    let fits = |char: char| !is_invisible(char) && !"\"(),:;<>@[\\]".contains(char);
    !text.is_empty() && text.len() <= LOCAL_BYTES && text.chars().all(fits)
}

fn is_domain(text: &str) -> bool {
    let fits = |char: char| char.is_alphanumeric() || char == '-';
    let is_label =
        |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(fits);
    text.contains('.') && text.split('.').all(is_label)
}

impl fmt::Debug for ReplyAddress {
    /// An address is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_shape_and_a_length_and_is_never_printed() {
        let long = |total: usize| format!("a@{}.example", "d".repeat(total - "a@.example".len()));
        for good in ["ada@example.com", " o'neil+x@mail.example.co.uk ", "jörg@müller.example", &long(254)] {
            let address = ReplyAddress::parse(good).unwrap();
            assert_eq!(address.as_str(), good.trim());
            assert_eq!(format!("{address:?}"), "ReplyAddress(..)");
        }
        for wrong in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@@example.com",
            "ada@exa mple.com",
            "ada@example..com",
            "ada@-example.com",
            "ada@example.com, eve@example.com",
            "<ada@example.com>",
            "a\"b@example.com",
            "a\nb@example.com",
            "\u{200B}@example.com",
            "ada\u{3164}@example.com",
            &format!("{}@example.com", "l".repeat(65)),
            &long(255),
        ] {
            let error = ReplyAddress::parse(wrong).unwrap_err();
            assert_eq!(error.code(), "invalid", "{wrong:?}");
            assert!(!error.to_string().contains("ada@"), "an error never quotes the address: {error}");
        }
    }
}
