//! Answers and errors as S3 writes them.

use super::xml;
use bytes::Bytes;
use http::{Response, response::Builder};

/// An answer, or an error as S3 writes it.
pub(super) type S3Result = Result<Response<Bytes>, S3Error>;

/// An error as S3 writes it.
#[derive(Debug)]
pub(super) struct S3Error {
    status: u16,
    code: &'static str,
    message: String,
    headers: Vec<(&'static str, String)>,
}

impl S3Error {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new() }
    }

    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut response = Response::builder().status(self.status).header("content-type", "application/xml");
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body =
            xml::document("Error", &[xml::element("Code", self.code), xml::element("Message", &self.message)].concat());
        response.header("x-amzn-errortype", self.code).body(body.into()).expect("the error is well formed")
    }
}

pub(super) fn no_such_key() -> S3Error {
    S3Error::new(404, "NoSuchKey", "The specified key does not exist.")
}

pub(super) fn no_such_upload() -> S3Error {
    S3Error::new(404, "NoSuchUpload", "The specified multipart upload does not exist.")
}

pub(super) fn access_denied(message: &str) -> S3Error {
    S3Error::new(403, "AccessDenied", message)
}

/// An answer without a body.
pub(super) fn empty(response: Builder) -> S3Result {
    finish(response, Bytes::new())
}

/// An answer with an XML document.
pub(super) fn document_answer(root: &str, inside: &str) -> S3Result {
    finish(Response::builder().header("content-type", "application/xml"), xml::document(root, inside).into())
}

/// An answer with this body.
pub(super) fn finish(response: Builder, body: Bytes) -> S3Result {
    Ok(response.body(body).expect("the answer is well formed"))
}
