//! The parameters of a route.

use crate::SchemaOf;
use kernel::limits;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// The words about `X-Account`.
pub(crate) const ABOUT_ACCOUNT: &str = "The id of the account for which the request is made. A page that shows the \
                                        account of one person sends it, so that it does not act for another who has \
                                        signed in in the same browser since. If the session belongs to another \
                                        account, nothing is done: 409 `other_account`.";

/// The words about `Sec-GPC`.
pub(crate) const ABOUT_GPC: &str = "`1` if the person has switched Global Privacy Control on in the browser, which \
                                    sends it with every request (<https://www.w3.org/TR/gpc/>).";

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

/// `limit` of a list.
pub(crate) struct PageLimit;

impl JsonSchema for PageLimit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PageLimit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": limits::LIST_MAX, "default": limits::LIST_DEFAULT })
    }
}

/// An `Idempotency-Key`.
pub(crate) struct IdempotencyKey;

impl JsonSchema for IdempotencyKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "IdempotencyKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": limits::IDEMPOTENCY_KEY_CHARS,
            "pattern": "^[A-Za-z0-9_-]+$",
        })
    }
}
