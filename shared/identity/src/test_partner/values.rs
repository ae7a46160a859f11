//! Settings, and the claims of valid tokens.

use super::{
    keys::{apple_key_der, pem},
    server::Partner,
};
use crate::{
    answer::{AttemptSecrets, Returned, VerifiedIdentity},
    apple::AppleSettings,
    facebook::FacebookSettings,
    google::GoogleSettings,
    partners::IdentityPartners,
    provider::IdentityProvider,
};
use kernel::{Result, Timestamp};
use serde_json::{Value, json};

pub(crate) const ORIGIN: &str = "https://cinemaxsai.example";
pub(crate) const CODE: &str = "4/0Ab c";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

pub(crate) const GOOGLE_ISSUER: &str = "https://accounts.google.com";
pub(crate) const GOOGLE_TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
pub(crate) const GOOGLE_JWKS_URL: &str = "https://www.googleapis.com/oauth2/v3/certs";
pub(crate) const CLIENT_ID: &str = "app.example";

pub(crate) const APPLE_ISSUER: &str = "https://appleid.apple.com";
pub(crate) const APPLE_TOKEN_URL: &str = "https://appleid.apple.com/auth/token";
pub(crate) const APPLE_REVOKE_URL: &str = "https://appleid.apple.com/auth/revoke";
pub(crate) const APPLE_JWKS_URL: &str = "https://appleid.apple.com/auth/keys";
pub(crate) const SERVICES_ID: &str = "com.example.site";
pub(crate) const TEAM_ID: &str = "TEAM000001";
pub(crate) const KEY_ID: &str = "KEY0000001";

pub(crate) const GRAPH_URL: &str = "https://graph.facebook.com/v24.0";
pub(crate) const APP_ID: &str = "1234567890";
pub(crate) const APP_SECRET: &str = "app&s3cret";

pub(crate) fn now() -> Timestamp {
    "2026-11-24T10:00:00.5Z".parse().unwrap()
}

pub(crate) fn google_settings() -> GoogleSettings {
    GoogleSettings {
        client_id: CLIENT_ID.into(),
        client_secret: "s&cret".into(),
        issuer: GOOGLE_ISSUER.into(),
        token_url: GOOGLE_TOKEN_URL.into(),
        jwks_url: GOOGLE_JWKS_URL.into(),
        public_origin: ORIGIN.into(),
    }
}

pub(crate) fn apple_settings() -> AppleSettings {
    AppleSettings {
        client_id: SERVICES_ID.into(),
        team_id: TEAM_ID.into(),
        key_id: KEY_ID.into(),
        private_key: pem(&apple_key_der()),
        issuer: APPLE_ISSUER.into(),
        token_url: APPLE_TOKEN_URL.into(),
        revoke_url: APPLE_REVOKE_URL.into(),
        jwks_url: APPLE_JWKS_URL.into(),
        public_origin: ORIGIN.into(),
    }
}

pub(crate) fn facebook_settings() -> FacebookSettings {
    FacebookSettings {
        app_id: APP_ID.into(),
        app_secret: APP_SECRET.into(),
        graph_url: GRAPH_URL.into(),
        public_origin: ORIGIN.into(),
    }
}

pub(crate) fn partners(partner: &Partner) -> IdentityPartners {
    IdentityPartners::new(partner.http(), google_settings(), apple_settings(), facebook_settings()).unwrap()
}

/// Exchanges a code in the attempt of the tests. Apple's parameter `user` has a name.
pub(crate) async fn exchanged(partner: &Partner, provider: IdentityProvider) -> Result<VerifiedIdentity> {
    let user = Some(r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"foreign@example.com"}"#);
    let attempt = AttemptSecrets { verifier: VERIFIER, nonce: NONCE };
    partners(partner).exchange_code(provider, &Returned { code: CODE, user }, &attempt, now()).await
}

/// The claims of a valid ID token of Google.
pub(crate) fn google_claims() -> Value {
    let second = now().as_second();
    json!({
        "iss": GOOGLE_ISSUER, "aud": CLIENT_ID, "azp": CLIENT_ID, "sub": "117209350413", "nonce": NONCE,
        "iat": second, "exp": second + 3600, "at_hash": "x", "email": "ada@example.com", "email_verified": true,
        "name": "Ada Lovelace", "picture": "https://lh3.googleusercontent.com/a/x",
    })
}

/// The claims of a valid ID token of Apple.
pub(crate) fn apple_claims() -> Value {
    let second = now().as_second();
    json!({
        "iss": APPLE_ISSUER, "aud": SERVICES_ID, "sub": "001999.e2ab.0815", "nonce": NONCE, "nonce_supported": true,
        "iat": second, "exp": second + 86_400, "auth_time": second, "at_hash": "x",
        "email": "q7@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true",
    })
}

pub(crate) fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

pub(crate) fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}
