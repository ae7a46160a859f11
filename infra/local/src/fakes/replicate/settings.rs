//! The settings of the fake Replicate.

use crate::fakes::clock::FakeClock;

/// The settings of a fake Replicate.
#[derive(Debug, Clone)]
pub struct FakeReplicateSettings {
    /// The address of the fake, without a slash at the end. The paths of the API begin with `/v1`.
    pub public_base: String,
    /// The one API token that the fake accepts.
    pub api_token: String,
    /// The secret that signs webhooks: `whsec_` and standard base64.
    pub webhook_secret: String,
    /// The clock for [`serve`](crate::fakes::serve).
    pub clock: FakeClock,
}

impl FakeReplicateSettings {
    /// Settings with the token and secret of the local platform, which are valid nowhere
    /// else.
    #[must_use]
    pub fn new(public_base: impl Into<String>) -> Self {
        Self {
            public_base: public_base.into(),
            api_token: "r8_local".to_owned(),
            webhook_secret: "whsec_bG9jYWwtcmVwbGljYXRlLXdlYmhvb2stc2VjcmV0".to_owned(),
            clock: FakeClock::system(),
        }
    }
}

impl Default for FakeReplicateSettings {
    fn default() -> Self {
        Self::new("http://127.0.0.1:7001")
    }
}
