//! Google, in process.

pub(crate) mod consent;
pub(crate) mod events;
pub(crate) mod fake;
mod keys;
#[cfg(test)]
mod tests;
pub(crate) mod token;
