//! Recognises the format of a file by its content and checks that the file is complete. Pure.
//!
//! The media type that the sender states is ignored. Otherwise a sender could have a browser
//! show an HTML page as a picture.

mod image;
mod mp4;
mod outcome;
mod scanner;

#[cfg(test)]
pub(crate) use mp4::tests::film;
pub(crate) use outcome::{Rejection, Size};
pub(crate) use scanner::Scanner;
