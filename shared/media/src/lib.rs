//! Media in S3: generated outputs, their thumbnails, the pictures that users upload, and the portraits of users.
//!
//! Keys are `generations/<account>/<generation>/<n>.<ext>`, `uploads/<account>/<id>` and
//! `pictures/<account>/<id>.jpg`, so all objects of an account have one of three prefixes. The bucket is versioned, and every request
//! names the version. If two runs collect the same job, both write the same key; the run that
//! loses the transaction deletes only the version that it wrote.
//!
//! - `scan` recognises the format of a file and checks that the file is complete.
//! - `picture` decodes pictures of people and partners, and encodes them again.
//! - `store` makes the requests to S3.

mod format;
mod picture;
mod scan;
mod store;
#[cfg(test)]
mod tests;

pub use format::Format;
#[cfg(feature = "thumbnails")]
pub use picture::thumbnail;
pub use picture::{Picture, Unusable, portrait, reencode_picture};
pub use store::{
    Disposition, InputFile, MediaStore, NotStored, OutputFile, PortraitFile, PostForm, StoredOutput, UploadFile,
};
