//! The identities that lead to an account: sign-ins with them, links and their removal, and the notices
//! of the partners.
//!
//! - `last` has the rule of the last identity, which stays.
//! - `fields` has the rule of the profile's fields: which partner may set which.
//! - `notice` has the rule of a partner's notice: what it does to an identity and to sessions.
//! - `seen` reads an account for a decision, and has the condition that it has not changed since.
//! - `signing_in`, `linking`, `unlinking` and `notices` decide, and make the writes.
//!
//! Each of these decisions writes the profile on the condition of `seen`. So of two at once the second
//! decides again, on what the first has left.

mod fields;
mod last;
pub(crate) mod linked;
mod linking;
pub(crate) mod notice;
mod notices;
mod seen;
pub(crate) mod signing_in;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod unlinking;
