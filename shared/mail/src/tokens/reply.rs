//! The token of a reply address, `support+<token>@…`: a reply to a mail about a request joins that request. SES
//! replaces the Message-ID, so the address carries the token.

use crate::tokens::{base32, keys::MailKeys};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

const PURPOSE: &str = "reply";

/// Bytes of the MAC. A wrong guess costs a mail, and a right one only joins a mail to a request.
const MAC_BYTES: usize = 8;

/// Bytes of a deletion code.
const CODE_BYTES: usize = 20;

/// The first byte of the token of a deletion.
const DELETION: u8 = b'd';

/// The first byte of the token of a case.
const CASE: u8 = b'c';

/// Most characters of a case number. With them the local part `support+<token>` has at most 64 bytes.
const NUMBER_CHARS: usize = 20;

/// The subject of a mail of ours. A reply to the mail joins it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplySubject {
    /// A deletion, or a request for one: its code.
    Deletion(String),
    /// A case: its number.
    Case(String),
}

impl MailKeys {
    /// The token of a subject. `None` for a text that is no code, or no number.
    #[must_use]
    pub fn reply_token(&self, subject: &ReplySubject) -> Option<String> {
        let plain = plain(subject)?;
        let mac: [u8; MAC_BYTES] = self.mac(PURPOSE, &plain);
        Some(base32::encoded(&[plain.as_slice(), &mac].concat()))
    }

    /// The subject of a token. `None` for a text that is no token of ours.
    #[must_use]
    pub fn read_reply_token(&self, token: &str) -> Option<ReplySubject> {
        // Longer texts are not decoded.
        if token.len() > 64 {
            return None;
        }
        let bytes = base32::decoded(token)?;
        let (plain, mac) = bytes.split_last_chunk::<MAC_BYTES>()?;
        if !self.verifies(PURPOSE, plain, mac) {
            return None;
        }
        match plain.split_first()? {
            (&DELETION, code) => Some(ReplySubject::Deletion(URL_SAFE_NO_PAD.encode(code))),
            (&CASE, number) => Some(ReplySubject::Case(String::from_utf8(number.to_vec()).ok()?)),
            _ => None,
        }
    }
}

fn plain(subject: &ReplySubject) -> Option<Vec<u8>> {
    let (first, rest) = match subject {
        ReplySubject::Deletion(code) => {
            (DELETION, URL_SAFE_NO_PAD.decode(code).ok().filter(|bytes| bytes.len() == CODE_BYTES)?)
        }
        ReplySubject::Case(number) => {
            let fits = !number.is_empty() && number.len() <= NUMBER_CHARS && number.is_ascii();
            (CASE, fits.then(|| number.as_bytes().to_vec())?)
        }
    };
    Some([&[first], rest.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::keys::tests::keys;

    #[test]
    fn a_reply_joins_its_request_in_any_letter_case() {
        for subject in [
            ReplySubject::Deletion(URL_SAFE_NO_PAD.encode([0xFB; CODE_BYTES])),
            ReplySubject::Case("C-7Q4K-2M9D".to_owned()),
        ] {
            let token = keys(&[1]).reply_token(&subject).unwrap();
            assert!(format!("support+{token}").len() <= 64, "{token}");
            assert_eq!(keys(&[1]).read_reply_token(&token.to_uppercase()), Some(subject.clone()));
            assert_eq!(keys(&[2, 1]).read_reply_token(&token), Some(subject));
            assert_eq!(keys(&[2]).read_reply_token(&token), None);
            let bytes = base32::decoded(&token).unwrap();
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                assert_eq!(keys(&[1]).read_reply_token(&base32::encoded(&changed)), None, "byte {at}");
            }
        }
        for text in ["", "x", &"a".repeat(10_000)] {
            assert_eq!(keys(&[1]).read_reply_token(text), None);
        }
    }

    #[test]
    fn another_text_has_no_token() {
        for subject in [
            ReplySubject::Deletion("short".to_owned()),
            ReplySubject::Deletion(String::new()),
            ReplySubject::Case(String::new()),
            ReplySubject::Case("C-".repeat(20)),
            ReplySubject::Case("C-\u{e9}".to_owned()),
        ] {
            assert_eq!(keys(&[1]).reply_token(&subject), None, "{subject:?}");
        }
    }
}
