//! The revocation of a person's tokens at Apple
//! (<https://developer.apple.com/documentation/signinwithapplerestapi/revoke-tokens>).

use super::{client_secret::ClientSecrets, settings::AppleSettings};
use crate::{
    deadline::{REVOCATION_TIMEOUT, in_time},
    exchange::{ANSWER_BYTES, form, refusal},
    urls::parse_configured,
};
use kernel::{Error, Result, Timestamp};
use net::Http;
use std::fmt;

/// Asks Apple to revoke a person's tokens, when their identity is unlinked or erased.
pub(crate) struct AppleRevocation {
    http: Http,
    url: String,
    client_id: String,
    secrets: ClientSecrets,
}

impl AppleRevocation {
    /// The revocation with these settings.
    ///
    /// # Errors
    /// `internal` if the URL does not parse, or the private key is malformed.
    pub(crate) fn new(http: Http, settings: AppleSettings) -> Result<Self> {
        let secrets = ClientSecrets::new(&settings)?;
        parse_configured("revocation endpoint", &settings.revoke_url)?;
        Ok(Self { http, url: settings.revoke_url, client_id: settings.client_id, secrets })
    }

    /// Requests the revocation of a refresh token, in one request and 15 seconds at most. Safe to repeat. Apple
    /// answers 200 to any token, also to one that it does not know. So success means that the revocation was
    /// requested, and not that it happened.
    ///
    /// # Errors
    /// `unavailable` if Apple does not answer; `internal` if Apple refuses our client id or secret.
    pub(crate) async fn request(&self, refresh_token: &str, now: Timestamp) -> Result<()> {
        let secret = self.secrets.sign(now)?;
        let fields = [
            ("client_id", self.client_id.as_str()),
            ("client_secret", secret.as_str()),
            ("token", refresh_token),
            ("token_type_hint", "refresh_token"),
        ];
        let request = form(&self.url, fields)?;
        let asked = async { self.http.fetch(request, ANSWER_BYTES).await.map_err(Error::from) };
        let answer = in_time(REVOCATION_TIMEOUT, asked).await?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(refusal(status, answer.body())),
        }
    }
}

impl fmt::Debug for AppleRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppleRevocation")
    }
}
