//! Mailboxes: addresses of a valid shape, in one spelling.

use std::fmt;
use url::Host;

/// Longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const LOCAL_BYTES: usize = 64;

/// Longest part of a domain between dots, in bytes (RFC 1035 §2.3.4).
const LABEL_BYTES: usize = 63;

/// Longest address, in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
const ADDRESS_BYTES: usize = 254;

/// A mail address that SES can reach: an unquoted ASCII local part, and a domain as A-label.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    address: String,
    local: usize,
}

impl Mailbox {
    /// Reads an address. `None` for a text that is not exactly one address, and for one that SES cannot reach: SES
    /// takes no local part beyond ASCII. Quoted local parts are refused, because no mailbox that people use has one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.trim().rsplit_once('@')?;
        let fits = |byte: u8| byte.is_ascii_graphic() && !b"\"(),:;<>@[\\]".contains(&byte);
        if local.is_empty() || local.len() > LOCAL_BYTES || !local.bytes().all(fits) {
            return None;
        }
        // A browser's parser of hosts also takes percent-encoding, and numbers as IPv4 addresses.
        let domain = match Host::parse(domain) {
            Ok(Host::Domain(parsed)) if parsed.contains('.') && !domain.contains('%') => parsed,
            _ => return None,
        };
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            !label.is_empty()
                && label.len() <= LABEL_BYTES
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(fits)
        };
        let address = format!("{local}@{domain}");
        (domain.split('.').all(is_label) && address.len() <= ADDRESS_BYTES)
            .then_some(Self { address, local: local.len() })
    }

    /// The address, for SES.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// The one spelling of the address, for hashes and comparisons: the domain as A-label in lower case, the local part
    /// with its ASCII letters in lower case, and nothing else changed.
    #[must_use]
    pub fn folded(&self) -> String {
        self.address.to_ascii_lowercase()
    }

    /// The part before the `@`.
    pub(crate) fn local(&self) -> &str {
        self.address.get(..self.local).unwrap_or_default()
    }

    /// The domain.
    pub(crate) fn domain(&self) -> &str {
        self.address.get(self.local + 1..).unwrap_or_default()
    }
}

/// An address is never printed.
impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailbox(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling_and_keeps_dots_and_tags() {
        for (text, address, folded) in [
            (" Ada@Example.COM ", "Ada@example.com", "ada@example.com"),
            ("ada@xn--mller-kva.example", "ada@xn--mller-kva.example", "ada@xn--mller-kva.example"),
            ("ada@m\u{fc}ller.example", "ada@xn--mller-kva.example", "ada@xn--mller-kva.example"),
            ("A.d.a+x@example.com", "A.d.a+x@example.com", "a.d.a+x@example.com"),
        ] {
            let mailbox = Mailbox::parse(text).unwrap();
            assert_eq!((mailbox.as_str(), mailbox.folded().as_str()), (address, folded), "{text:?}");
            assert_eq!(format!("{}@{}", mailbox.local(), mailbox.domain()), address);
            assert_eq!(format!("{mailbox:?}"), "Mailbox(..)");
        }
    }

    #[test]
    fn another_text_is_no_mailbox() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            "ada@0x7f.1",
            "ada@exa%6dple.com",
            "ada@example..com",
            "ada@-example.com",
            "ada@exa_mple.com",
            "ada@example.com, eve@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "<ada@example.com>",
            "\"ada\"@example.com",
            "a b@example.com",
            "ada@b@example.com",
            "j\u{f6}rg@example.com",
            &format!("{}@example.com", "l".repeat(65)),
            &format!("ada@{}.example.com", "d".repeat(64)),
            &format!("ada@{}example.com", "d.".repeat(121)),
        ] {
            assert_eq!(Mailbox::parse(text), None, "{text:?}");
        }
    }
}
