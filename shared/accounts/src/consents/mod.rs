//! The choices of people about consent, and the notices about changed documents.
//!
//! - `choice` has a choice, and the rule which of several is the last.
//! - `notice` has a notice. A notice is never a consent.
//! - `record` writes a row for each of them, and the last ones in the profile.
//!
//! The rows are only added, and removed with the account. They are the proof. The profile has the last ones, so that
//! the account is read without a query.

pub(crate) mod choice;
pub(crate) mod notice;
pub(crate) mod record;
#[cfg(test)]
pub(crate) mod tests;
mod times;
