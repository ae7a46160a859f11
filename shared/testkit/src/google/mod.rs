//! Google, in process.

pub(crate) mod consent;
pub(crate) mod fake;
mod keys;
mod security_event;
#[cfg(test)]
mod tests;
pub(crate) mod token;
