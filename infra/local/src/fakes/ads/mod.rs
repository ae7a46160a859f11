//! An advertising network that counts conversions by a picture of one pixel.
//!
//! Networks offer such a picture for pages without their script: Google's `pagead/1p-conversion`, Meta's `tr?noscript=1`.
//! This one takes an event and a value, and nothing else. It refuses every other parameter, and it counts requests that
//! bring a referrer or a cookie. So a page that tells it more than it may is seen.
//!
//! It lies under the other name of loopback, so it is another site than ours.

mod fake;
mod settings;
mod state;
#[cfg(test)]
mod tests;

pub use fake::{AdProtocol, FakeAdNetwork};
pub use settings::FakeAdNetworkSettings;
pub use state::{AdCounts, AdKnobs, AdMode, SeenConversion};
