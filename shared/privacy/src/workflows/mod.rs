//! The steps of a deletion: close, reopen, schedule and purge; and the messages of partners, which may close an
//! account.

mod close;
mod notice;
mod purge;
mod revoke;
mod schedule;

pub use close::{CloseAccount, ReopenAccount};
pub use notice::{ApplyNotice, IdentityErasure, NoticeEffect, PartnerIdentity};
pub use purge::{PurgeAccount, PurgeMessage, PurgeOutcome};
pub use revoke::RevokeTokens;
pub use schedule::{SchedulePurges, ScheduleReport};
