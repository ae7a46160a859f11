//! The partners, in process.

pub(crate) mod partner;
#[cfg(test)]
mod tests;
pub(crate) mod transport;
