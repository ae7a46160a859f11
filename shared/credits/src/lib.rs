//! Credits: lots that are spent in a fixed order, holds that end exactly once, and an
//! append-only statement. After TigerBeetle's two-phase transfers: hold, then settle at
//! most what was held, or release.
//!
//! [`Balance`] decides (pure); [`Store`] offers the changes for a transaction that the
//! caller joins with its own.

mod balance;
mod entry;
mod lot;
mod money;
mod personal;
mod store;

pub use balance::{Balance, Hold, Status, Usage};
pub use entry::{Entry, Kind};
pub use lot::{Lot, Source};
pub use money::{Currency, Money};
pub use store::{Store, keys};
