//! Generations in DynamoDB: the names of attributes and keys, and every read and write.
//!
//! Each write is conditional, and its condition is the state machine's.

pub(crate) mod collection;
mod conditions;
mod deletion;
mod ending;
mod library;
mod models;
pub(crate) mod names;
mod orphans;
mod personal;
pub(crate) mod requests;
pub(crate) mod slots;
mod submission;
mod sweep;
pub(crate) mod table;
#[cfg(feature = "thumbnails")]
pub(crate) mod thumbnails;
