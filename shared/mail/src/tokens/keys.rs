//! The keys of all hashes and tokens of this crate, from the secret `mail-key`.

use crate::mailbox::Mailbox;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Result};
use ring::hmac::{HMAC_SHA256, Key, sign};
use std::{fmt, iter::once};
use subtle::ConstantTimeEq;

/// HMAC-SHA-256 with the current key, and with the previous ones for what was made under them. Cheap to clone.
#[derive(Clone)]
pub struct MailKeys {
    current: Key,
    previous: Vec<Key>,
}

impl MailKeys {
    /// Reads base64url keys of 32 bytes, the current one first.
    ///
    /// # Errors
    /// `internal` when there is no key, or one that cannot be parsed.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut keys = keys.into_iter();
        let current = key(keys.next().unwrap_or_default())?;
        Ok(Self { current, previous: keys.map(key).collect::<Result<_>>()? })
    }

    /// The hash of a mailbox, under the current key. A plain hash would not be enough, because addresses can be
    /// guessed.
    pub(crate) fn mailbox(&self, mailbox: &Mailbox) -> String {
        text(&self.current, "mailbox", &mailbox.folded())
    }

    /// The hashes of a mailbox under all keys, the current one first.
    pub(crate) fn mailboxes(&self, mailbox: &Mailbox) -> Vec<String> {
        let folded = mailbox.folded();
        self.all().map(|key| text(key, "mailbox", &folded)).collect()
    }

    /// The hashes of an id that SES gave to a mail of ours, under all keys, the current one first. A request keeps the
    /// first, and a reply to the mail is recognised by any of them.
    #[must_use]
    pub fn message_ids(&self, message_id: &str) -> Vec<String> {
        self.all().map(|key| text(key, "message", message_id)).collect()
    }

    /// The first `N` bytes of the MAC of some bytes for a purpose, under the current key.
    pub(crate) fn mac<const N: usize>(&self, purpose: &str, bytes: &[u8]) -> [u8; N] {
        truncated(&self.current, purpose, bytes)
    }

    /// Whether `mac` is that of the bytes, under any key. Takes the same time wherever the two differ.
    pub(crate) fn verifies<const N: usize>(&self, purpose: &str, bytes: &[u8], mac: &[u8; N]) -> bool {
        self.all().any(|key| truncated::<N>(key, purpose, bytes).ct_eq(mac).into())
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for MailKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailKeys")
    }
}

/// The text to sign. No purpose contains a colon, so no text of one purpose is that of another.
fn framed(purpose: &str, bytes: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), b":", bytes].concat()
}

fn text(key: &Key, purpose: &str, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(sign(key, &framed(purpose, text.as_bytes())))
}

fn truncated<const N: usize>(key: &Key, purpose: &str, bytes: &[u8]) -> [u8; N] {
    let mut mac = [0; N];
    let tag = sign(key, &framed(purpose, bytes));
    mac.iter_mut().zip(tag.as_ref()).for_each(|(byte, signed)| *byte = *signed);
    mac
}

fn key(text: &str) -> Result<Key> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or_else(|| Error::internal("a mail key must be 32 bytes in base64url without padding"))?;
    Ok(Key::new(HMAC_SHA256, &bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Keys of these bytes, the current one first.
    pub(crate) fn keys(bytes: &[u8]) -> MailKeys {
        let texts: Vec<String> = bytes.iter().map(|byte| URL_SAFE_NO_PAD.encode([*byte; 32])).collect();
        MailKeys::from_keys(texts.iter().map(String::as_str)).unwrap()
    }

    #[test]
    fn a_hash_depends_on_the_key_the_purpose_and_the_folded_address() {
        let ada = |text| keys(&[1]).mailbox(&Mailbox::parse(text).unwrap());
        assert_eq!(ada("Ada@EXAMPLE.com"), ada("ada@example.com"));
        assert_ne!(ada("ada@example.com"), ada("a.da@example.com"));
        assert_ne!(ada("ada@example.com"), keys(&[2]).mailbox(&Mailbox::parse("ada@example.com").unwrap()));
        assert_ne!(vec![ada("ada@example.com")], keys(&[1]).message_ids("ada@example.com"));
        assert!(!ada("ada@example.com").contains("ada"));
    }

    #[test]
    fn a_previous_key_is_accepted_and_no_longer_used() {
        let mailbox = Mailbox::parse("ada@example.com").unwrap();
        let (both, before) = (keys(&[2, 1]), keys(&[1]));
        assert_eq!(both.mailboxes(&mailbox), [keys(&[2]).mailbox(&mailbox), before.mailbox(&mailbox)]);
        let mac: [u8; 16] = before.mac("x", b"y");
        assert!(both.verifies("x", b"y", &mac) && !keys(&[2]).verifies("x", b"y", &mac));
        assert!(!both.verifies("z", b"y", &mac) && !both.verifies("x", b"z", &mac));
        assert_ne!(both.mac::<16>("x", b"y"), mac);
    }

    #[test]
    fn a_bad_secret_is_named_and_no_key_is_printed() {
        let good = URL_SAFE_NO_PAD.encode([1; 32]);
        for bad in ["", "AAAA", "not base64!"] {
            assert!(MailKeys::from_keys([bad]).is_err() && MailKeys::from_keys([good.as_str(), bad]).is_err(), "{bad}");
        }
        assert!(MailKeys::from_keys([]).is_err());
        assert_eq!(format!("{:?}", keys(&[1])), "MailKeys");
    }
}
