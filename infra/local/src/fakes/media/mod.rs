//! Pictures and films: those that the fakes make, and those that come with jobs.

pub(super) mod files;
mod film;
pub(super) mod picture;
pub(super) mod seen;
