//! The URL that begins a sign-in.

use crate::{configured_url, pkce::challenge, provider::Provider, redirect_uri};
use kernel::Result;
use url::Url;

/// Makes authorisation URLs of one partner. Needs no secret.
#[derive(Debug, Clone)]
pub struct Authorize(Url);

impl Authorize {
    /// For Google's authorisation endpoint, or a stand-in's.
    ///
    /// `prompt=select_account` because people with several accounts are otherwise
    /// signed in with whichever Google thinks of first.
    ///
    /// # Errors
    /// `internal` when `authorize_url` is not a URL.
    pub fn google(client_id: &str, authorize_url: &str, public_origin: &str) -> Result<Self> {
        let mut url = configured_url("authorisation endpoint", authorize_url)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", &redirect_uri(public_origin, Provider::Google))
            .append_pair("scope", "openid email profile")
            .append_pair("prompt", "select_account");
        Ok(Self(url))
    }

    /// The URL for one attempt: `state` comes back with the answer, `nonce` in the ID
    /// token, and the code can be exchanged with `verifier` alone.
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
    fn the_url_asks_for_a_code_bound_to_the_attempt() {
        let google =
            Authorize::google("app.example", "https://accounts.google.com/o/oauth2/v2/auth", "https://c.example")
                .unwrap();
        assert_eq!(
            google.url("s.t", "n&n", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=app.example\
             &redirect_uri=https%3A%2F%2Fc.example%2Fv1%2Flogin%2Fgoogle%2Fcallback&scope=openid+email+profile\
             &prompt=select_account&state=s.t&nonce=n%26n\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
        assert!(Authorize::google("app.example", "not a URL", "https://c.example").is_err());
    }
}
