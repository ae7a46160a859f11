//! A mail as it is judged.

use crate::{
    limits::Limits,
    mail::{
        address::{Address, AddressFault, mailboxes, only_mailbox},
        decode::{other_words, words},
        head::{Head, has_bare_control},
        parts::Parts,
        signature::Signature,
        unreadable::Unreadable,
    },
};
use jiff::fmt::rfc2822::DateTimeParser;
use kernel::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The headers that a mail has at most once (RFC 5322, section 3.6). With two of them, the verifier and a reader may look
/// at different ones.
const SINGLETONS: [&str; 5] = ["from", "to", "subject", "date", "message-id"];
/// Reads Date with the forms that RFC 5322 calls obsolete.
const DATE: DateTimeParser = DateTimeParser::new();

/// A mail that was read within the limits. [`judge`](crate::judge()) says what it asks for.
pub struct Mail {
    pub(crate) head: Head,
    pub(crate) parts: Parts,
    /// The only mailbox of the only From header.
    pub(crate) from: Result<Address, AddressFault>,
    /// The subject with its encoded words decoded.
    pub(crate) subject: String,
    /// The subjects that other readers may show.
    pub(crate) other_subjects: Vec<String>,
    /// The time in Date.
    pub(crate) date: Option<Timestamp>,
    /// The DKIM signatures. `None` for one that cannot be read.
    pub(crate) signatures: Vec<Option<Signature>>,
    /// Whether a header that may stand once stands twice.
    pub(crate) has_doubled_header: bool,
    /// Whether the body has a NUL, a bare CR or a bare LF.
    pub(crate) has_odd_body: bool,
}

impl Mail {
    /// The mailboxes of all headers with this name. None for a header that is no list of mailboxes.
    pub(crate) fn mailboxes(&self, name: &str) -> Vec<Address> {
        let values = self.head.all(name).filter_map(|value| String::from_utf8(value).ok());
        values.flat_map(|value| mailboxes(&value).unwrap_or_default()).collect()
    }

    /// The ids in a header such as In-Reply-To, without `<` and `>`.
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        let text = self.head.text(name).unwrap_or_default();
        let ids = text.split('<').skip(1).filter_map(|rest| rest.split_once('>').map(|(id, _)| id.trim().to_owned()));
        ids.filter(|id| !id.is_empty()).take(20).collect()
    }
}

/// Reads a mail as SES stored it.
///
/// Needs little more memory than the mail itself: a copy of the header blocks, and of the beginnings of a few texts. It
/// verifies nothing.
///
/// # Errors
/// [`Unreadable`] beyond the limits, and if the library that decodes texts panics. Then
/// [`Judgement::unreadable`](crate::Judgement::unreadable) is the judgement: a person looks at the mail, and none is lost.
pub fn read(raw: &[u8], limits: &Limits) -> Result<Mail, Unreadable> {
    guard(|| read_unguarded(raw, limits))
}

/// Turns a panic into an outcome. `mail-parser` has an open report of a panic (issue 120 of its project). This needs
/// `panic = "unwind"`, which the profile for releases has. The values that a panic leaves behind are dropped.
fn guard(read: impl FnOnce() -> Result<Mail, Unreadable>) -> Result<Mail, Unreadable> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(Unreadable::Panic))
}

fn read_unguarded(raw: &[u8], limits: &Limits) -> Result<Mail, Unreadable> {
    if raw.len() > limits.mail_bytes {
        return Err(Unreadable::LargeMail);
    }
    let head = Head::read(raw, limits)?;
    let body = &raw[head.body_at..];
    let parts = Parts::read(&head, body, limits)?;
    let from = match (head.count("from"), head.all("from").next().map(String::from_utf8)) {
        (_, None) => Err(AddressFault::Missing),
        (1, Some(Ok(value))) => only_mailbox(&value),
        (1, Some(Err(_))) => Err(AddressFault::Ambiguous),
        _ => Err(AddressFault::Several),
    };
    let subject = head.all("subject").next().unwrap_or_default();
    let shown = words(&subject);
    Ok(Mail {
        from,
        other_subjects: other_words(&subject, &shown),
        subject: shown,
        date: head.text("date").and_then(|text| DATE.parse_timestamp(text).ok()),
        // A mail with more signatures than the limit has none that is counted.
        signatures: match head.count("dkim-signature") > limits.signatures {
            true => vec![None],
            false => head.raw("dkim-signature").map(Signature::parse).collect(),
        },
        has_doubled_header: SINGLETONS.iter().any(|name| head.count(name) > 1),
        has_odd_body: has_bare_control(body),
        head,
        parts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_outcome() {
        let unreadable = guard(|| panic!("as a decoder may"));
        assert_eq!(unreadable.err(), Some(Unreadable::Panic));
    }

    #[test]
    fn a_mail_that_is_too_large_is_not_read() {
        let limits = Limits { mail_bytes: 10, ..Limits::default() };
        assert_eq!(read(&[b'a'; 11], &limits).err(), Some(Unreadable::LargeMail));
    }

    #[test]
    fn ids_and_dates_are_read() {
        let raw = b"In-Reply-To: <a@b> text <c@d>\r\nDate: Mon, 30 Nov 2026 13:00:00 +0100 (CET)\r\n\r\n";
        let mail = read(raw, &Limits::default()).unwrap();
        assert_eq!(mail.ids("in-reply-to"), ["a@b", "c@d"]);
        assert_eq!(mail.date, Some("2026-11-30T12:00:00Z".parse().unwrap()));
    }
}
