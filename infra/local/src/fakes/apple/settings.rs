//! The settings of the fake Apple.

use crate::fakes::clock::FakeClock;
use ring::digest::{SHA256, digest};

/// The settings of a fake Apple.
#[derive(Debug, Clone)]
pub struct FakeAppleSettings {
    /// The address of the fake, without a slash at the end. It is also the issuer.
    pub public_base: String,
    /// Our client, which Apple calls a Services ID.
    pub client_id: String,
    /// Our primary App ID, to which the client belongs.
    pub app_id: String,
    /// Our team, which issues client secrets.
    pub team_id: String,
    /// The id of our registered key.
    pub key_id: String,
    /// The public half of our registered key: an uncompressed point of P-256, 65 bytes.
    pub client_key: Vec<u8>,
    /// The registered return URLs. One is compared byte by byte.
    pub redirect_uris: Vec<String>,
    /// The address for notifications.
    pub webhook_url: String,
    /// The clock for [`serve`](crate::fakes::serve).
    pub clock: FakeClock,
}

impl FakeAppleSettings {
    /// Settings for our service at `origin`, with the client of the local platform.
    #[must_use]
    pub fn new(public_base: impl Into<String>, origin: &str, client_key: Vec<u8>) -> Self {
        Self {
            public_base: public_base.into(),
            client_id: "com.cinemaxsai.web".to_owned(),
            app_id: "com.cinemaxsai.app".to_owned(),
            team_id: "CINEMAXSAI".to_owned(),
            key_id: "LOCAL0KEY1".to_owned(),
            client_key,
            redirect_uris: vec![format!("{origin}/v1/login/apple/callback")],
            webhook_url: format!("{origin}/v1/webhooks/identity/apple"),
            clock: FakeClock::system(),
        }
    }

    /// The issuer of ID tokens and notifications, and the audience of client secrets.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.public_base
    }

    /// The sign-in page, under the other name of loopback. Ports do not make a site, and a
    /// sign-in that works only within one site must fail here too.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        format!("{}/auth/authorize", self.public_base.replacen("//127.0.0.1:", "//localhost:", 1))
    }

    /// The endpoint that exchanges codes.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/auth/token", self.public_base)
    }

    /// The endpoint that revokes tokens.
    #[must_use]
    pub fn revoke_url(&self) -> String {
        format!("{}/auth/revoke", self.public_base)
    }

    /// The published keys.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/auth/keys", self.public_base)
    }

    /// The subject of a person: the same for all clients of a team.
    #[must_use]
    pub fn subject(&self, person: &str) -> String {
        let hash = self.hashed("subject", person);
        let digits = |bytes: &[u8]| bytes.iter().map(|byte| char::from(b'0' + byte % 10)).collect::<String>();
        format!("{}.{}.{}", digits(&hash[..6]), hex::encode(&hash[6..22]), digits(&hash[22..26]))
    }

    /// The address of Apple's relay for a person.
    #[must_use]
    pub fn relay_address(&self, person: &str) -> String {
        format!("{}@privaterelay.appleid.com", hex::encode(&self.hashed("relay", person)[..5]))
    }

    fn hashed(&self, what: &str, person: &str) -> Vec<u8> {
        digest(&SHA256, format!("{what} {} {person}", self.team_id).as_bytes()).as_ref().to_vec()
    }
}
