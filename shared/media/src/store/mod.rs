//! The requests to S3. Every `impl MediaStore` and every key is here.

mod delete;
mod keys;
mod media_store;
mod output;
mod personal;
mod portrait;
mod post;
mod presign;
#[cfg(feature = "thumbnails")]
mod thumbnail;
mod upload;
mod versions;

pub use keys::{OutputFile, PortraitFile, UploadFile};
pub use media_store::MediaStore;
pub use output::{NotStored, StoredOutput};
pub use post::PostForm;
pub use presign::Disposition;
pub use upload::InputFile;
