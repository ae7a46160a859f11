//! The checks that all signed tokens of partners share: signature, issuer, audience, clock.

mod claims;
mod clock;
mod issuer;
mod jws;
mod keys;

pub(crate) use claims::{Audience, TextOrNumber, bool_or_text};
pub(crate) use clock::{CLOCK_LEEWAY_S, CLOCKS_DIFFER, clocks_differ};
pub(crate) use issuer::Issuer;
pub(crate) use jws::{Signed, TokenType, verified_claims};
pub(crate) use keys::RsaKeySet;
