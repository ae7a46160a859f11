//! Addresses that take no mail: a keyed hash, and why.

pub(crate) mod list;
pub(crate) mod state;
