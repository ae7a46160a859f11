//! A partner's signing keys (RFC 7517), fetched when they are needed and kept.

use crate::ANSWER_BYTES;
use bytes::Bytes;
use http::{Method, header::ACCEPT};
use jsonwebtoken::DecodingKey;
use kernel::{Error, Result, Timestamp};
use net::Http;
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long fetched keys are believed. Longer would honour a withdrawn key for longer;
/// shorter would fetch more often. Google allows its keys to be cached for hours.
const KEYS_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Least time between two fetches for the sake of an unknown key. Shorter would let
/// forged tokens make us hammer the partner; longer would delay a new key.
const REFETCH_AFTER: Duration = Duration::from_secs(60);

/// How long a client is asked to wait while the keys cannot be fetched.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The key set at one URL. The lock is held while fetching, so that callers at the same
/// time share one fetch.
pub(crate) struct KeySet {
    http: Http,
    url: String,
    fetched: Mutex<Option<Fetched>>,
}

struct Fetched {
    at: Timestamp,
    keys: Vec<(Option<String>, DecodingKey)>,
}

impl KeySet {
    pub(crate) fn new(http: Http, url: String) -> Self {
        Self { http, url, fetched: Mutex::new(None) }
    }

    /// The RSA key with this id. A token without one is allowed by OpenID Connect Core
    /// §10.1 where the set holds a single key. `None` when there is no such key.
    pub(crate) async fn find(&self, kid: Option<&str>, now: Timestamp) -> Result<Option<DecodingKey>> {
        let mut fetched = self.fetched.lock().await;
        if let Some(known) = &*fetched {
            let age = now.duration_since(known.at).unsigned_abs();
            let found = known.find(kid);
            if age < REFETCH_AFTER || (age < KEYS_LIFETIME && found.is_some()) {
                return Ok(found);
            }
        }
        Ok(fetched.insert(self.fetch(now).await?).find(kid))
    }

    async fn fetch(&self, now: Timestamp) -> Result<Fetched> {
        let request = http::Request::builder()
            .method(Method::GET)
            .uri(&self.url)
            .header(ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(Error::internal)?;
        let answer = self.http.fetch(request, ANSWER_BYTES).await?;
        let unavailable = |why: &'static str| Error::unavailable(RETRY_AFTER, why);
        if !answer.status().is_success() {
            return Err(unavailable("the partner's key set was not answered"));
        }
        let set: Jwks = serde_json::from_slice(answer.body())
            .map_err(|_| unavailable("the partner's key set could not be read"))?;
        Ok(Fetched { at: now, keys: set.keys.into_iter().filter_map(Jwk::rsa).collect() })
    }
}

impl Fetched {
    fn find(&self, kid: Option<&str>) -> Option<DecodingKey> {
        let (_, key) = match (kid, self.keys.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|(known, _)| known.as_deref() == Some(kid))?,
            (None, [only]) => only,
            (None, _) => return None,
        };
        Some(key.clone())
    }
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Jwk {
    /// An RSA key for RS256 signatures; keys for anything else are left out.
    fn rsa(self) -> Option<(Option<String>, DecodingKey)> {
        let signs = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let rs256 = self.alg.as_deref().is_none_or(|alg| alg == "RS256");
        if self.kty != "RSA" || !signs || !rs256 {
            return None;
        }
        Some((self.kid, DecodingKey::from_rsa_components(&self.n?, &self.e?).ok()?))
    }
}
