//! Accounts: profiles, identities, sessions and the sign-in log.
//!
//! [`AccountStore`] has the changes of a first sign-in and the decision about a later one, for the
//! caller's transaction. It also continues and ends sessions. [`rotation`] has the pure rules of
//! refresh token rotation. The text form of refresh tokens belongs to the crate `session`.
//!
//! Only [`AccountStore::birth_changes`] creates a partition. Every other write is conditional on
//! the account's existence, so no write brings an erased account back.

mod deletion;
mod device;
mod edit;
mod ending;
mod fresh;
mod items;
pub mod keys;
mod operator;
mod personal;
mod preferences;
pub mod rotation;
mod sessions;
mod sign_in;
mod sign_in_log;
mod store;
mod surplus;

pub use deletion::{DeletionMark, Subject};
pub use device::device;
pub use edit::{IDENTITY_PROVIDERS, Name, ProfileChange};
pub use fresh::FreshCaller;
pub use items::Profile;
pub use keys::DELETION;
pub use preferences::{EmailPreferences, Preferences, PreferencesChange, Theme};
pub use sessions::ActiveSession;
pub use sign_in::{Person, SignIn};
pub use sign_in_log::LoggedSignIn;
pub use store::{AccountStore, Refreshed};
