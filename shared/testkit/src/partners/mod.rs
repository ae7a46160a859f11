//! The partners, in process.

pub(crate) mod partner;
pub(crate) mod transport;
