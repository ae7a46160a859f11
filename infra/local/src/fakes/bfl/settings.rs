//! The settings of the fake Black Forest Labs.

use crate::fakes::clock::FakeClock;

/// The settings of a fake Black Forest Labs.
#[derive(Debug, Clone)]
pub struct FakeBflSettings {
    /// The address of the fake, without a slash at the end. The paths of the API begin with `/v1`.
    pub public_base: String,
    /// The one API key that the fake accepts.
    pub api_key: String,
    /// The clock for [`serve`](crate::fakes::serve).
    pub clock: FakeClock,
}

impl FakeBflSettings {
    /// Settings with the key of the local platform, which is valid nowhere else.
    #[must_use]
    pub fn new(public_base: impl Into<String>) -> Self {
        Self { public_base: public_base.into(), api_key: "local-bfl-key".to_owned(), clock: FakeClock::system() }
    }
}

impl Default for FakeBflSettings {
    fn default() -> Self {
        Self::new("http://127.0.0.1:7004")
    }
}

/// The protocol of Black Forest Labs.
#[derive(Debug)]
pub struct BflProtocol;
