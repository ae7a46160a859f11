//! Our client secret at Apple, which is a JWT that we sign
//! (<https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret>).

use super::settings::AppleSettings;
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::{Error, Result, Timestamp};
use serde::Serialize;

/// The lifetime of a client secret, in seconds. Each request has its own. Apple allows six months; a
/// longer one than the request needs could be stolen. A shorter one fails if the clocks differ.
const LIFETIME_S: i64 = 5 * 60;

/// The first and the last line of the key file.
const FRAME: (&str, &str) = (concat!("-----BEGIN PRIVATE", " KEY-----"), concat!("-----END PRIVATE", " KEY-----"));

/// Signs client secrets.
pub(super) struct ClientSecrets {
    key: EncodingKey,
    header: Header,
    team_id: String,
    audience: String,
    client_id: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'a str,
    sub: &'a str,
}

impl ClientSecrets {
    /// # Errors
    /// `internal` if the private key is no key of P-256 in PKCS#8, as PEM.
    pub(super) fn new(settings: &AppleSettings) -> Result<Self> {
        let malformed = || Error::internal("the secret `apple-private-key` is no PEM of a P-256 key in PKCS#8");
        let der = der(&settings.private_key).ok_or_else(malformed)?;
        let secrets = Self {
            key: EncodingKey::from_ec_der(&der),
            header: Header { kid: Some(settings.key_id.clone()), ..Header::new(Algorithm::ES256) },
            team_id: settings.team_id.clone(),
            audience: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
        };
        // The library parses the key when it signs.
        secrets.sign(Timestamp::UNIX_EPOCH).map_err(|_| malformed())?;
        Ok(secrets)
    }

    /// A client secret for one request. The signature is deterministic (RFC 6979), so it needs no random
    /// numbers.
    pub(super) fn sign(&self, now: Timestamp) -> Result<String> {
        let iat = now.as_second();
        let claims =
            Claims { iss: &self.team_id, iat, exp: iat + LIFETIME_S, aud: &self.audience, sub: &self.client_id };
        // The cause is not kept: nothing about the key may reach the log.
        encode(&self.header, &claims, &self.key).map_err(|_| Error::internal("Apple's client secret was not signed"))
    }
}

/// The bytes in a PEM file (RFC 7468).
fn der(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix(FRAME.0)?.strip_suffix(FRAME.1)?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}
