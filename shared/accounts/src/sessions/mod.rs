//! Sessions: their list, their end, and the log of the sign-ins that began them.

mod ending;
pub(crate) mod list;
pub(crate) mod sign_in_log;
pub(crate) mod surplus;
