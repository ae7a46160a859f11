//! The token of an unsubscribe link (RFC 8058): it ends the product mail of one account, without a session.
//!
//! A token does not expire: a person may unsubscribe by an old mail. It does no more than that, so a token that
//! somebody else finds does no harm that a click does not undo.

use crate::{
    row::kind::Stream,
    tokens::{base32, keys::MailKeys},
};
use kernel::AccountId;
use uuid::Uuid;

const PURPOSE: &str = "unsubscribe";

/// Bytes of the MAC. 128 bits cannot be guessed.
const MAC_BYTES: usize = 16;

/// Bytes of a stream and an account.
const PLAIN_BYTES: usize = 17;

/// The stream that a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The account.
    pub account: AccountId,
    /// The stream.
    pub stream: Stream,
}

impl MailKeys {
    /// The token of an account and a stream: 53 letters and digits.
    #[must_use]
    pub fn unsubscribe_token(&self, unsubscribe: Unsubscribe) -> String {
        let plain = plain(unsubscribe);
        let mac: [u8; MAC_BYTES] = self.mac(PURPOSE, &plain);
        base32::encoded(&[plain.as_slice(), &mac].concat())
    }

    /// The stream that a token ends. `None` for a text that is no token of ours. The route answers the same to every
    /// text, so that nobody learns whether there is such an account.
    #[must_use]
    pub fn read_unsubscribe_token(&self, token: &str) -> Option<Unsubscribe> {
        // Longer texts are not decoded.
        if token.len() > 64 {
            return None;
        }
        let bytes = base32::decoded(token)?;
        let (plain, mac) = bytes.split_first_chunk::<PLAIN_BYTES>()?;
        let mac = mac.try_into().ok()?;
        if !self.verifies::<MAC_BYTES>(PURPOSE, plain, mac) {
            return None;
        }
        let (stream, account) = plain.split_first()?;
        let stream = [Stream::Transactional, Stream::Product].into_iter().find(|known| number(*known) == *stream)?;
        Some(Unsubscribe { account: AccountId::new(Uuid::from_slice(account).ok()?), stream })
    }
}

fn plain(unsubscribe: Unsubscribe) -> [u8; PLAIN_BYTES] {
    // The text of an id is always that of a UUID.
    let account = Uuid::parse_str(&unsubscribe.account.to_string()).unwrap_or_default();
    let mut plain = [number(unsubscribe.stream); PLAIN_BYTES];
    plain.iter_mut().skip(1).zip(account.as_bytes()).for_each(|(byte, part)| *byte = *part);
    plain
}

/// The number of a stream in tokens. It must not change, because tokens do not expire.
fn number(stream: Stream) -> u8 {
    match stream {
        Stream::Transactional => 1,
        Stream::Product => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::keys::tests::keys;

    fn ada() -> Unsubscribe {
        let account = "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap();
        Unsubscribe { account, stream: Stream::Product }
    }

    #[test]
    fn a_token_ends_its_stream_of_its_account() {
        let token = keys(&[1]).unsubscribe_token(ada());
        assert_eq!(token.len(), 53, "{token}");
        assert_eq!(keys(&[1]).read_unsubscribe_token(&token), Some(ada()));
        assert_eq!(keys(&[1]).read_unsubscribe_token(&token.to_uppercase()), Some(ada()), "a mail client folded it");
        assert_eq!(keys(&[2, 1]).read_unsubscribe_token(&token), Some(ada()), "an old mail still works");
        let other = Unsubscribe { stream: Stream::Transactional, ..ada() };
        assert_ne!(keys(&[1]).unsubscribe_token(other), token);
        assert!(!token.contains("01929e6b"), "the token is opaque");
    }

    #[test]
    fn a_changed_token_and_a_token_of_another_key_are_none() {
        let token = keys(&[1]).unsubscribe_token(ada());
        assert_eq!(keys(&[2]).read_unsubscribe_token(&token), None);
        let bytes = base32::decoded(&token).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(keys(&[1]).read_unsubscribe_token(&base32::encoded(&changed)), None, "byte {at}");
            assert_eq!(keys(&[1]).read_unsubscribe_token(&base32::encoded(&bytes[..at])), None, "{at} bytes");
        }
        let longer = base32::encoded(&[bytes.as_slice(), &[0]].concat());
        for text in ["", "x", &longer, &"a".repeat(10_000), &format!("{token} "), &format!("{token}=")] {
            assert_eq!(keys(&[1]).read_unsubscribe_token(text), None, "{text:?}");
        }
    }
}
