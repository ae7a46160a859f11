//! JSON Schemas of types of other crates, for the contract of the API.
//!
//! A field of such a type says `#[schemars(with = "kernel::schema::Time")]`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// The pattern of a text that is not blank: one character that [`str::trim`] keeps, anywhere in the text.
pub const NOT_BLANK: &str = r"[^\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]";

/// The schema of a [`Timestamp`](crate::Timestamp): RFC 3339.
#[derive(Debug)]
pub struct Time;

impl JsonSchema for Time {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}
