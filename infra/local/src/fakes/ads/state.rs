//! The state of the fake advertising network.

use crate::fakes::deliveries::Deliveries;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// How the fake behaves. As JSON under `/_control`, every field may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdKnobs {
    /// How the picture is answered.
    pub mode: AdMode,
}

/// How the picture is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdMode {
    /// With the picture.
    #[default]
    Works,
    /// With 503. The conversion is counted.
    Fails,
}

/// The requests so far, for tests that count. Requests of `/_control` are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct AdCounts {
    /// Everything that reached the network.
    pub requests: u64,
    /// Requests that are no conversion: another path, method or parameter.
    pub refused: u64,
    /// Requests that named the page from which they came.
    pub with_referrer: u64,
    /// Requests with a cookie.
    pub with_cookie: u64,
}

/// A conversion that was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenConversion {
    /// The event, such as `purchase`.
    pub event: String,
    /// The value. Empty if there is none.
    pub value: String,
}

/// Knobs, counts and conversions.
#[derive(Debug, Default)]
pub struct AdState {
    pub(super) knobs: AdKnobs,
    pub(super) counts: AdCounts,
    pub(super) seen: Vec<SeenConversion>,
    /// The network sends no webhooks.
    pub(super) deliveries: Deliveries<Infallible>,
}
