//! The header `DKIM-Signature` (RFC 6376, section 3.5; RFC 8463), read strictly.
//!
//! SES verifies signatures, and its event says no more than PASS. The headers that a signature covers are read here. Nothing here
//! verifies a signature.

use crate::mail::address::to_a_label;
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::sha256_hex;
use std::collections::BTreeMap;

/// The shortest RSA signature, in bytes, that is counted. A signature has as many bytes as the modulus of its key
/// (RFC 8017, section 8.2.2), so the key has at least 1024 bits. The event of SES does not name the size of a key.
const RSA_SIGNATURE_BYTES: usize = 128;
/// The length of an Ed25519 signature in bytes (RFC 8032).
const ED25519_SIGNATURE_BYTES: usize = 64;

/// The claims of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `d=` as A-label.
    pub domain: String,
    /// `h=`, in lower case.
    pub covers: Vec<String>,
    /// Why the signature is not counted, whatever it covers.
    pub fault: Option<SignatureFault>,
    /// The name of this signature, which no other has, as 64 hexadecimal digits: the digest of `d=` and of the bytes of `b=`.
    /// A mail that is sent again has the same. It is the input of the keyed hash that is kept.
    pub identity: String,
}

/// Why a signature is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureFault {
    /// `l=` leaves the end of the body to everybody.
    Length,
    /// The algorithm is neither `rsa-sha256` nor `ed25519-sha256`.
    Algorithm,
    /// The key is shorter than 1024 bits, or the signature has not the length of its algorithm.
    ShortKey,
}

impl Signature {
    /// Reads the value of a header. `None` if it does not follow the grammar, or lacks a tag that it must have.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let tags = tags(std::str::from_utf8(value).ok()?)?;
        let tag = |name: &str| tags.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let domain = to_a_label(tag("d")?)?;
        let bytes = STANDARD.decode(tag("b")?).ok()?;
        let covers: Vec<_> = tag("h")?.split(':').map(str::to_ascii_lowercase).collect();
        let is_whole = tag("v") == Some("1")
            && tag("s").is_some()
            && tag("bh").is_some_and(|hash| STANDARD.decode(hash).is_ok())
            && covers.iter().all(|name| !name.is_empty())
            && tag("i").is_none_or(|identity| is_within(identity, &domain));
        let fault = fault(tags.contains_key("l"), tag("a")?, bytes.len());
        let identity = sha256_hex(&[domain.as_bytes(), b"\0", &bytes].concat());
        is_whole.then_some(Self { domain, covers, fault, identity })
    }

    /// Whether the signature covers a header.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        self.covers.iter().any(|covered| covered == name)
    }
}

fn fault(has_length: bool, algorithm: &str, bytes: usize) -> Option<SignatureFault> {
    let is_long = match algorithm {
        "rsa-sha256" => bytes >= RSA_SIGNATURE_BYTES,
        "ed25519-sha256" => bytes == ED25519_SIGNATURE_BYTES,
        _ => return Some(SignatureFault::Algorithm),
    };
    match (has_length, is_long) {
        (true, _) => Some(SignatureFault::Length),
        (_, false) => Some(SignatureFault::ShortKey),
        _ => None,
    }
}

/// Whether `i=` names the domain or one below it, which `d=` must allow (RFC 6376, section 3.5).
fn is_within(identity: &str, domain: &str) -> bool {
    let named = identity.rsplit_once('@').and_then(|(_, named)| to_a_label(named));
    named.is_some_and(|named| named == domain || named.ends_with(&format!(".{domain}")))
}

/// The tags of a list (RFC 6376, section 3.2). White space in values is dropped: no value that is read here has any.
fn tags(list: &str) -> Option<BTreeMap<&str, String>> {
    let mut tags = BTreeMap::new();
    let list = list.trim_ascii_end();
    for tag in list.strip_suffix(';').unwrap_or(list).split(';') {
        let (name, value) = tag.split_once('=')?;
        let name = name.trim_ascii();
        let is_name = name.starts_with(|char: char| char.is_ascii_alphabetic())
            && name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
        let value = value.chars().filter(|char| !char.is_ascii_whitespace()).collect();
        if !is_name || tags.insert(name, value).is_some() {
            return None;
        }
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: &[(&str, &str)]) -> Option<Signature> {
        let long = STANDARD.encode([7; 256]);
        let mut tags = vec![
            ("v", "1"),
            ("a", "rsa-sha256"),
            ("d", "Example.com"),
            ("s", "key"),
            ("h", "From : to:Subject"),
            ("bh", "AAAA"),
            ("b", &long),
        ];
        for (name, value) in change {
            tags.retain(|(tag, _)| tag != name);
            tags.extend((!value.is_empty()).then_some((*name, *value)));
        }
        let list: Vec<_> = tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Signature::parse(list.join("; ").as_bytes())
    }

    #[test]
    fn what_a_signature_covers_is_read_without_white_space_and_case() {
        let signature = read(&[]).unwrap();
        assert_eq!(signature.domain, "example.com");
        assert_eq!(signature.covers, ["from", "to", "subject"]);
        assert_eq!(signature.fault, None);
        assert!(signature.covers("subject") && !signature.covers("date"));
    }

    #[test]
    fn weak_signatures_have_their_fault() {
        let short = STANDARD.encode([7; 64]);
        let fault = |change: &[(&str, &str)]| read(change).unwrap().fault;
        assert_eq!(fault(&[("a", "rsa-sha1")]), Some(SignatureFault::Algorithm));
        assert_eq!(fault(&[("b", &short)]), Some(SignatureFault::ShortKey));
        assert_eq!(fault(&[("l", "0")]), Some(SignatureFault::Length));
        assert_eq!(fault(&[("a", "ed25519-sha256")]), Some(SignatureFault::ShortKey));
        assert_eq!(fault(&[("a", "ed25519-sha256"), ("b", &short)]), None);
    }

    #[test]
    fn a_list_that_breaks_the_grammar_is_no_signature() {
        for change in [
            ("v", "2"),
            ("v", ""),
            ("d", ""),
            ("d", "localhost"),
            ("s", ""),
            ("h", ""),
            ("h", "from::to"),
            ("b", "!"),
            ("bh", ""),
            ("i", "@example.org"),
            ("i", "jo@badexample.com"),
            ("q", "dns; q=dns"),
            ("2q", "dns"),
        ] {
            assert_eq!(read(&[change]), None, "{change:?}");
        }
        assert!(read(&[("i", "jo@mail.example.com")]).is_some());
    }

    #[test]
    fn the_identity_is_that_of_the_bytes_however_they_are_folded() {
        let folded = STANDARD.encode([7; 256]).replace('B', "B \r\n\t");
        assert_eq!(read(&[("b", &folded)]).unwrap().identity, read(&[]).unwrap().identity);
        let other = STANDARD.encode([8; 256]);
        assert_ne!(read(&[("b", &other)]).unwrap().identity, read(&[]).unwrap().identity);
    }
}
