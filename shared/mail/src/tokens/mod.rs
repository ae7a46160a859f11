//! Keyed hashes and tokens: each has its own purpose, so that none passes for another.

pub(crate) mod base32;
pub(crate) mod keys;
pub(crate) mod reply;
pub(crate) mod unsubscribe;
