//! The settings of the fake Facebook.

use crate::fakes::clock::FakeClock;
use ring::{
    digest::{SHA256, digest},
    hmac,
};

/// The one version of the Graph API that the fake knows.
pub const GRAPH_VERSION: &str = "v24.0";

/// The settings of a fake Facebook.
#[derive(Debug, Clone)]
pub struct FakeFacebookSettings {
    /// The address of the Graph API, without a slash and a version at the end.
    pub public_base: String,
    /// The address of the dialog, likewise.
    pub dialog_base: String,
    /// Our app.
    pub app_id: String,
    /// Its secret.
    pub app_secret: String,
    /// The registered redirect URIs. One is compared byte by byte.
    pub redirect_uris: Vec<String>,
    /// The address that hears that a person has removed our app.
    pub deauthorize_url: String,
    /// The address that hears that a person wants their data deleted.
    pub deletion_url: String,
    /// The clock for [`serve`](crate::fakes::serve).
    pub clock: FakeClock,
}

impl FakeFacebookSettings {
    /// Settings for our service at `origin`, with the app of the local platform, whose secret is
    /// valid nowhere else. On loopback the dialog lies under the other name: ports do not make a
    /// site, and a sign-in that works only within one site must fail here too.
    #[must_use]
    pub fn new(public_base: impl Into<String>, origin: &str) -> Self {
        let public_base = public_base.into();
        Self {
            dialog_base: public_base.replacen("//127.0.0.1:", "//localhost:", 1),
            public_base,
            app_id: "702300000000001".to_owned(),
            app_secret: "local-facebook-app-secret".to_owned(),
            redirect_uris: vec![format!("{origin}/v1/login/facebook/callback")],
            deauthorize_url: format!("{origin}/v1/webhooks/identity/facebook"),
            deletion_url: format!("{origin}/v1/webhooks/identity/facebook-deletion"),
            clock: FakeClock::system(),
        }
    }

    /// The dialog.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        format!("{}/{GRAPH_VERSION}/dialog/oauth", self.dialog_base)
    }

    /// The Graph API in its version.
    #[must_use]
    pub fn graph_url(&self) -> String {
        format!("{}/{GRAPH_VERSION}", self.public_base)
    }

    /// The token of our app.
    #[must_use]
    pub fn app_token(&self) -> String {
        format!("{}|{}", self.app_id, self.app_secret)
    }

    /// The id of a person for our app: 17 digits.
    #[must_use]
    pub fn user_id(&self, person: &str) -> String {
        let hash = digest(&SHA256, format!("{} {person}", self.app_id).as_bytes());
        let digits = hash.as_ref().iter().take(16).map(|byte| char::from(b'0' + byte % 10));
        std::iter::once('1').chain(digits).collect()
    }

    /// The proof that a call with this token comes from us.
    #[must_use]
    pub fn proof(&self, token: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.app_secret.as_bytes());
        hex::encode(hmac::sign(&key, token.as_bytes()))
    }
}
