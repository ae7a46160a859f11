//! The answers of a route that are no problems.

use crate::SchemaOf;

/// An answer with one status.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) about: &'static str,
    pub(crate) contents: Vec<Content>,
    pub(crate) headers: Vec<Header>,
    pub(crate) links: Vec<Link>,
}

impl Answer {
    pub(crate) fn new(status: u16, about: &'static str) -> Self {
        Self { status, about, contents: Vec::new(), headers: Vec::new(), links: Vec::new() }
    }
}

/// A body of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) media_type: &'static str,
    /// `None` for a text without a schema, such as a page.
    pub(crate) schema: Option<SchemaOf>,
}

/// A header that not every answer has.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// In lower case.
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    pub(crate) about: &'static str,
}

/// An operation that can follow: a value of the answer is its parameter.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// The function of the operation.
    pub(crate) function: &'static str,
    pub(crate) parameter: &'static str,
    /// A runtime expression of OpenAPI, such as `$response.body#/id`.
    pub(crate) value: &'static str,
}
