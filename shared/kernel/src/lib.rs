//! The vocabulary of every slice: ids, credits, the caller, the one error, the limits,
//! personal data, and time and randomness as values.
//!
//! The crate has no code for HTTP, AWS or partners, and no async code.

mod caller;
mod cost;
mod credits;
mod digest;
mod documents;
mod error;
mod future;
mod ids;
pub mod limits;
mod note;
pub mod personal;
#[cfg(feature = "planted-faults")]
pub mod planted;
mod rate;
mod request;
pub mod schema;
mod source;
pub mod text;
mod time;

pub use caller::Caller;
pub use cost::MicroDollars;
pub use credits::Credits;
pub use digest::sha256_hex;
pub use documents::{acceptance::Acceptance, version::DocumentVersion};
pub use error::{Cause, Error, Result};
pub use future::BoxFuture;
pub use ids::{AccountId, GenerationId, MailId, PictureId, SessionId, UploadId};
pub use note::Note;
pub use personal::{Claim, Erased, Key, PersonalData, Record};
pub use rate::{RatePolicy, RateState};
pub use request::{Browser, DeviceKind, Object, System, UserAgent, idempotency_key, whole};
pub use source::{Fixed, IdSource, Ids};
pub use time::{Timestamp, later};
