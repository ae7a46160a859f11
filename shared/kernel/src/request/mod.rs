//! Parts of requests that several slices read in the same way.

mod idempotency_key;
pub mod whole;

pub use idempotency_key::idempotency_key;
