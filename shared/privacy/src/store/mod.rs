//! The requests to DynamoDB, and every key and attribute name.

mod deletion_store;
mod hash;
mod keys;
mod marks;
mod welcome;

pub use deletion_store::DeletionStore;
pub(crate) use deletion_store::{OpenDeletion, SHARDS};
pub use hash::HashKeys;
pub use marks::DeletionMarks;
pub use welcome::WelcomeMarkers;
