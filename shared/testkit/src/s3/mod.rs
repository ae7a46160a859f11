//! S3: a strict model of the requests that our programs make, with versions and multipart
//! uploads. Anything outside the model fails the test by name.

mod body;
mod list;
mod multipart;
mod objects;
pub(crate) mod posted;
mod presigned;
pub(crate) mod request;
mod response;
pub(crate) mod service;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod xml;
