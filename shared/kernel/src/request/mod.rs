//! Parts of requests that several slices read in the same way.

mod idempotency;
pub mod whole;

pub use idempotency::idempotency_key;
