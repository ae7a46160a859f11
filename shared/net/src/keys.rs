//! A partner's key set (RFC 7517), fetched on demand and cached.

use crate::client::Http;
use bytes::Bytes;
use http::{Method, header::ACCEPT};
use kernel::{Error, Result, Timestamp};
use serde::Deserialize;
use std::{fmt, time::Duration};
use tokio::{sync::Mutex, time::timeout};

/// How long fetched keys are cached. A longer time would accept a withdrawn key for longer; a
/// shorter one would fetch more often. Partners allow hours.
const KEYS_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Shortest time between two fetches because of an unknown key. With a shorter one, forged
/// signatures could cause many requests to the partner; a longer one would delay a new key.
const REFETCH_AFTER: Duration = Duration::from_secs(60);

/// How old cached keys may be where a fetch fails. A longer time would accept a withdrawn key for longer while the
/// partner does not answer; a shorter one would refuse people and messages for an outage of its key set alone.
const STALE_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a failed fetch is remembered. Until then nobody waits for the partner again, so strangers cannot make
/// each of our requests wait. A longer time would notice later that the partner answers again.
const FAILURE_LIFETIME: Duration = Duration::from_secs(10);

/// Longest time of a whole fetch. Webhooks have ten seconds in all; real sets come within a second.
pub const KEYS_TIMEOUT: Duration = Duration::from_secs(4);

/// How long a client should wait when the keys cannot be fetched.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Largest key set, in bytes. Real ones are much smaller.
const SET_BYTES: u64 = 64 * 1024;

/// One key of a set, as published. Its family decides which fields it has.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Jwk {
    /// The family, such as `RSA` or `OKP`.
    pub kty: String,
    /// The key's id.
    pub kid: Option<String>,
    /// The use of the key: `sig` is signatures.
    #[serde(rename = "use")]
    pub purpose: Option<String>,
    /// The algorithm of the key.
    pub alg: Option<String>,
    /// The curve of an `OKP` key.
    pub crv: Option<String>,
    /// The public key of an `OKP` key, in base64url.
    pub x: Option<String>,
    /// The modulus of an RSA key, in base64url.
    pub n: Option<String>,
    /// The exponent of an RSA key, in base64url.
    pub e: Option<String>,
}

impl Jwk {
    /// Whether the key may sign with `algorithm`. A key that does not state its use or its algorithm
    /// may.
    #[must_use]
    pub fn signs(&self, algorithm: &str) -> bool {
        self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm)
    }
}

/// The key set at one URL. A fetch holds the lock, so that concurrent callers share it.
pub struct KeySet<K> {
    http: Http,
    url: String,
    read: fn(Jwk) -> Option<K>,
    cache: Mutex<Cache<K>>,
}

struct Cache<K> {
    fetched: Option<Fetched<K>>,
    failed_at: Option<Timestamp>,
}

struct Fetched<K> {
    at: Timestamp,
    keys: Vec<K>,
}

/// The outcome of a search among the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search<T> {
    /// The key.
    Found(T),
    /// The set has no such key. It was fetched at the time of the search.
    Unknown,
    /// The cached set has no such key, and it was fetched less than a minute ago. A key that was published since is
    /// not known yet.
    UnknownYet,
}

impl<T> Search<T> {
    /// The key; `None` if the partner has no such key.
    ///
    /// # Errors
    /// `unavailable` if the set must not be fetched again yet: [`key_unknown_yet`].
    pub fn settled(self) -> Result<Option<T>> {
        match self {
            Self::Found(found) => Ok(Some(found)),
            Self::Unknown => Ok(None),
            Self::UnknownYet => Err(key_unknown_yet()),
        }
    }
}

/// The error for [`Search::UnknownYet`]: `unavailable`, because the partner may have published the key since.
#[must_use]
pub fn key_unknown_yet() -> Error {
    Error::unavailable(REFETCH_AFTER, "the key is unknown, and the key set was fetched a moment ago")
}

impl<K> KeySet<K> {
    /// The set at `url`. `read` turns a published key into a `K`; keys for which it returns `None`
    /// are ignored.
    #[must_use]
    pub fn new(http: Http, url: String, read: fn(Jwk) -> Option<K>) -> Self {
        Self { http, url, read, cache: Mutex::new(Cache { fetched: None, failed_at: None }) }
    }

    /// Fetches the set, unless it is cached. Takes at most [`KEYS_TIMEOUT`].
    ///
    /// # Errors
    /// `unavailable` when the set cannot be fetched, and no keys of the last day are cached.
    pub async fn prepare(&self, now: Timestamp) -> Result<()> {
        self.find(now, |_| Some(())).await.map(drop)
    }

    /// The result of `pick` on the keys. When `pick` finds nothing among the cached keys, the set is
    /// fetched again, at most once a minute. If the fetch fails, or brings no usable key, cached keys of the last day are
    /// used, and the set is not fetched again for ten seconds. Takes at most [`KEYS_TIMEOUT`].
    ///
    /// # Errors
    /// `unavailable` when the set cannot be fetched, and `pick` finds nothing among the cached keys of the last day.
    pub async fn find<T>(&self, now: Timestamp, pick: impl Fn(&[K]) -> Option<T>) -> Result<Search<T>> {
        let mut cache = self.cache.lock().await;
        let mut stale = None;
        if let Some(known) = &cache.fetched {
            let age = age(known.at, now);
            match pick(&known.keys) {
                Some(found) if age < KEYS_LIFETIME => return Ok(Search::Found(found)),
                // The time of an invocation is that of its start, so this one has fetched them.
                None if age.is_zero() => return Ok(Search::Unknown),
                None if age < REFETCH_AFTER => return Ok(Search::UnknownYet),
                found => stale = found.filter(|_| age < STALE_LIFETIME),
            }
        }
        if cache.failed_at.is_some_and(|at| age(at, now) < FAILURE_LIFETIME) {
            return stale.map(Search::Found).ok_or_else(|| unavailable("the key set did not answer a moment ago"));
        }
        match self.fetch_in_time().await {
            Ok(keys) => {
                let found = pick(&keys).map_or(Search::Unknown, Search::Found);
                *cache = Cache { fetched: Some(Fetched { at: now, keys }), failed_at: None };
                Ok(found)
            }
            Err(error) => {
                cache.failed_at = Some(now);
                stale.map(Search::Found).ok_or(error)
            }
        }
    }

    async fn fetch_in_time(&self) -> Result<Vec<K>> {
        let in_time = timeout(KEYS_TIMEOUT, self.fetch()).await;
        in_time.unwrap_or_else(|_| Err(unavailable("the partner's key set did not come in time")))
    }

    async fn fetch(&self) -> Result<Vec<K>> {
        let request = http::Request::builder()
            .method(Method::GET)
            .uri(&self.url)
            .header(ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(Error::internal)?;
        let answer = self.http.fetch(request, SET_BYTES).await?;
        if !answer.status().is_success() {
            return Err(unavailable("the partner did not answer with its key set"));
        }
        let set: Jwks = serde_json::from_slice(answer.body())
            .map_err(|_| unavailable("the partner's key set could not be parsed"))?;
        let keys: Vec<K> = set.keys.into_iter().filter_map(self.read).collect();
        // A partner always signs by some key, so such a set is a fault of it, and replaces no keys that were good.
        if keys.is_empty() { Err(unavailable("the partner's key set has no key that we can use")) } else { Ok(keys) }
    }
}

fn unavailable(why: &'static str) -> Error {
    Error::unavailable(RETRY_AFTER, why)
}

fn age(of: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(of).unsigned_abs()
}

impl<K> fmt::Debug for KeySet<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").field("url", &self.url).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[cfg(test)]
mod tests;
