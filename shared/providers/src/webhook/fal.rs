//! Webhooks of fal: Ed25519 with published keys
//! (<https://docs.fal.ai/model-apis/webhooks>).

use super::check::{check_age, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use kernel::{Error, Result, Timestamp, sha256_hex};
use net::{Http, Jwk, KeySet};
use ring::signature::{ED25519, UnparsedPublicKey};

/// The length of an Ed25519 signature (RFC 8032 §5.1.6).
const SIGNATURE_BYTES: usize = 64;

/// The keys with which fal signs its webhooks. A webhook does not name its key, so each key is
/// tried.
#[derive(Debug)]
pub(super) struct FalKeys(KeySet<UnparsedPublicKey<Vec<u8>>>);

impl FalKeys {
    pub fn new(http: Http, jwks_url: String) -> Self {
        Self(KeySet::new(http, jwks_url, ed25519))
    }

    /// Verifies the signature over the headers and the raw `body`, and answers the id of the request
    /// in the headers. Keys are fetched only if all other checks succeed.
    ///
    /// # Errors
    /// `bad_signature`; `unavailable` if the keys cannot be fetched, or must not be fetched again yet for a signature
    /// that no known key has made.
    pub async fn verify<'a>(&self, headers: &'a HeaderMap, body: &[u8], now: Timestamp) -> Result<&'a str> {
        let header = |name| header(headers, name);
        let (request, user) = (header("x-fal-webhook-request-id")?, header("x-fal-webhook-user-id")?);
        let (timestamp, signature) = (header("x-fal-webhook-timestamp")?, header("x-fal-webhook-signature")?);
        check_age(timestamp, now)?;
        let mut bytes = [0; SIGNATURE_BYTES];
        hex::decode_to_slice(signature, &mut bytes).map_err(|_| Error::BadSignature)?;
        let digest = sha256_hex(body);
        let message = [request, user, timestamp, &digest].join("\n");
        let verified = |keys: &[UnparsedPublicKey<Vec<u8>>]| {
            keys.iter().any(|key| key.verify(message.as_bytes(), &bytes).is_ok()).then_some(request)
        };
        // A signature names no key, so one by a new key cannot be told from a forged one. Only callers who know the MAC of
        // the URL come here, so strangers cannot cause this 503.
        self.0.find(now, verified).await?.settled()?.ok_or(Error::BadSignature)
    }
}

/// The Ed25519 key for signatures; `None` for keys of other types or uses.
fn ed25519(jwk: Jwk) -> Option<UnparsedPublicKey<Vec<u8>>> {
    if jwk.kty != "OKP" || jwk.crv.as_deref() != Some("Ed25519") || !jwk.signs("EdDSA") {
        return None;
    }
    let key = URL_SAFE_NO_PAD.decode(jwk.x?).ok()?;
    Some(UnparsedPublicKey::new(&ED25519, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::Request;
    use kernel::BoxFuture;
    use net::{Body, RequestFailure, Response, Transport};
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::{Value, json};
    use std::sync::{Arc, Mutex};

    const BODY: &[u8] = br#"{"request_id": "r-1", "status": "OK"}"#;
    const SENT_AT: i64 = 1_800_000_000;

    /// The published set, and the number of fetches.
    #[derive(Clone)]
    struct Published(Arc<Mutex<(Option<Value>, usize)>>);

    impl Published {
        fn new(keys: &[&Ed25519KeyPair]) -> Self {
            let published = Self(Arc::default());
            published.set(keys.iter().map(|key| jwk(key)).collect());
            published
        }

        fn set(&self, keys: Vec<Value>) {
            self.0.lock().unwrap().0 = Some(json!({ "keys": keys }));
        }

        fn fetches(&self) -> usize {
            self.0.lock().unwrap().1
        }

        fn keys(&self) -> FalKeys {
            FalKeys::new(Http::new(self.clone()), "https://rest.fal.test/.well-known/jwks.json".to_owned())
        }
    }

    impl Transport for Published {
        fn send(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response, RequestFailure>> {
            let mut set = self.0.lock().unwrap();
            set.1 += 1;
            let answer = match &set.0 {
                Some(set) => http::Response::new(Body::from(Bytes::from(set.to_string()))),
                None => http::Response::builder().status(503).body(Body::from(Bytes::new())).unwrap(),
            };
            Box::pin(async move { Ok(answer) })
        }
    }

    fn key(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    fn jwk(key: &Ed25519KeyPair) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key.public_key()) })
    }

    fn at(offset: i64) -> Timestamp {
        Timestamp::new(SENT_AT + offset, 0).unwrap()
    }

    fn signed(key: &Ed25519KeyPair, body: &[u8]) -> HeaderMap {
        let digest = sha256_hex(body);
        let signature = hex::encode(key.sign(format!("r-1\nu-1\n{SENT_AT}\n{digest}").as_bytes()));
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("request-id", "r-1"), ("user-id", "u-1"), ("timestamp", &SENT_AT.to_string()), ("signature", &signature)]
        {
            let name: http::HeaderName = format!("x-fal-webhook-{name}").parse().unwrap();
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    fn refused(answer: Result<&str>) -> bool {
        matches!(answer, Err(Error::BadSignature))
    }

    /// Whether fal must send it again.
    fn put_off(answer: Result<&str>) -> bool {
        matches!(answer, Err(Error::Unavailable { .. }))
    }

    #[tokio::test]
    async fn every_published_key_is_tried() {
        let published = Published::new(&[&key(1), &key(2)]);
        let keys = published.keys();
        for seed in [1, 2] {
            assert_eq!(keys.verify(&signed(&key(seed), BODY), BODY, at(0)).await.unwrap(), "r-1", "key {seed}");
        }
        assert!(refused(keys.verify(&signed(&key(3), BODY), BODY, at(0)).await));
        assert_eq!(published.fetches(), 1, "known keys must not be fetched again");
    }

    #[tokio::test]
    async fn keys_are_fetched_anew_for_an_unknown_one_at_most_once_a_minute() {
        let published = Published::new(&[&key(1)]);
        let keys = published.keys();
        assert!(keys.verify(&signed(&key(1), BODY), BODY, at(0)).await.is_ok());
        published.set(vec![jwk(&key(2))]);
        assert!(put_off(keys.verify(&signed(&key(2), BODY), BODY, at(59)).await), "the key may be new");
        assert!(keys.verify(&signed(&key(2), BODY), BODY, at(61)).await.is_ok());
        for _ in 0..10 {
            assert!(put_off(keys.verify(&signed(&key(3), BODY), BODY, at(62)).await));
        }
        assert_eq!(published.fetches(), 2);
        assert!(refused(keys.verify(&signed(&key(3), BODY), BODY, at(121)).await), "no key has made it");
    }

    #[tokio::test]
    async fn a_set_that_cannot_be_fetched_is_unavailable() {
        let published = Published::new(&[]);
        published.0.lock().unwrap().0 = None;
        let keys = published.keys();
        let headers = signed(&key(1), BODY);
        assert!(put_off(keys.verify(&headers, BODY, at(0)).await), "the provider must send it again");
        published.set(vec![json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }), jwk(&key(1))]);
        assert!(keys.verify(&headers, BODY, at(10)).await.is_ok(), "a failed fetch is remembered for ten seconds");
    }

    #[tokio::test]
    async fn a_timestamp_may_differ_by_five_minutes() {
        for (offset, good) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let keys = Published::new(&[&key(1)]).keys();
            assert_eq!(keys.verify(&signed(&key(1), BODY), BODY, at(offset)).await.is_ok(), good, "{offset} s");
        }
    }

    #[tokio::test]
    async fn a_changed_webhook_is_refused_if_possible_without_a_fetch() {
        let published = Published::new(&[&key(1)]);
        let keys = published.keys();
        for (name, value, fetches) in [
            ("timestamp", Some("soon"), 0),
            ("timestamp", Some("1"), 0),
            ("signature", Some("00"), 0),
            ("signature", Some("not hex"), 0),
            ("request-id", None, 0),
            ("signature", None, 0),
            ("request-id", Some("r-2"), 1),
            ("user-id", Some("u-2"), 1),
            ("timestamp", Some("1800000001"), 1),
        ] {
            let mut headers = signed(&key(1), BODY);
            let name: http::HeaderName = format!("x-fal-webhook-{name}").parse().unwrap();
            match value {
                Some(value) => headers.insert(&name, value.parse().unwrap()),
                None => headers.remove(&name),
            };
            assert!(refused(keys.verify(&headers, BODY, at(0)).await), "{name} {value:?}");
            assert_eq!(published.fetches(), fetches, "{name} {value:?}");
        }
        assert!(refused(keys.verify(&signed(&key(1), BODY), br#"{"request_id": "r-2"}"#, at(0)).await));
    }
}
