//! Forged and invalid access tokens, which every route must refuse.

use crate::{app::App, browser::Person};
use aws::Secret;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use kernel::{Caller, Timestamp};
use ring::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use session::{PseudonymKeys, Signer};
use testkit::PUBLIC_ORIGIN;

/// A token and its defect.
#[derive(Debug, Clone)]
pub struct Forged {
    /// The defect.
    pub what: &'static str,
    /// The token's text.
    pub token: String,
}

/// Every kind of forged token. The attacker has the token of `person` and wants the account of
/// `victim`.
///
/// # Panics
/// When a token cannot be made.
#[must_use]
pub fn forged(app: &App, person: &Person, victim: &Person) -> Vec<Forged> {
    let now = app.world().now();
    let seed = app.world().secret("session-signing-key");
    let genuine = Parts::of(person.token());
    let public = pair(&seed).public_key().as_ref().to_vec();
    let (others_seed, others) = (BASE64_URL_SAFE_NO_PAD.encode([7; 32]), [7; 32]);
    let other_pair = Ed25519KeyPair::from_seed_unchecked(&others).expect("32 bytes are a seed");
    let for_victim = genuine.with_claim("sub", &victim.account().to_string());
    let ours = |parts: &Parts| parts.signed(|text| pair(&seed).sign(text).as_ref().to_vec());
    let issued = |seed: &str, origin: &str, issued_at: Timestamp| {
        let caller = Caller { account: victim.account(), session: victim.session(), issued_at };
        signer(app, seed, origin).issue(&caller).expect("it can sign").as_str().to_owned()
    };
    let hs256 = |secret: &[u8]| {
        let parts = for_victim.with_header("alg", "HS256");
        parts.signed(|text| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text).as_ref().to_vec())
    };
    let ago = SignedDuration::from_mins(10) + SignedDuration::from_secs(6);
    let table = [
        ("empty", String::new()),
        ("no token at all", "a.b.c".to_owned()),
        ("expired", issued(&seed, PUBLIC_ORIGIN, now - ago)),
        ("not yet valid", issued(&seed, PUBLIC_ORIGIN, now + SignedDuration::from_secs(60))),
        ("alg none", for_victim.with_header("alg", "none").signed(|_| Vec::new())),
        ("alg None, our signature", ours(&for_victim.with_header("alg", "None"))),
        ("HS256 with the public key", hs256(&public)),
        ("HS256 with the public key's text", hs256(BASE64_URL_SAFE_NO_PAD.encode(&public).as_bytes())),
        ("another key", issued(&others_seed, PUBLIC_ORIGIN, now)),
        ("another key under our key's id", for_victim.signed(|text| other_pair.sign(text).as_ref().to_vec())),
        ("another account under a genuine signature", for_victim.text(&genuine.signature)),
        ("no signature", genuine.text("")),
        ("of another origin", issued(&seed, "https://elsewhere.test", now)),
        ("for another audience", ours(&genuine.with_claim("aud", "https://elsewhere.test/v1"))),
        ("another kind of token", ours(&genuine.with_header("typ", "JWT"))),
        ("without an account", ours(&genuine.with_claim("sub", "root"))),
        ("a refresh token", person.refresh_token().to_owned()),
    ];
    table.into_iter().map(|(what, token)| Forged { what, token }).collect()
}

/// A decoded part of a token: 0 is the header, 1 the claims, 2 the signature.
///
/// # Panics
/// When the token has no such part, or it is not base64url.
#[must_use]
pub fn token_part(token: &str, number: usize) -> Vec<u8> {
    let part = token.split('.').nth(number).expect("a token has three parts");
    BASE64_URL_SAFE_NO_PAD.decode(part).expect("a token is base64url")
}

/// A signer of access tokens with this seed, and with the world's own key of pseudonyms.
///
/// # Panics
/// When the seed does not parse.
#[must_use]
pub fn signer(app: &App, seed: &str, origin: &str) -> Signer {
    Signer::from_seed(seed, pseudonym_keys(app), origin).expect("it is a seed")
}

/// The world's keys of pseudonyms.
///
/// # Panics
/// When the world has no such key.
#[must_use]
pub fn pseudonym_keys(app: &App) -> PseudonymKeys {
    let secret = Secret::parse(&app.world().secret("pseudonym-key"));
    PseudonymKeys::from_keys(secret.accepted()).expect("the keys are base64url")
}

/// The token of a person as it was issued before tokens had a pseudonym.
///
/// # Panics
/// When the token has no pseudonym.
#[must_use]
pub fn without_pseudonym(app: &App, person: &Person) -> String {
    let mut parts = Parts::of(person.token());
    let claims = parts.claims.as_object_mut().expect("claims are an object");
    claims.remove("who").expect("a token has a pseudonym");
    let seed = app.world().secret("session-signing-key");
    parts.signed(|text| pair(&seed).sign(text).as_ref().to_vec())
}

struct Parts {
    header: Value,
    claims: Value,
    signature: String,
}

impl Parts {
    fn of(token: &str) -> Self {
        let json = |number| serde_json::from_slice(&token_part(token, number)).expect("header and claims are JSON");
        let signature = token.rsplit('.').next().unwrap_or_default();
        Self { header: json(0), claims: json(1), signature: signature.to_owned() }
    }

    fn with_header(&self, name: &str, value: &str) -> Self {
        let mut header = self.header.clone();
        header[name] = json!(value);
        Self { header, claims: self.claims.clone(), signature: self.signature.clone() }
    }

    fn with_claim(&self, name: &str, value: &str) -> Self {
        let mut claims = self.claims.clone();
        claims[name] = json!(value);
        Self { header: self.header.clone(), claims, signature: self.signature.clone() }
    }

    fn signed(&self, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let text = self.text("");
        self.text(&BASE64_URL_SAFE_NO_PAD.encode(sign(text.trim_end_matches('.').as_bytes())))
    }

    fn text(&self, signature: &str) -> String {
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.{signature}", part(&self.header), part(&self.claims))
    }
}

fn pair(seed: &str) -> Ed25519KeyPair {
    let seed = BASE64_URL_SAFE_NO_PAD.decode(seed).expect("the key is base64url");
    Ed25519KeyPair::from_seed_unchecked(&seed).expect("the key has 32 bytes")
}
