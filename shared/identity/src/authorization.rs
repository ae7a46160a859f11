//! The URL that starts a sign-in.

use crate::{
    pkce::challenge,
    provider::IdentityProvider,
    urls::{parse_configured, redirect_uri},
};
use kernel::Result;
use url::Url;

/// The purpose of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The person signs in.
    SignIn,
    /// A person who is signed in links the identity to the account.
    Link,
}

/// The authorization endpoint of a partner (RFC 6749 §3.1). Needs no secret.
#[derive(Debug, Clone)]
pub struct AuthorizationEndpoint {
    url: Url,
    provider: IdentityProvider,
}

impl AuthorizationEndpoint {
    /// The endpoint of Google, or of a fake.
    ///
    /// The URL has `prompt=select_account`. Without it Google chooses the account of a user who has
    /// several.
    ///
    /// # Errors
    /// `internal` if `authorize_url` is not a URL.
    pub fn google(client_id: &str, authorize_url: &str, public_origin: &str) -> Result<Self> {
        let parameters = [("scope", "openid email profile"), ("prompt", "select_account")];
        Self::new(IdentityProvider::Google, client_id, authorize_url, public_origin, &parameters)
    }

    /// The endpoint of Apple, or of a fake. `client_id` is the Services ID.
    ///
    /// Apple answers by form: it refuses the scopes `name` and `email` with any other response mode.
    ///
    /// # Errors
    /// `internal` if `authorize_url` is not a URL.
    pub fn apple(client_id: &str, authorize_url: &str, public_origin: &str) -> Result<Self> {
        let parameters = [("scope", "name email"), ("response_mode", "form_post")];
        Self::new(IdentityProvider::Apple, client_id, authorize_url, public_origin, &parameters)
    }

    /// The dialog of Facebook, or of a fake. It has no ID token, so no nonce is sent.
    ///
    /// Facebook answers at once for a person whom it knows, and shows no page. So an attempt that links has
    /// `auth_type=reauthenticate`, by which it asks for the password
    /// (<https://developers.facebook.com/docs/facebook-login/guides/advanced/re-authentication>). Otherwise a person whom
    /// somebody has brought into another account of Facebook would link that one without seeing it.
    ///
    /// # Errors
    /// `internal` if `authorize_url` is not a URL.
    pub fn facebook(app_id: &str, authorize_url: &str, public_origin: &str) -> Result<Self> {
        let parameters = [("scope", "public_profile email")];
        Self::new(IdentityProvider::Facebook, app_id, authorize_url, public_origin, &parameters)
    }

    fn new(
        provider: IdentityProvider,
        client_id: &str,
        authorize_url: &str,
        public_origin: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Self> {
        let mut url = parse_configured("authorisation endpoint", authorize_url)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", &redirect_uri(public_origin, provider))
            .extend_pairs(parameters);
        Ok(Self { url, provider })
    }

    /// The URL for one attempt. The partner returns `state` with the code and `nonce` in the ID
    /// token. The code can be exchanged only with `verifier`.
    #[must_use]
    pub fn url(&self, purpose: Purpose, state: &str, nonce: &str, verifier: &str) -> String {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("state", state);
        match (self.provider, purpose) {
            (IdentityProvider::Facebook, Purpose::Link) => {
                url.query_pairs_mut().append_pair("auth_type", "reauthenticate");
            }
            (IdentityProvider::Facebook, Purpose::SignIn) => {}
            (IdentityProvider::Google | IdentityProvider::Apple, _) => {
                url.query_pairs_mut().append_pair("nonce", nonce);
            }
        }
        url.query_pairs_mut()
            .append_pair("code_challenge", &challenge(verifier))
            .append_pair("code_challenge_method", "S256");
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://c.example";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    fn url(endpoint: Result<AuthorizationEndpoint>) -> String {
        endpoint.unwrap().url(Purpose::SignIn, "s.t", "n&n", VERIFIER)
    }

    #[test]
    fn the_url_of_google_requests_a_code_for_one_attempt() {
        let google = "https://accounts.google.com/o/oauth2/v2/auth";
        let expected = format!(
            "{google}?response_type=code&client_id=app.example\
             &redirect_uri=https%3A%2F%2Fc.example%2Fv1%2Flogin%2Fgoogle%2Fcallback&scope=openid+email+profile\
             &prompt=select_account&state=s.t&nonce=n%26n{CHALLENGE}"
        );
        assert_eq!(url(AuthorizationEndpoint::google("app.example", google, ORIGIN)), expected);
    }

    #[test]
    fn the_url_of_apple_asks_for_an_answer_by_form() {
        let apple = "https://appleid.apple.com/auth/authorize";
        let expected = format!(
            "{apple}?response_type=code&client_id=app.example\
             &redirect_uri=https%3A%2F%2Fc.example%2Fv1%2Flogin%2Fapple%2Fcallback&scope=name+email\
             &response_mode=form_post&state=s.t&nonce=n%26n{CHALLENGE}"
        );
        assert_eq!(url(AuthorizationEndpoint::apple("app.example", apple, ORIGIN)), expected);
    }

    #[test]
    fn the_url_of_facebook_has_no_nonce() {
        let facebook = "https://www.facebook.com/v24.0/dialog/oauth";
        let expected = format!(
            "{facebook}?response_type=code&client_id=1234\
             &redirect_uri=https%3A%2F%2Fc.example%2Fv1%2Flogin%2Ffacebook%2Fcallback&scope=public_profile+email\
             &state=s.t{CHALLENGE}"
        );
        assert_eq!(url(AuthorizationEndpoint::facebook("1234", facebook, ORIGIN)), expected);
    }

    #[test]
    fn a_link_asks_for_a_new_login_at_facebook_alone() {
        for make in [AuthorizationEndpoint::google, AuthorizationEndpoint::apple, AuthorizationEndpoint::facebook] {
            let endpoint = make("1234", "https://partner.example/dialog", ORIGIN).unwrap();
            let [sign_in, link] =
                [Purpose::SignIn, Purpose::Link].map(|purpose| endpoint.url(purpose, "s.t", "n&n", VERIFIER));
            let is_facebook = endpoint.provider == IdentityProvider::Facebook;
            assert!(!sign_in.contains("auth_type"), "{sign_in}");
            assert_eq!(link.contains("&auth_type=reauthenticate&"), is_facebook, "{link}");
            assert_eq!(link.replace("&auth_type=reauthenticate", ""), sign_in, "nothing else differs");
        }
    }

    #[test]
    fn an_endpoint_that_is_no_url_is_refused() {
        for make in [AuthorizationEndpoint::google, AuthorizationEndpoint::apple, AuthorizationEndpoint::facebook] {
            assert_eq!(make("app.example", "not a URL", ORIGIN).unwrap_err().code(), "internal");
        }
    }
}
