//! Parts of requests that several slices read in the same way.

mod idempotency;
mod object;
mod user_agent;
pub mod whole;

pub use idempotency::idempotency_key;
pub use object::Object;
pub use user_agent::{Browser, DeviceKind, System, UserAgent};
