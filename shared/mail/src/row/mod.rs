//! A mail as a row: what it is about, and the rules by which it is sent once.

pub(crate) mod admission;
pub(crate) mod facts;
pub(crate) mod key;
pub(crate) mod kind;
pub(crate) mod mail_row;
pub(crate) mod sending;
#[cfg(test)]
mod tests;
