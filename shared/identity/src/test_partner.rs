//! A partner for sign-in in memory, with RSA keys made at run time and real signatures.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::{BoxFuture, Timestamp};
use net::{Body, Http, Request, RequestFailure, Response, Transport};
use rsa::{Generate, PrivateKey, pkcs1::EncodeRsaPrivateKey, traits::PublicKeyParts};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, OnceLock};

pub(crate) const ISSUER: &str = "https://accounts.google.com";
pub(crate) const CLIENT_ID: &str = "app.example";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";
pub(crate) const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
pub(crate) const JWKS_URL: &str = "https://www.googleapis.com/oauth2/v3/certs";

pub(crate) fn now() -> Timestamp {
    "2026-11-24T10:00:00.5Z".parse().unwrap()
}

/// The claims of a valid token.
pub(crate) fn claims() -> Value {
    let second = now().as_second();
    json!({
        "iss": ISSUER, "aud": CLIENT_ID, "azp": CLIENT_ID, "sub": "117209350413", "nonce": NONCE,
        "iat": second, "exp": second + 3600, "at_hash": "x", "email": "ada@example.com", "email_verified": true,
        "name": "Ada Lovelace", "picture": "https://lh3.googleusercontent.com/a/x",
    })
}

/// A signing key. Making one takes a while, so the tests share two.
pub(crate) struct Key(PrivateKey);

impl Key {
    pub(crate) fn ours() -> &'static Self {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    pub(crate) fn strangers() -> &'static Self {
        static KEY: OnceLock<Key> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    fn make() -> Self {
        Self(PrivateKey::generate())
    }

    pub(crate) fn modulus(&self) -> Vec<u8> {
        self.0.n_bytes().into_vec()
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let part = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
            "n": part(self.modulus()), "e": part(self.0.e_bytes().into_vec()),
        })
    }

    pub(crate) fn sign(&self, header: &Header, claims: &Value) -> String {
        let der = self.0.to_pkcs1_der().unwrap();
        encode(header, claims, &EncodingKey::from_rsa_der(der.as_bytes())).unwrap()
    }
}

pub(crate) fn header(kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) }
}

/// The answers of the partner, and the requests that it received.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) keys: Vec<Value>,
    pub(crate) jwks: Option<(StatusCode, String)>,
    pub(crate) token: Option<Result<(StatusCode, String), RequestFailure>>,
    pub(crate) asked: Vec<Request>,
}

#[derive(Clone, Default)]
pub(crate) struct Partner(Arc<Mutex<State>>);

impl Partner {
    /// A partner with our key under the id `one`.
    pub(crate) fn new() -> Self {
        let partner = Self::default();
        partner.publish(vec![Key::ours().jwk("one")]);
        partner
    }

    pub(crate) fn http(&self) -> Http {
        Http::new(self.clone())
    }

    pub(crate) fn publish(&self, keys: Vec<Value>) {
        self.state(|state| state.keys = keys);
    }

    pub(crate) fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }

    pub(crate) fn key_fetches(&self) -> usize {
        self.state(|state| state.asked.iter().filter(|request| request.uri() == JWKS_URL).count())
    }
}

impl Transport for Partner {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        let answer = self.state(|state| {
            let answer = match request.uri().to_string().as_str() {
                JWKS_URL => {
                    let keys = json!({"keys": state.keys}).to_string();
                    Ok(state.jwks.clone().unwrap_or((StatusCode::OK, keys)))
                }
                TOKEN_URL => state.token.clone().expect("the test must say what the token endpoint answers"),
                other => panic!("no test may request {other}"),
            };
            state.asked.push(request);
            answer
        });
        Box::pin(async move {
            let (status, body) = answer?;
            Ok(http::Response::builder().status(status).body(Body::from(Bytes::from(body))).unwrap())
        })
    }
}
