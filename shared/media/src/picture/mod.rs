//! Pictures of people and partners: decoded within limits and encoded again. Pure.

mod jpeg;
mod portrait;
mod reencode;
#[cfg(feature = "thumbnails")]
mod thumbnail;
mod unusable;

pub use portrait::portrait;
pub use reencode::{Picture, reencode_picture};
#[cfg(feature = "thumbnails")]
pub use thumbnail::thumbnail;
pub use unusable::Unusable;
