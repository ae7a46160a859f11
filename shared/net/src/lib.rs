//! HTTP to outside partners, behind one interface.
//!
//! The slices hold an [`Http`]. In a function it sends through [`vendors`] (TLS by ring, bundled
//! web roots, our own timeouts); in a test it sends through a [`Transport`] of the test. AWS has a
//! client of its own, in `aws`.

mod client;
mod failure;
mod guard;
mod keys;
mod open;
mod reqwest_transport;
mod transport;

pub use client::{Http, whole};
pub use failure::RequestFailure;
pub use guard::{Destination, public_address};
pub use keys::{Jwk, KEYS_TIMEOUT, KeySet, Search, key_unknown_yet};
pub use open::open;
pub use reqwest_transport::vendors;
pub use transport::{Body, Request, Response, Transport};
