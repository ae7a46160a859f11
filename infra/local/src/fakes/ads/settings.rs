//! The settings of the fake advertising network.

use crate::fakes::clock::FakeClock;

/// The path of the picture.
pub(super) const PICTURE: &str = "/conversion";

/// The settings of a fake advertising network.
#[derive(Debug, Clone)]
pub struct FakeAdNetworkSettings {
    /// The address, without a slash at the end.
    pub public_base: String,
    /// The clock for [`serve`](crate::fakes::serve).
    pub clock: FakeClock,
}

impl FakeAdNetworkSettings {
    /// Settings for the network at this address. On loopback it lies under the other name: ports do not make a site,
    /// and a picture of the same site would be allowed where that of another must not be.
    #[must_use]
    pub fn new(public_base: impl AsRef<str>) -> Self {
        Self {
            public_base: public_base.as_ref().replacen("//127.0.0.1:", "//localhost:", 1),
            clock: FakeClock::system(),
        }
    }

    /// The address of the picture, with the places of both parameters: the value of the template's parameter `AdvertisingTag`.
    #[must_use]
    pub fn picture_url(&self) -> String {
        format!("{}{PICTURE}?event={{event}}&value={{value}}", self.public_base)
    }
}
