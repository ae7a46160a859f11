//! Pictures of people and partners: decoded within limits and encoded again. Pure.

mod portrait;
mod reencode;
#[cfg(feature = "thumbnails")]
mod thumbnail;

pub use portrait::portrait;
pub use reencode::{Picture, Unusable, reencode_picture};
#[cfg(feature = "thumbnails")]
pub use thumbnail::thumbnail;
