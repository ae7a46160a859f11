//! Session tokens and cookies: their text forms, and how they are signed and verified. Pseudonyms of
//! accounts, which access tokens carry for the log.
//!
//! Access tokens are signed and verified without I/O: a route learns its caller from the public
//! keys in its environment. Refresh tokens are only parsed here. The store of the sessions, in
//! `accounts`, decides whether one is still valid.
//!
//! Cookies have the prefix `__Host-`. A browser accepts such a cookie only with `Secure` and
//! `Path=/` and without `Domain`, so no other host can set or shadow it.

mod attempt;
pub mod cookie;
mod jwk;
mod key;
mod pseudonym;
mod refresh;
mod return_to;
mod seal;
mod token;

pub use attempt::{LinkTarget, SignInAttempt};
pub use cookie::CallbackBy;
pub use jwk::{Jwk, JwkSet};
pub use pseudonym::{DayKeys, Pseudonym, PseudonymKeys};
pub use refresh::RefreshToken;
pub use return_to::ReturnTo;
pub use seal::Seal;
pub use token::{AccessToken, Signer, VerifiedToken, Verifier};
