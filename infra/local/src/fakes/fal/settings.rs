//! The settings of the fake fal.

use crate::fakes::clock::FakeClock;

/// The settings of a fake fal.
#[derive(Debug, Clone)]
pub struct FakeFalSettings {
    /// The address of the fake, without a slash at the end.
    pub public_base: String,
    /// The one API key that the fake accepts; it is an admin key.
    pub api_key: String,
    /// The seeds of the published Ed25519 keys. The first signs webhooks; the second has
    /// signed them before.
    pub seeds: [[u8; 32]; 2],
    /// The clock for [`serve`](crate::fakes::serve).
    pub clock: FakeClock,
}

impl FakeFalSettings {
    /// Settings with the keys of the local platform, which are valid nowhere else.
    #[must_use]
    pub fn new(public_base: impl Into<String>) -> Self {
        Self {
            public_base: public_base.into(),
            api_key: "local-fal-key".to_owned(),
            seeds: [[17; 32], [16; 32]],
            clock: FakeClock::system(),
        }
    }

    /// The address of the published keys.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.public_base)
    }

    /// The address of the platform API.
    #[must_use]
    pub fn platform_api(&self) -> String {
        format!("{}/v1", self.public_base)
    }
}

impl Default for FakeFalSettings {
    fn default() -> Self {
        Self::new("http://127.0.0.1:7003")
    }
}

/// fal's protocol.
#[derive(Debug)]
pub struct FalProtocol;
