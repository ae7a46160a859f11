//! The parameters of a route.

use crate::SchemaOf;

/// A parameter in the path, the query or the headers.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) is_required: bool,
    pub(crate) about: &'static str,
    pub(crate) schema: SchemaOf,
}

/// The place of a parameter, as OpenAPI names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

impl Place {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}
