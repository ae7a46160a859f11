//! The workflows: each reads, decides by the rules, and writes.

pub(crate) mod cancel;
pub(crate) mod clear;
pub(crate) mod collect;
pub(crate) mod delete;
pub(crate) mod erase_copy;
pub(crate) mod finish;
pub(crate) mod open_upload;
pub(crate) mod request_cancel;
pub(crate) mod run;
pub(crate) mod submit;
pub(crate) mod sweep;
#[cfg(feature = "thumbnails")]
pub(crate) mod thumbnails;
