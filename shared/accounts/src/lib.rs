//! Accounts: the profile, the identities that lead to it, its sessions and its sign-ins.
//!
//! [`SignIn`] is made before anything is read, so that deciding twice writes the same;
//! [`AccountStore`] offers the changes of a birth and of a return for the caller's transaction,
//! and continues and ends sessions. [`rotation`] decides, purely, what a refresh token
//! is worth; its text form belongs to the crate `session`.
//!
//! A partition is born once: apart from [`AccountStore::born`], every write demands that the
//! account is there, so that nothing brings an erased one back.

mod deletion;
mod device;
mod fresh;
mod items;
mod personal;
pub mod rotation;
mod sign_in;
mod store;

pub use deletion::{DELETION, DeletionMark, Subject};
pub use device::device;
pub use fresh::FreshCaller;
pub use items::Profile;
pub use sign_in::{Person, SignIn};
pub use store::{AccountStore, Refreshed, keys};
