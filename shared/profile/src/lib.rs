//! The account in the form for clients, and the one request that reads it.
//!
//! The account of a person has two parts: the profile, the identities and the mark of a deletion are in `Accounts`, and
//! the status is in the balance. `get-account` and `update-account` answer both as one [`AccountView`].

mod reader;
mod view;

pub use reader::{AccountReader, StoredAccount};
pub use view::AccountView;
