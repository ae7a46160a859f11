//! Addresses of mail (RFC 5322, section 3.4), read strictly.
//!
//! The verifier of SES, a mail client and this code must find the same address. So whatever two readers may read in two
//! ways is a fault here, although many readers accept it.

use std::fmt;

/// An address in the one form that is compared: the local part without quotes and in lower case of ASCII, the domain as
/// A-label in lower case. Nothing else is folded: no dots, no `+`, no NFKC.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    local: String,
    domain: String,
}

/// Why a header does not name exactly one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressFault {
    /// It names none.
    Missing,
    /// It names more than one.
    Several,
    /// It has a group (`name: a@b, c@d;`).
    Group,
    /// It can be read in more than one way, or in none.
    Ambiguous,
}

impl Address {
    /// Reads an address alone (`local@domain`), such as an envelope sender or a stored address. `None` for everything
    /// that is no address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let local = match local.strip_prefix('"') {
            Some(rest) => unquote(rest.strip_suffix('"')?)?,
            None => is_dot_atom(local).then(|| local.to_owned())?,
        };
        let fits = !local.is_empty() && local.len() <= 64 && !local.chars().any(char::is_control);
        let domain = to_a_label(domain)?;
        fits.then(|| Self { local: local.to_ascii_lowercase(), domain })
    }

    /// The local part, without quotes.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain as A-label.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The tag after the first `+` of the local part, if the rest is the address `base`.
    #[must_use]
    pub fn tag_of(&self, base: &Self) -> Option<&str> {
        let (local, tag) = self.local.split_once('+')?;
        (local == base.local && self.domain == base.domain).then_some(tag)
    }
}

impl fmt::Debug for Address {
    /// An address is never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

impl fmt::Display for Address {
    /// Writes the address so that it can be answered: with quotes where the local part needs them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_atom(&self.local) {
            return write!(f, "{}@{}", self.local, self.domain);
        }
        let escaped = self.local.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "\"{escaped}\"@{}", self.domain)
    }
}

/// The A-label of a domain in lower case. `None` for a domain that is invalid, has one label alone, is an address in
/// brackets, or is written with characters that IDNA would replace by others.
#[must_use]
pub fn to_a_label(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let written = domain.to_ascii_lowercase();
    let (unicode, result) = idna::domain_to_unicode(&ascii);
    let is_itself = written == ascii || result.is_ok() && unicode == written;
    (is_itself && ascii.contains('.') && !ascii.ends_with('.')).then_some(ascii)
}

/// The mailboxes of a header such as From, To or Cc. The value is unfolded.
///
/// # Errors
/// [`AddressFault`] for a group, and for everything that can be read in more than one way.
pub fn mailboxes(value: &str) -> Result<Vec<Address>, AddressFault> {
    let tokens = tokenise(value)?;
    if tokens.iter().any(|token| matches!(token.kind, Kind::Group)) {
        return Err(AddressFault::Group);
    }
    if tokens.iter().all(|token| matches!(token.kind, Kind::Comment)) {
        return Err(AddressFault::Missing);
    }
    let mailboxes = tokens.split(|token| matches!(token.kind, Kind::Comma));
    mailboxes.map(|tokens| mailbox(tokens).ok_or(AddressFault::Ambiguous)).collect()
}

/// The only mailbox of a header.
///
/// # Errors
/// As [`mailboxes`], and [`AddressFault::Several`].
pub fn only_mailbox(value: &str) -> Result<Address, AddressFault> {
    let mut found = mailboxes(value)?;
    match (found.pop(), found.is_empty()) {
        (Some(address), true) => Ok(address),
        (None, _) => Err(AddressFault::Missing),
        _ => Err(AddressFault::Several),
    }
}

/// A token of a header with addresses.
struct Token<'a> {
    kind: Kind<'a>,
    /// Whether white space stands before it.
    is_apart: bool,
}

enum Kind<'a> {
    /// Letters of an atom and dots.
    Word(&'a str),
    /// A quoted text with its quotes.
    Quoted(&'a str),
    /// The text between `<` and `>`.
    Angle(&'a str),
    At,
    Comma,
    /// `:` or `;`
    Group,
    Comment,
}

fn mailbox(tokens: &[Token<'_>]) -> Option<Address> {
    let is_comment = |token: &&Token<'_>| matches!(token.kind, Kind::Comment);
    let from = tokens.iter().take_while(is_comment).count();
    let until = tokens.len() - tokens.iter().rev().take_while(is_comment).count();
    let tokens = tokens.get(from..until)?;
    if let [first, at, last] = tokens
        && let (Kind::Word(local) | Kind::Quoted(local), Kind::At, Kind::Word(domain)) =
            (&first.kind, &at.kind, &last.kind)
    {
        let is_whole = !at.is_apart && !last.is_apart;
        return is_whole.then(|| Address::parse(&format!("{local}@{domain}")))?;
    }
    let (last, name) = tokens.split_last()?;
    let is_name = |token: &Token<'_>| matches!(token.kind, Kind::Word(_) | Kind::Quoted(_) | Kind::Comment);
    match last.kind {
        Kind::Angle(address) if name.iter().all(is_name) => Address::parse(address),
        _ => None,
    }
}

fn tokenise(value: &str) -> Result<Vec<Token<'_>>, AddressFault> {
    let (mut tokens, mut rest) = (Vec::new(), value);
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t']);
        let is_apart = trimmed.len() != rest.len();
        let Some(first) = trimmed.chars().next() else { return Ok(tokens) };
        let length = token_length(trimmed, first).ok_or(AddressFault::Ambiguous)?;
        let (token, after) = trimmed.split_at(length);
        let kind = match first {
            '"' => Kind::Quoted(token),
            '(' => Kind::Comment,
            '<' => Kind::Angle(&token[1..length - 1]),
            '@' => Kind::At,
            ',' => Kind::Comma,
            ':' | ';' => Kind::Group,
            _ => Kind::Word(token),
        };
        tokens.push(Token { kind, is_apart });
        rest = after;
    }
}

/// How many bytes the token has that begins the text.
fn token_length(text: &str, first: char) -> Option<usize> {
    match first {
        '"' => quoted_length(text),
        '(' => {
            // A comment that looks like an address, a list or a further comment is read in several ways.
            let end = text.find(')')?;
            let inner = text.get(1..end)?;
            (!inner.contains(['(', '<', '>', '@', ',', ':', ';', '"', '\\'])).then_some(end + 1)
        }
        '<' => {
            let from = if text.get(1..2) == Some("\"") { 1 + quoted_length(text.get(1..)?)? } else { 1 };
            let end = from + text.get(from..)?.find('>')?;
            let inner = text.get(from..end)?;
            (!inner.contains(['<', '"', ',', ':', ';', '(', ')', ' ', '\t'])).then_some(end + 1)
        }
        '@' | ',' | ':' | ';' => Some(1),
        _ => {
            let end = text.find(|char| !is_atom_char(char) && char != '.').unwrap_or(text.len());
            (end > 0).then_some(end)
        }
    }
}

/// The length of a quoted text, with both quotes.
fn quoted_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The content of a quoted text.
fn unquote(inner: &str) -> Option<String> {
    let (mut content, mut chars) = (String::new(), inner.chars());
    while let Some(char) = chars.next() {
        match char {
            '\\' => content.push(chars.next()?),
            '"' => return None,
            _ => content.push(char),
        }
    }
    Some(content)
}

/// Whether a character may stand in an atom (RFC 5322, section 3.2.3; RFC 6532 adds those beyond ASCII).
fn is_atom_char(char: char) -> bool {
    match char.is_ascii() {
        true => char.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(char),
        false => !char.is_control() && !char.is_whitespace() && !kernel::text::is_invisible(char),
    }
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<String, AddressFault> {
        only_mailbox(value).map(|address| address.to_string())
    }

    #[test]
    fn one_mailbox_is_found_in_each_usual_form() {
        for (value, expected) in [
            ("jo@example.com", "jo@example.com"),
            (" Jo Doe <Jo@Example.COM>", "jo@example.com"),
            ("\"Doe, Jo\" <jo@example.com>", "jo@example.com"),
            ("\"other@example.org\" <jo@example.com>", "jo@example.com"),
            ("=?utf-8?q?J=C3=B6?= <jo@example.com>", "jo@example.com"),
            ("jo@example.com (Jo Doe)", "jo@example.com"),
            ("<jo@example.com>", "jo@example.com"),
            ("\"jo\"@example.com", "jo@example.com"),
            ("\"jo doe\"@example.com", "\"jo doe\"@example.com"),
            ("\"jo@home\"@example.com", "\"jo@home\"@example.com"),
            ("jo.doe+tag@example.com", "jo.doe+tag@example.com"),
            ("jo@bücher.example", "jo@xn--bcher-kva.example"),
            ("jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
            ("jö@example.com", "jö@example.com"),
        ] {
            assert_eq!(read(value).as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_two_readers_read_differently_is_a_fault() {
        for (value, fault) in [
            ("", AddressFault::Missing),
            ("(jo)", AddressFault::Missing),
            ("a@example.com, b@example.com", AddressFault::Several),
            ("Doe, Jo <jo@example.com>", AddressFault::Ambiguous),
            ("all: a@example.com, b@example.com;", AddressFault::Group),
            ("jo@example.com <other@example.com>", AddressFault::Ambiguous),
            ("<jo@example.com> <other@example.com>", AddressFault::Ambiguous),
            ("<@relay.example:jo@example.com>", AddressFault::Ambiguous),
            ("jo(x)@example.com", AddressFault::Ambiguous),
            ("jo@example.com (other@example.com)", AddressFault::Ambiguous),
            ("jo @example.com", AddressFault::Ambiguous),
            ("jo@[192.0.2.1]", AddressFault::Ambiguous),
            ("jo@localhost", AddressFault::Ambiguous),
            ("jo@example.com\u{202e}", AddressFault::Ambiguous),
            ("jo@ｅxample.com", AddressFault::Ambiguous),
            ("jo..doe@example.com", AddressFault::Ambiguous),
            ("\"jo@example.com", AddressFault::Ambiguous),
            ("jo@example.com,", AddressFault::Ambiguous),
            ("jo@example.com@example.org", AddressFault::Ambiguous),
            ("<jo@example.com", AddressFault::Ambiguous),
            ("jo\\@example.com", AddressFault::Ambiguous),
        ] {
            assert_eq!(read(value), Err(fault), "{value}");
        }
    }

    #[test]
    fn a_tag_is_read_only_of_its_own_address() {
        let support = Address::parse("support@example.com").unwrap();
        let tag = |text: &str| Address::parse(text).unwrap().tag_of(&support).map(str::to_owned);
        assert_eq!(tag("Support+A1@example.com").as_deref(), Some("a1"));
        assert_eq!(tag("support@example.com"), None);
        assert_eq!(tag("other+a1@example.com"), None);
        assert_eq!(tag("support+a1@example.org"), None);
    }
}
