//! The addresses of the world's Google, our client there, profiles and consents.

use kernel::Timestamp;

/// The issuer of the world's Google.
pub const GOOGLE_ISSUER: &str = "https://accounts.google.test";
/// The sign-in page.
pub const GOOGLE_AUTHORIZE_URL: &str = "https://accounts.google.test/o/oauth2/v2/auth";
/// The token endpoint, which exchanges codes.
pub const GOOGLE_TOKEN_URL: &str = "https://oauth2.google.test/token";
/// The key set, with the public keys.
pub const GOOGLE_JWKS_URL: &str = "https://www.google.test/oauth2/v3/certs";
/// The host of the pictures of people.
pub const GOOGLE_PICTURES: &str = "https://pictures.google.test";
/// Our client at the world's Google.
pub const GOOGLE_CLIENT_ID: &str = "cinemaxsai.apps.google.test";

/// Our client's secret, which the world keeps as `google-client-secret`.
pub(crate) const CLIENT_SECRET: &str = "GOCSPX-of-testkit";

/// A person's profile at Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleProfile {
    /// The subject, which identifies an account.
    pub subject: String,
    /// The address.
    pub email: String,
    /// Whether Google has verified it.
    pub email_verified: bool,
    /// The name; `None` when the profile has none.
    pub name: Option<String>,
    /// The address of the picture.
    pub picture: Option<String>,
}

impl GoogleProfile {
    /// A profile with every field that Google sends but a picture: the copy of a picture takes a message and a job,
    /// which most tests are not about.
    #[must_use]
    pub fn new(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: format!("{subject}@example.com"),
            email_verified: true,
            name: Some(format!("Person {subject}")),
            picture: None,
        }
    }

    /// The same person with a picture, which the fake serves.
    #[must_use]
    pub fn pictured(self) -> Self {
        Self { picture: Some(format!("{GOOGLE_PICTURES}/{}.png", self.subject)), ..self }
    }
}

/// A consent that waits for the exchange of its code.
pub(super) struct Consent {
    pub(super) at: Timestamp,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) nonce: String,
    pub(super) scope: String,
    pub(super) profile: GoogleProfile,
}
