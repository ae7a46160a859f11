//! Privacy: the deletion of an account, from the request to the signed receipt (P15).
//!
//! 1. [`CloseAccount`] records the person's request, and [`ApplyNotice`] the one of a partner at which the person
//!    has deleted the last identity of the account. From then on the account starts nothing new. Until
//!    the grace period ends, [`ReopenAccount`] takes the request back.
//! 2. [`SchedulePurges`] finds the deletions that are due.
//! 3. [`PurgeAccount`] asks the partners to revoke their tokens, erases [`AllPersonalData`], checks at once and a day later that nothing
//!    is left, and replaces the deletion job by a receipt.
//!
//! [`WelcomeMarkers`] remember, as keyed hashes, which people had a welcome lot.
//!
//! Each phase is written before it is carried out, and each step may be repeated. If a purge
//! crashes, the next one continues it and counts the same.

mod all_personal_data;
mod deletion;
mod receipt;
mod store;
mod workflows;

pub use all_personal_data::{AllPersonalData, PersonalStores};
pub use deletion::{
    DataCount, Deletion, DeletionCode, DeletionRecord, DeletionRecordView, DeletionStatus, DeletionView, Removal,
    RemovalOutcome, RemovalView, Requester,
};
pub use receipt::{ReceiptSigner, SignedReceipt, backup_days, canonical, verify};
pub use store::{DeletionMarks, DeletionStore, HashKeys, WelcomeMarkers};
pub use workflows::{
    ApplyNotice, CloseAccount, IdentityErasure, NoticeEffect, PartnerIdentity, PurgeAccount, PurgeMessage,
    PurgeOutcome, ReopenAccount, RevokeTokens, SchedulePurges, ScheduleReport,
};
