//! ID tokens and security event tokens, right and wrong.

use super::{
    consent::{Consent, GOOGLE_CLIENT_ID, GOOGLE_ISSUER},
    keys,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::Timestamp;
use local::fakes::RsaKey;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// One way in which a token can be wrong. All but the first five change the claims of a token
/// with a correct signature. A security event token has no nonce, no expiry and no subject of its
/// own, so these ways leave it right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tampering {
    /// Signed by a key that the key set does not have.
    UnknownKey,
    /// Names Google's key and is signed by another.
    OtherKey,
    /// `alg` is `none` and there is no signature.
    Unsigned,
    /// `alg` is `HS256`, with Google's public key as the shared secret.
    PublicKeyAsSecret,
    /// Changed after it was signed: another subject.
    Changed,
    /// From another issuer.
    Issuer,
    /// For another client.
    Audience,
    /// For another attempt to sign in.
    Nonce,
    /// Without a nonce.
    NoNonce,
    /// Expired an hour ago.
    Expired,
    /// Without an expiry.
    NoExpiry,
    /// Without a subject.
    NoSubject,
}

impl Tampering {
    /// All of them, for tables of cases.
    pub const ALL: [Self; 12] = [
        Self::UnknownKey,
        Self::OtherKey,
        Self::Unsigned,
        Self::PublicKeyAsSecret,
        Self::Changed,
        Self::Issuer,
        Self::Audience,
        Self::Nonce,
        Self::NoNonce,
        Self::Expired,
        Self::NoExpiry,
        Self::NoSubject,
    ];

    /// Those that make a security event token wrong.
    pub const OF_EVENTS: [Self; 7] = [
        Self::UnknownKey,
        Self::OtherKey,
        Self::Unsigned,
        Self::PublicKeyAsSecret,
        Self::Changed,
        Self::Issuer,
        Self::Audience,
    ];
}

/// The facts that go into an ID token.
pub(super) struct TokenIssue<'a> {
    pub(super) now: Timestamp,
    pub(super) consent: &'a Consent,
    pub(super) access_token: &'a str,
    pub(super) rotations: usize,
}

impl TokenIssue<'_> {
    pub(super) fn id_token(&self, tampering: Option<Tampering>) -> String {
        let mut claims = self.claims();
        match tampering {
            Some(Tampering::Nonce) => claims["nonce"] = "the nonce of another attempt".into(),
            Some(Tampering::NoNonce) => remove(&mut claims, "nonce"),
            Some(Tampering::Expired) => {
                claims["iat"] = (self.now.as_second() - 7200).into();
                claims["exp"] = (self.now.as_second() - 3600).into();
            }
            Some(Tampering::NoExpiry) => remove(&mut claims, "exp"),
            Some(Tampering::NoSubject) => remove(&mut claims, "sub"),
            _ => {}
        }
        signed("JWT", claims, self.rotations, tampering)
    }

    fn claims(&self) -> Value {
        let profile = &self.consent.profile;
        let access = digest(&SHA256, self.access_token.as_bytes());
        let mut claims = json!({
            "iss": GOOGLE_ISSUER,
            "azp": GOOGLE_CLIENT_ID,
            "aud": GOOGLE_CLIENT_ID,
            "sub": profile.subject,
            "email": profile.email,
            "email_verified": profile.email_verified,
            "at_hash": BASE64_URL_SAFE_NO_PAD.encode(&access.as_ref()[..16]),
            "nonce": self.consent.nonce,
            "iat": self.now.as_second(),
            "exp": self.now.as_second() + 3600,
        });
        for (claim, value) in [("name", &profile.name), ("picture", &profile.picture)] {
            if let Some(value) = value {
                claims[claim] = value.as_str().into();
            }
        }
        claims
    }
}

/// A token of this type, signed as the way of tampering says.
pub(super) fn signed(kind: &str, mut claims: Value, rotations: usize, tampering: Option<Tampering>) -> String {
    let key = keys::current(rotations);
    match tampering {
        Some(Tampering::Issuer) => claims["iss"] = "https://accounts.elsewhere.test".into(),
        Some(Tampering::Audience) => claims["aud"] = "another.apps.google.test".into(),
        Some(Tampering::UnknownKey) => {
            return signed_by(kind, keys::strangers().id(), &claims, keys::strangers());
        }
        Some(Tampering::OtherKey) => {
            return signed_by(kind, key.id(), &claims, keys::strangers());
        }
        Some(Tampering::PublicKeyAsSecret) => {
            let header =
                Header { kid: Some(key.id().to_owned()), typ: Some(kind.to_owned()), ..Header::new(Algorithm::HS256) };
            let secret = EncodingKey::from_secret(key.modulus()).expect("a modulus is long enough for a secret");
            return encode(&header, &claims, &secret).expect("it can be signed");
        }
        Some(Tampering::Unsigned) => {
            let header = json!({ "alg": "none", "typ": kind, "kid": key.id() });
            return format!("{}.{}.", part(&header), part(&claims));
        }
        _ => {}
    }
    let token = signed_by(kind, key.id(), &claims, key);
    if tampering != Some(Tampering::Changed) {
        return token;
    }
    claims["sub"] = "another-subject".into();
    let parts: Vec<_> = token.split('.').collect();
    format!("{}.{}.{}", parts[0], part(&claims), parts[2])
}

/// The token, signed by `key` with RS256 under this key id.
fn signed_by(kind: &str, key_id: &str, claims: &Value, key: &RsaKey) -> String {
    let header = json!({ "alg": "RS256", "typ": kind, "kid": key_id });
    let signed = format!("{}.{}", part(&header), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn remove(claims: &mut Value, name: &str) {
    if let Some(claims) = claims.as_object_mut() {
        claims.remove(name);
    }
}
