//! Partners for sign-in in memory, with keys and real signatures.

mod forgeries;
mod keys;
mod server;
mod values;

pub(crate) use forgeries::{Bad, assert_named, forged_tokens};
pub(crate) use keys::{APPLE_KEY_PUBLIC, Key, apple_key_der, header, pem};
pub(crate) use server::Partner;
pub(crate) use values::{
    APP_ID, APP_SECRET, APPLE_ISSUER, APPLE_JWKS_URL, APPLE_REVOKE_URL, APPLE_TOKEN_URL, CLIENT_ID, CODE,
    GOOGLE_ISSUER, GOOGLE_JWKS_URL, GOOGLE_TOKEN_URL, GRAPH_URL, KEY_ID, NONCE, ORIGIN, SERVICES_ID, TEAM_ID, VERIFIER,
    apple_claims, apple_settings, exchanged, facebook_settings, google_claims, google_settings, now, partners, with,
    without,
};
