//! The requests to DynamoDB, and every key and attribute name.

mod activity;
mod deletion_store;
mod hash;
mod keys;
mod marks;
mod welcome;

pub(crate) use activity::{Activity, reopened_change};
pub use deletion_store::DeletionStore;
pub(crate) use deletion_store::{OpenDeletion, SHARDS};
pub use hash::HashKeys;
pub(crate) use hash::RequestCodes;
pub use marks::DeletionMarks;
pub use welcome::WelcomeMarkers;
