//! Media in S3: outputs of generations are taken in, linked to and erased here.
//!
//! Keys are `generations/<account>/<generation>/<n>.<ext>`, so that everything of an
//! account lies under one prefix. The bucket is versioned, and everything here names the
//! version: collecting a job twice writes the same key twice, and whoever loses the race
//! deletes the version that it wrote and no other.

mod format;
mod image;
mod input;
mod mp4;
mod output;
mod personal;
mod presign;
mod store;
#[cfg(test)]
mod tests;
#[cfg(feature = "thumbnails")]
mod thumbnail;
mod versions;

pub use format::Format;
pub use input::{Picture, Unusable, picture};
pub use output::{NotStored, StoredOutput};
pub use presign::Disposition;
pub use store::{Output, Store};
#[cfg(feature = "thumbnails")]
pub use thumbnail::thumbnail;
