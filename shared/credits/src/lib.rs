//! Credits: lots that are spent in a fixed order, holds that end exactly once, and an
//! append-only statement. After TigerBeetle's two-phase transfers: hold, then settle at
//! most what was held, or release.
//!
//! [`Balance`] decides entries (pure), and entries alone change a balance: whoever has all
//! of them has the balance ([`Balance::fold`]). [`CreditStore`] offers the changes for a
//! transaction that the caller joins with its own.

mod balance;
mod entry;
mod ledger;
mod lot;
mod money;
mod note;
mod personal;
mod store;
mod usage;

pub use balance::{Adjustment, Balance, BalanceStatus, Demand, FoldError, Hold, Lapsed};
pub use entry::{Cause, Entry, EntryKind, Move, Place, Terms};
pub use ledger::{Flaw, Part};
pub use lot::{Lot, Source};
pub use money::{Currency, Money};
pub use note::Note;
pub use store::{CreditStore, keys};
pub use usage::{Usage, Used};
