//! What every slice speaks: ids, credits, the caller, the one error, the limits,
//! personal data, and time and chance as values.
//!
//! Nothing here knows HTTP, AWS or a partner, and nothing here is async.

mod caller;
mod credits;
mod error;
mod ids;
pub mod limits;
pub mod personal;
#[cfg(feature = "planted-faults")]
pub mod planted;
mod source;
mod time;

pub use caller::Caller;
pub use credits::Credits;
pub use error::{Cause, Error};
pub use ids::{AccountId, GenerationId, SessionId, UploadId};
pub use personal::{Claim, Erased, Key, PersonalData, Record};
pub use source::{Fixed, IdSource, Ids};
pub use time::later;

/// A point in time, UTC. Stored as whole milliseconds since 1970, answered as RFC 3339.
pub type Timestamp = jiff::Timestamp;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The result of everything that can be answered with the one [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
