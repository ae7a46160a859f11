//! A deletion and its job: the promised times, the progress and the next step. Pure.

mod code;
mod inventory;
mod job;
mod record;
mod removal;
mod view;
mod words;

pub(crate) use code::CODE_BYTES;
pub use code::DeletionCode;
pub use inventory::DataCount;
pub(crate) use inventory::{Counts, Inventory};
#[cfg(test)]
pub(crate) use job::tests;
pub(crate) use job::{DeletionJob, PurgeStep, Revocations};
pub use record::{Deletion, DeletionStatus, Requester};
pub use removal::{Removal, RemovalOutcome};
pub use view::{DeletionRecord, DeletionRecordView, DeletionView, RemovalView};
