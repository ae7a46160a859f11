//! A deletion and its job: the promised times, the progress and the next step. Pure.

mod code;
mod inventory;
mod job;
mod record;
mod view;

pub use code::DeletionCode;
pub use inventory::DataCount;
pub(crate) use inventory::{Counts, Inventory};
#[cfg(test)]
pub(crate) use job::tests;
pub(crate) use job::{DeletionJob, PurgeStep};
pub use record::{Deletion, DeletionStatus};
pub use view::DeletionView;
