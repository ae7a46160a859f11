//! Privacy: a person's deletion, from the request to the signed receipt (P15).
//!
//! [`Close`] takes the request: from then on nothing new happens in the account, and until
//! the grace period ends [`Reopen`] takes it back. [`Schedule`] finds what is due. [`Purge`]
//! erases [`Everything`], looks for it again at once and a day later, and strips the work
//! item to a receipt. [`Welcome`] remembers, as a keyed hash, who had their welcome.
//!
//! Every phase is written before it is acted upon, and every act may be repeated: a purge
//! that dies anywhere is continued by the next one, and counts the same.

mod close;
mod code;
mod deletion;
mod everything;
mod hash;
mod personal;
mod purge;
mod receipt;
mod schedule;
mod store;
mod view;
mod welcome;

pub use close::{Close, Reopen};
pub use code::DeletionCode;
pub use deletion::{Count, Deletion, DeletionStatus};
pub use everything::Everything;
pub use hash::HashKeys;
pub use personal::Marks;
pub use purge::{Purge, PurgeMessage, Purged};
pub use receipt::{ReceiptSigner, SignedReceipt, backup_days, canonical, verify};
pub use schedule::{Schedule, Scheduled};
pub use store::DeletionStore;
pub use view::DeletionView;
pub use welcome::Welcome;
