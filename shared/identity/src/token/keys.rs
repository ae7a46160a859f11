//! The keys with which a partner signs its tokens.

use jsonwebtoken::DecodingKey;
use kernel::{Result, Timestamp};
use net::{Http, Jwk, Search};

/// The RSA keys at one URL.
pub(crate) struct RsaKeySet(net::KeySet<Key>);

struct Key {
    id: Option<String>,
    key: DecodingKey,
}

impl RsaKeySet {
    pub(crate) fn new(http: Http, url: String) -> Self {
        Self(net::KeySet::new(http, url, rsa))
    }

    /// Fetches the keys, unless they are cached.
    ///
    /// # Errors
    /// `unavailable` if they cannot be fetched.
    pub(crate) async fn prepare(&self, now: Timestamp) -> Result<()> {
        self.0.prepare(now).await
    }

    /// The RSA key with this id; unknown if there is none, or more than one. OpenID Connect Core §10.1
    /// allows a token without a key id if the set has a single key.
    ///
    /// # Errors
    /// `unavailable` if the keys cannot be fetched.
    pub(crate) async fn find(&self, kid: Option<&str>, now: Timestamp) -> Result<Search<DecodingKey>> {
        let pick = |keys: &[Key]| {
            let mut meant = keys.iter().filter(|key| kid.is_none() || key.id.as_deref() == kid);
            match (meant.next(), meant.next()) {
                (Some(only), None) => Some(only.key.clone()),
                _ => None,
            }
        };
        self.0.find(now, pick).await
    }
}

/// The RSA key for RS256 signatures; `None` for keys of other types or uses.
fn rsa(jwk: Jwk) -> Option<Key> {
    if jwk.kty != "RSA" || !jwk.signs("RS256") {
        return None;
    }
    Some(Key { id: jwk.kid, key: DecodingKey::from_rsa_components(&jwk.n?, &jwk.e?).ok()? })
}
