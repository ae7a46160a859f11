//! S3: a strict model of what our programs ask of it, with versions and multipart
//! uploads. What it does not model fails the test by name.

mod body;
mod list;
mod multipart;
mod objects;
mod posted;
mod presigned;
mod request;
mod store;
#[cfg(test)]
mod tests;
mod xml;

pub(crate) use request::Asked;
pub(crate) use store::Store;
pub use store::{Object, OpenUpload};

use bytes::Bytes;
use http::Response;

/// The access key that the world's clients sign with.
pub(crate) const ACCESS_KEY: &str = "AKIDTESTKIT";
/// Its secret.
pub(crate) const SECRET_KEY: &str = "the-secret-key-of-testkit";

/// An answer, or an error as S3 writes it.
type Answer = Result<Response<Bytes>, Refusal>;

/// An error as S3 writes it.
#[derive(Debug)]
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    headers: Vec<(&'static str, String)>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    fn response(self) -> Response<Bytes> {
        let mut response = Response::builder().status(self.status).header("content-type", "application/xml");
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body =
            xml::document("Error", &[xml::element("Code", self.code), xml::element("Message", &self.message)].concat());
        response.header("x-amzn-errortype", self.code).body(body.into()).expect("the refusal is well formed")
    }
}

fn no_such_key() -> Refusal {
    Refusal::new(404, "NoSuchKey", "The specified key does not exist.")
}

fn no_such_upload() -> Refusal {
    Refusal::new(404, "NoSuchUpload", "The specified multipart upload does not exist.")
}
