//! Sealing (authenticated encryption) of data that a browser stores for us and must neither read
//! nor change.

use crate::key::key_bytes;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Ids, Result};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::fmt;

/// Seals with the current key and opens with the current or a previous one.
pub struct Seal {
    current: LessSafeKey,
    previous: Vec<LessSafeKey>,
}

impl Seal {
    /// A seal from base64url keys of 32 bytes, the current one first.
    ///
    /// # Errors
    /// `internal` when there is no key, or one that cannot be parsed.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut keys = keys.into_iter();
        let current = key(keys.next().unwrap_or_default())?;
        Ok(Self { current, previous: keys.map(key).collect::<Result<_>>()? })
    }

    /// Seals `plain` for a purpose. [`Self::open`] opens it only with the same `purpose`.
    ///
    /// The nonce is random. It has 96 bits and each sign-in seals once, so no nonce repeats within
    /// the life of a key (NIST SP 800-38D §8.3 allows 2³² sealings).
    ///
    /// # Errors
    /// `internal` when the cipher fails.
    pub fn seal(&self, purpose: &str, plain: &[u8], ids: &Ids) -> Result<String> {
        let nonce: [u8; NONCE_LEN] = ids.bytes();
        let mut sealed = plain.to_vec();
        self.current
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed)
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// The plain data, or `None` when `sealed` was changed or was sealed for another purpose or with
    /// an unknown key.
    #[must_use]
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        std::iter::once(&self.current).chain(&self.previous).find_map(|key| {
            let mut plain = sealed.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            key.open_in_place(nonce, Aad::from(purpose), &mut plain).ok().map(|plain| plain.to_vec())
        })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

fn key(text: &str) -> Result<LessSafeKey> {
    let bytes = key_bytes(text, "a sealing key")?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| Error::internal("a sealing key has no use"))?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Fixed;

    fn key_text(byte: u8) -> String {
        URL_SAFE_NO_PAD.encode([byte; 32])
    }

    fn seal(byte: u8) -> Seal {
        Seal::from_keys([key_text(byte).as_str()]).unwrap()
    }

    #[test]
    fn sealed_data_opens_for_its_purpose_alone() {
        let seal = seal(1);
        let sealed = seal.seal("a", b"secret", &Ids::new(Fixed(9))).unwrap();
        assert_eq!(seal.open("a", &sealed).as_deref(), Some(b"secret".as_slice()));
        assert_eq!(seal.open("b", &sealed), None);
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let seal = seal(1);
        let sealed = seal.seal("a", b"secret", &Ids::new(Fixed(9))).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open("a", &URL_SAFE_NO_PAD.encode(changed)), None, "byte {at} may not be changed");
            assert_eq!(seal.open("a", &URL_SAFE_NO_PAD.encode(&bytes[..at])), None, "{at} bytes are not enough");
        }
    }

    #[test]
    fn a_previous_key_still_opens_and_a_removed_one_does_not() {
        let ids = Ids::new(Fixed(9));
        let old = seal(1).seal("a", b"x", &ids).unwrap();
        let both = Seal::from_keys([key_text(2).as_str(), &key_text(1)]).unwrap();
        assert_eq!(both.open("a", &old).as_deref(), Some(b"x".as_slice()));
        let new = seal(2);
        assert_eq!(new.open("a", &old), None);
        assert!(new.open("a", &both.seal("a", b"x", &ids).unwrap()).is_some(), "the first key must seal");
    }

    #[test]
    fn a_bad_secret_is_named() {
        for bad in ["", "AAAA", "not base64!"] {
            assert!(Seal::from_keys([bad]).is_err(), "{bad} must not make a key");
            assert!(Seal::from_keys([key_text(1).as_str(), bad]).is_err(), "{bad} must not pass as a previous key");
        }
        assert!(Seal::from_keys([]).is_err(), "a seal needs a key");
    }
}
