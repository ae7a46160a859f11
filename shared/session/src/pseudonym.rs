//! Pseudonyms of accounts. A log line names an account by its pseudonym, so operators see which
//! accounts make load, and no log holds an account's id.
//!
//! A pseudonym is the first 8 bytes of HMAC-SHA-256(key of the day, account id). The key of the day is
//! HMAC-SHA-256(secret `pseudonym-key`, date in UTC). Without the secret nobody can tell the account
//! of a pseudonym, or whether two pseudonyms of different days are of one account.

use crate::key::key_bytes;
use jiff::{civil::Date, tz::TimeZone};
use kernel::{AccountId, Error, Result, Timestamp};
use ring::hmac::{HMAC_SHA256, Key, sign};
use serde::{Deserialize, Serialize};
use std::{fmt, iter::once, str::FromStr};

/// The bytes of a pseudonym. With eight, two of ten million accounts have the same pseudonym on one
/// day in 370,000.
const BYTES: usize = 8;

/// The name of an account in the log lines of one day (UTC): 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pseudonym(u64);

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$x}", self.0, width = 2 * BYTES)
    }
}

impl FromStr for Pseudonym {
    type Err = Error;

    /// Accepts only 16 digits in lower case, so that a pseudonym has one spelling.
    ///
    /// # Errors
    /// `invalid` for any other text.
    fn from_str(text: &str) -> Result<Self> {
        let pseudonym = u64::from_str_radix(text, 16).map(Self).ok();
        pseudonym
            .filter(|pseudonym| pseudonym.to_string() == text)
            .ok_or_else(|| Error::invalid("pseudonym", "A pseudonym has 16 digits from 0 to 9 and from a to f."))
    }
}

impl TryFrom<String> for Pseudonym {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Pseudonym> for String {
    fn from(pseudonym: Pseudonym) -> Self {
        pseudonym.to_string()
    }
}

/// The keys of the pseudonyms, from the secret `pseudonym-key`.
pub struct PseudonymKeys {
    current: Key,
    previous: Vec<Key>,
}

impl PseudonymKeys {
    /// Reads base64url keys of 32 bytes, the current one first.
    ///
    /// # Errors
    /// `internal` when there is no key, or one that cannot be parsed.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut keys = keys.into_iter();
        let current = key(keys.next().unwrap_or_default())?;
        Ok(Self { current, previous: keys.map(key).collect::<Result<_>>()? })
    }

    /// The pseudonym of an account on the day (UTC) of `at`, under the current key.
    #[must_use]
    pub fn pseudonym(&self, account: AccountId, at: Timestamp) -> Pseudonym {
        pseudonym(&day_key(&self.current, TimeZone::UTC.to_datetime(at).date()), account)
    }

    /// The keys of one day, for many accounts.
    #[must_use]
    pub fn of_day(&self, day: Date) -> DayKeys {
        DayKeys(once(&self.current).chain(&self.previous).map(|key| day_key(key, day)).collect())
    }
}

impl fmt::Debug for PseudonymKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKeys")
    }
}

/// The keys of the pseudonyms of one day (UTC).
pub struct DayKeys(Vec<Key>);

impl DayKeys {
    /// The pseudonyms of an account on this day: under the current key, then under the previous one.
    pub fn pseudonyms(&self, account: AccountId) -> impl Iterator<Item = Pseudonym> {
        self.0.iter().map(move |key| pseudonym(key, account))
    }
}

impl fmt::Debug for DayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DayKeys")
    }
}

fn day_key(secret: &Key, day: Date) -> Key {
    Key::new(HMAC_SHA256, sign(secret, day.to_string().as_bytes()).as_ref())
}

fn pseudonym(key: &Key, account: AccountId) -> Pseudonym {
    let tag = sign(key, account.to_string().as_bytes());
    Pseudonym(tag.as_ref().iter().take(BYTES).fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

fn key(text: &str) -> Result<Key> {
    Ok(Key::new(HMAC_SHA256, &key_bytes(text, "a pseudonym key")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    const ALICE: &str = "01929e6b-6c00-7000-8000-0123456789ab";
    const BOB: &str = "01929e6b-6c00-7000-8000-0123456789ac";

    fn text(byte: u8) -> String {
        URL_SAFE_NO_PAD.encode([byte; 32])
    }

    fn keys(bytes: &[u8]) -> PseudonymKeys {
        let texts: Vec<String> = bytes.iter().map(|byte| text(*byte)).collect();
        PseudonymKeys::from_keys(texts.iter().map(String::as_str)).unwrap()
    }

    fn on(key: u8, account: &str, at: &str) -> Pseudonym {
        keys(&[key]).pseudonym(account.parse().unwrap(), at.parse().unwrap())
    }

    /// Computed with Python's `hmac` and `hashlib`. Log lines of a week are searched for it, so it
    /// must not change.
    #[test]
    fn a_pseudonym_is_the_truncated_hmac_of_the_account() {
        assert_eq!(on(7, ALICE, "2026-11-30T12:00:00Z").to_string(), "27004ade3a6a14fd");
    }

    #[test]
    fn it_depends_on_the_account_the_day_and_the_key() {
        let one = on(1, ALICE, "2026-11-30T00:00:00Z");
        assert_eq!(one, on(1, ALICE, "2026-11-30T23:59:59.999Z"), "a day has one pseudonym");
        assert_eq!(one, on(1, ALICE, "2026-12-01T00:30:00+01:00"), "a day is a day in UTC");
        for other in [
            on(1, ALICE, "2026-12-01T00:00:00Z"),
            on(1, ALICE, "2026-11-29T23:59:59.999Z"),
            on(1, BOB, "2026-11-30T00:00:00Z"),
            on(2, ALICE, "2026-11-30T00:00:00Z"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_previous_key_finds_old_lines_and_names_no_new_ones() {
        let (at, day) = ("2026-11-30T12:00:00Z", "2026-11-30".parse().unwrap());
        let account: AccountId = ALICE.parse().unwrap();
        let both = keys(&[2, 1]);
        assert_eq!(both.pseudonym(account, at.parse().unwrap()), on(2, ALICE, at));
        let found: Vec<Pseudonym> = both.of_day(day).pseudonyms(account).collect();
        assert_eq!(found, [on(2, ALICE, at), on(1, ALICE, at)]);
    }

    #[test]
    fn it_has_one_spelling() {
        for number in [0, 1, 0x00ff_0000_0000_0001, u64::MAX] {
            let text = Pseudonym(number).to_string();
            assert_eq!(text.len(), 16, "{text}");
            assert_eq!(text.parse::<Pseudonym>().unwrap(), Pseudonym(number));
            assert_eq!(serde_json::to_value(Pseudonym(number)).unwrap(), text);
        }
        for other in ["", "1", "00FF000000000001", "+0ff000000000001", "00ff0000000000010", "00ff00000000000g"] {
            assert_eq!(other.parse::<Pseudonym>().unwrap_err().code(), "invalid", "{other}");
        }
    }

    #[test]
    fn a_bad_secret_is_named_and_no_key_is_printed() {
        for bad in ["", "AAAA", "not base64!"] {
            assert!(PseudonymKeys::from_keys([bad]).is_err(), "{bad} must not make a key");
            assert!(PseudonymKeys::from_keys([text(1).as_str(), bad]).is_err(), "{bad} must not be a previous key");
        }
        assert!(PseudonymKeys::from_keys([]).is_err(), "pseudonyms need a key");
        let keys = keys(&[1]);
        let day = keys.of_day("2026-11-30".parse().unwrap());
        assert_eq!(format!("{keys:?} {day:?}"), "PseudonymKeys DayKeys");
    }
}
