//! The URL that starts a sign-in.

use crate::{
    pkce::challenge,
    provider::IdentityProvider,
    urls::{parse_configured, redirect_uri},
};
use kernel::Result;
use url::Url;

/// The authorization endpoint of a partner (RFC 6749 §3.1). Needs no secret.
#[derive(Debug, Clone)]
pub struct AuthorizationEndpoint(Url);

impl AuthorizationEndpoint {
    /// The endpoint of Google, or of a fake.
    ///
    /// The URL has `prompt=select_account`. Without it Google chooses the account of a user who has
    /// several.
    ///
    /// # Errors
    /// `internal` if `authorize_url` is not a URL.
    pub fn google(client_id: &str, authorize_url: &str, public_origin: &str) -> Result<Self> {
        let mut url = parse_configured("authorisation endpoint", authorize_url)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", &redirect_uri(public_origin, IdentityProvider::Google))
            .append_pair("scope", "openid email profile")
            .append_pair("prompt", "select_account");
        Ok(Self(url))
    }

    /// The URL for one attempt. The partner returns `state` with the code and `nonce` in the ID
    /// token. The code can be exchanged only with `verifier`.
    #[must_use]
    pub fn url(&self, state: &str, nonce: &str, verifier: &str) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut()
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("code_challenge", &challenge(verifier))
            .append_pair("code_challenge_method", "S256");
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_requests_a_code_for_one_attempt() {
        let google = AuthorizationEndpoint::google(
            "app.example",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://c.example",
        )
        .unwrap();
        assert_eq!(
            google.url("s.t", "n&n", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=app.example\
             &redirect_uri=https%3A%2F%2Fc.example%2Fv1%2Flogin%2Fgoogle%2Fcallback&scope=openid+email+profile\
             &prompt=select_account&state=s.t&nonce=n%26n\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
        assert!(AuthorizationEndpoint::google("app.example", "not a URL", "https://c.example").is_err());
    }
}
