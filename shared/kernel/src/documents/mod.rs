//! The documents that people are shown: their versions, and what a person was shown before a sign-in.

pub(crate) mod acceptance;
pub(crate) mod version;
