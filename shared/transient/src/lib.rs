//! The table `Transient`: items that expire within a day. DynamoDB removes them a little later.
//!
//! [`NetworkRates`] and [`AccountRates`] count requests, and refuse those beyond a policy.
//! [`SignInAttempts`] marks an attempt to sign in as used. [`WelcomeLots`] counts the new accounts of a
//! network on a day.
//!
//! An address never reaches the table. The partition key of a network is a keyed hash of its prefix
//! and of the day, so that nobody can follow a network over days.

mod attempts;
mod keys;
mod limits;
mod network;
mod personal;
mod policy;
mod welcome;

pub use attempts::SignInAttempts;
pub use limits::{AccountRates, NetworkRates};
pub use network::{Network, NetworkKeys};
pub use policy::{ACCOUNT_SIGN_INS, CHECKOUTS, CONSENTS, CONTACTS, REFRESHES, REPORTS, SIGN_IN_ENDS, SIGN_INS};
pub use welcome::WelcomeLots;
