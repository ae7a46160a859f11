//! A partner's signing keys (RFC 7517), fetched when they are needed and kept.

use crate::Http;
use bytes::Bytes;
use http::{Method, header::ACCEPT};
use kernel::{Error, Result, Timestamp};
use serde::Deserialize;
use std::{fmt, time::Duration};
use tokio::sync::Mutex;

/// How long fetched keys are believed. Longer would honour a withdrawn key for longer;
/// shorter would fetch more often. Partners allow their keys to be cached for hours.
const KEYS_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Least time between two fetches for the sake of an unknown key. Shorter would let
/// forged signatures make us hammer the partner; longer would delay a new key.
const REFETCH_AFTER: Duration = Duration::from_secs(60);

/// How long a client is asked to wait while the keys cannot be fetched.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Larger than any key set.
const SET_BYTES: u64 = 64 * 1024;

/// One key of a set, as published. What it is for decides which fields it has.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Jwk {
    /// The family, such as `RSA` or `OKP`.
    pub kty: String,
    /// The key's id.
    pub kid: Option<String>,
    /// What it is used for: `sig` is signatures.
    #[serde(rename = "use")]
    pub purpose: Option<String>,
    /// The algorithm that it is for.
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
    /// Whether it is a key for signatures of `algorithm`, as far as it says.
    #[must_use]
    pub fn signs(&self, algorithm: &str) -> bool {
        self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm)
    }
}

/// The key set at one URL. The lock is held while fetching, so that callers at the same
/// time share one fetch.
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
    /// The set at `url`; keys that `read` makes nothing of are left out.
    #[must_use]
    pub fn new(http: Http, url: String, read: fn(Jwk) -> Option<K>) -> Self {
        Self { http, url, read, fetched: Mutex::new(None) }
    }

    /// What `pick` makes of the keys. When it finds nothing among those that are known,
    /// they are fetched anew, at most once a minute.
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
            return Err(unavailable("the partner's key set was not answered"));
        }
        let set: Jwks = serde_json::from_slice(answer.body())
            .map_err(|_| unavailable("the partner's key set could not be read"))?;
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
