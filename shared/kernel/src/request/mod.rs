//! Parts of requests that several slices read in the same way.

mod idempotency;
mod object;
pub mod whole;

pub use idempotency::idempotency_key;
pub use object::Object;
