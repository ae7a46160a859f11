//! Keyed hashes of erased accounts. Without the key they identify no person.

use crate::deletion::{CODE_BYTES, DeletionCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{AccountId, Error, Result, Timestamp};
use ring::hmac::{HMAC_SHA256, Key, sign};
use std::fmt;

/// The codes of one request of a partner. The same request always has the same codes, and nobody without the
/// key can make them.
#[derive(Debug)]
pub(crate) struct RequestCodes {
    /// The code under the current key.
    pub(crate) current: DeletionCode,
    /// Those under the previous keys: the request may have come before the key was replaced.
    pub(crate) previous: Vec<DeletionCode>,
}

/// The keys of the hashes: HMAC-SHA-256 with the secret `erasure-hash-key`. A plain hash is not
/// enough, because subjects and addresses can be guessed.
pub struct HashKeys {
    current: Key,
    previous: Vec<Key>,
}

impl HashKeys {
    /// Reads base64url keys of 32 bytes, the current one first.
    ///
    /// # Errors
    /// `internal` if a key does not parse or there is none.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut keys = keys.into_iter();
        let current = key(keys.next().unwrap_or_default())?;
        Ok(Self { current, previous: keys.map(key).collect::<Result<_>>()? })
    }

    /// The hash of an account, under the current key.
    pub(crate) fn account(&self, account: AccountId) -> String {
        hash(&self.current, &format!("account:{account}"))
    }

    /// The hash of a person at an issuer, under the current key.
    pub(crate) fn subject(&self, issuer: &str, subject: &str) -> String {
        hash(&self.current, &framed(issuer, subject))
    }

    /// The hashes of a person under all accepted keys, the current one first.
    pub(crate) fn subjects(&self, issuer: &str, subject: &str) -> Vec<String> {
        let framed = framed(issuer, subject);
        std::iter::once(&self.current).chain(&self.previous).map(|key| hash(key, &framed)).collect()
    }

    /// The codes of a request to delete the data of a partner's identity. `at` is the time of the request.
    pub(crate) fn request(&self, provider: &str, subject: &str, at: Timestamp) -> RequestCodes {
        let framed = format!("request:{}:{provider}:{}:{subject}", provider.len(), at.as_millisecond());
        let code = |key: &Key| {
            let mut bytes = [0; CODE_BYTES];
            bytes.iter_mut().zip(sign(key, framed.as_bytes()).as_ref()).for_each(|(byte, hashed)| *byte = *hashed);
            DeletionCode::of(bytes)
        };
        RequestCodes { current: code(&self.current), previous: self.previous.iter().map(code).collect() }
    }
}

impl fmt::Debug for HashKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKeys")
    }
}

/// The text to hash. The length of the issuer makes it unique for each pair.
fn framed(issuer: &str, subject: &str) -> String {
    format!("subject:{}:{issuer}:{subject}", issuer.len())
}

fn hash(key: &Key, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(sign(key, text.as_bytes()))
}

fn key(text: &str) -> Result<Key> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 32);
    let bytes = bytes.ok_or_else(|| Error::internal("an erasure hash key must be 32 bytes in base64url"))?;
    Ok(Key::new(HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(byte: u8) -> String {
        URL_SAFE_NO_PAD.encode([byte; 32])
    }

    #[test]
    fn a_hash_depends_on_the_key_and_on_each_part() {
        let (one, other) = (text(1), text(2));
        let (one, other) =
            (HashKeys::from_keys([one.as_str()]).unwrap(), HashKeys::from_keys([other.as_str()]).unwrap());
        let hash = one.subject("https://a", "1");
        assert_eq!(hash, one.subject("https://a", "1"));
        for another in [other.subject("https://a", "1"), one.subject("https://a", "2"), one.subject("https://a:1", "")]
        {
            assert_ne!(hash, another);
        }
    }

    #[test]
    fn a_previous_key_is_accepted_and_no_longer_used() {
        let (new, old) = (text(2), text(1));
        let both = HashKeys::from_keys([new.as_str(), &old]).unwrap();
        let before = HashKeys::from_keys([old.as_str()]).unwrap().subject("i", "s");
        assert_eq!(both.subjects("i", "s"), [both.subject("i", "s"), before]);
        assert!(HashKeys::from_keys(["AAAA"]).is_err() && HashKeys::from_keys([]).is_err());
    }

    #[test]
    fn a_request_has_the_same_code_each_time_and_another_has_another() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (new, old) = (text(2), text(1));
        let keys = HashKeys::from_keys([new.as_str(), &old]).unwrap();
        let codes = keys.request("facebook", "1", at(5));
        assert_eq!(codes.current, keys.request("facebook", "1", at(5)).current);
        assert_eq!(codes.current.to_string().parse::<DeletionCode>().unwrap(), codes.current);
        let before = HashKeys::from_keys([old.as_str()]).unwrap().request("facebook", "1", at(5)).current;
        assert_eq!(codes.previous, [before]);
        for other in [
            keys.request("apple", "1", at(5)),
            keys.request("facebook", "2", at(5)),
            keys.request("facebook", "1", at(6)),
        ] {
            assert_ne!(other.current, codes.current);
        }
    }
}
