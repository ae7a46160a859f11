//! The steps of a deletion: close, reopen, schedule and purge.

mod close;
mod purge;
mod schedule;

pub use close::{CloseAccount, ReopenAccount};
pub use purge::{PurgeAccount, PurgeMessage, PurgeOutcome};
pub use schedule::{SchedulePurges, ScheduleReport};
