//! The workflows. Each reads, decides by the rules, and writes under a condition.

pub(crate) mod availability;
pub(crate) mod cancel;
pub(crate) mod collect;
mod copies;
pub(crate) mod delete;
mod finish;
pub(crate) mod open_upload;
mod orphans;
pub(crate) mod request_cancel;
pub(crate) mod run;
pub(crate) mod submit;
pub(crate) mod sweep;
#[cfg(feature = "thumbnails")]
pub(crate) mod thumbnails;
