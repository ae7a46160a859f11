//! JSON Schemas of the contract.

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// The validator of a schema in an OpenAPI document, which may refer to the document's components.
///
/// # Panics
/// When the schema is not valid.
#[must_use]
pub fn validator(document: &Value, schema: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(&whole).unwrap_or_else(|error| panic!("not a valid schema: {error}: {schema:#}"))
}
