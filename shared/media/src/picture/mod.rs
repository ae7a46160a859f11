//! Pictures that users upload: decoded within limits and encoded again. Pure.

mod reencode;
#[cfg(feature = "thumbnails")]
mod thumbnail;

pub use reencode::{Picture, Unusable, reencode_picture};
#[cfg(feature = "thumbnails")]
pub use thumbnail::thumbnail;
