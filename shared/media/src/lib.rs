//! Media in S3: outputs of generations are taken in, linked to and erased here, and so are
//! the pictures that people bring.
//!
//! Keys are `generations/<account>/<generation>/<n>.<ext>` and `uploads/<account>/<id>`, so
//! that everything of an account lies under two prefixes. The bucket is versioned, and everything here names the
//! version: collecting a job twice writes the same key twice, and whoever loses the race
//! deletes the version that it wrote and no other.

mod format;
mod image;
mod input;
mod mp4;
mod output;
mod personal;
mod post;
mod presign;
mod store;
#[cfg(test)]
mod tests;
#[cfg(feature = "thumbnails")]
mod thumbnail;
mod upload;
mod versions;

pub use format::Format;
pub use input::{Picture, Unusable, picture};
pub use output::{NotStored, StoredOutput};
pub use post::PostForm;
pub use presign::Disposition;
pub use store::{MediaStore, OutputFile};
#[cfg(feature = "thumbnails")]
pub use thumbnail::thumbnail;
pub use upload::UploadFile;
