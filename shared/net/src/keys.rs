//! A partner's key set (RFC 7517), fetched on demand and cached.

use crate::client::Http;
use bytes::Bytes;
use http::{Method, header::ACCEPT};
use kernel::{Error, Result, Timestamp};
use serde::Deserialize;
use std::{fmt, time::Duration};
use tokio::sync::Mutex;

/// How long fetched keys are cached. A longer time would accept a withdrawn key for longer; a
/// shorter one would fetch more often. Partners allow hours.
const KEYS_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Shortest time between two fetches because of an unknown key. With a shorter one, forged
/// signatures could cause many requests to the partner; a longer one would delay a new key.
const REFETCH_AFTER: Duration = Duration::from_secs(60);

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
    fetched: Mutex<Option<Fetched<K>>>,
}

struct Fetched<K> {
    at: Timestamp,
    keys: Vec<K>,
}

impl<K> KeySet<K> {
    /// The set at `url`. `read` turns a published key into a `K`; keys for which it returns `None`
    /// are ignored.
    #[must_use]
    pub fn new(http: Http, url: String, read: fn(Jwk) -> Option<K>) -> Self {
        Self { http, url, read, fetched: Mutex::new(None) }
    }

    /// The result of `pick` on the keys. When `pick` finds nothing among the cached keys, the set is
    /// fetched again, at most once a minute.
    ///
    /// # Errors
    /// `unavailable` when the set cannot be fetched.
    pub async fn find<T>(&self, now: Timestamp, pick: impl Fn(&[K]) -> Option<T>) -> Result<Option<T>> {
        let mut fetched = self.fetched.lock().await;
        if let Some(known) = &*fetched {
            let age = now.duration_since(known.at).unsigned_abs();
            let found = pick(&known.keys);
            if age < REFETCH_AFTER || (age < KEYS_LIFETIME && found.is_some()) {
                return Ok(found);
            }
        }
        let keys = self.fetch().await?;
        Ok(pick(&fetched.insert(Fetched { at: now, keys }).keys))
    }

    async fn fetch(&self) -> Result<Vec<K>> {
        let request = http::Request::builder()
            .method(Method::GET)
            .uri(&self.url)
            .header(ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(Error::internal)?;
        let answer = self.http.fetch(request, SET_BYTES).await?;
        let unavailable = |why: &'static str| Error::unavailable(RETRY_AFTER, why);
        if !answer.status().is_success() {
            return Err(unavailable("the partner did not answer with its key set"));
        }
        let set: Jwks = serde_json::from_slice(answer.body())
            .map_err(|_| unavailable("the partner's key set could not be parsed"))?;
        Ok(set.keys.into_iter().filter_map(self.read).collect())
    }
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
