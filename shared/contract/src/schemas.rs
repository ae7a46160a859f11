//! The schemas of the document.

use schemars::{
    Schema,
    generate::{SchemaGenerator, SchemaSettings},
    transform::RecursiveTransform,
};
use serde_json::{Map, Value, json};

/// The place of the schemas in the document.
const SCHEMAS: &str = "/components/schemas";

/// The schemas of requests and of answers. A type may be read in another form than it is written, so each
/// has a generator of its own.
pub(crate) struct Schemas {
    pub(crate) of_requests: SchemaGenerator,
    pub(crate) of_answers: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = SCHEMAS.into();
            settings.meta_schema = None;
            settings.transforms.push(Box::new(RecursiveTransform(remove_null_default)));
            settings.transforms.push(Box::new(RecursiveTransform(join_constants)));
        });
        Self {
            of_requests: settings.clone().for_deserialize().into_generator(),
            of_answers: settings.for_serialize().into_generator(),
        }
    }

    /// The schema of a body as a form. A browser sends an empty field too, and it counts as left out: a field
    /// that may be left out may be blank.
    pub(crate) fn of_form(&mut self, body: &Schema) -> Schema {
        let definitions = self.of_requests.definitions_mut();
        let reference = body.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let name = reference.rsplit('/').next().unwrap_or_default().to_owned();
        let Some(mut form) = definitions.get(&name).cloned() else { return body.clone() };
        let required = form["required"].as_array().cloned().unwrap_or_default();
        for (field, schema) in form["properties"].as_object_mut().into_iter().flatten() {
            if !required.contains(&json!(field)) && is_limited(schema) {
                *schema = or_blank(schema.take());
            }
        }
        if definitions.get(&name) == Some(&form) {
            return body.clone();
        }
        let name = format!("{name}Form");
        definitions.insert(name.clone(), form);
        Schema::new_ref(format!("#{SCHEMAS}/{name}"))
    }

    /// All named schemas.
    ///
    /// # Panics
    /// If a name has one schema in requests and another in answers.
    #[allow(clippy::panic, reason = "such a document must not be published")]
    pub(crate) fn join(mut self) -> Map<String, Value> {
        let mut all = self.of_answers.take_definitions(true);
        for (name, schema) in self.of_requests.take_definitions(true) {
            match all.get(&name) {
                Some(known) if *known != schema => {
                    panic!("{name} is read in another form than it is written: give one of the two types another name")
                }
                _ => drop(all.insert(name, schema)),
            }
        }
        all
    }
}

/// Whether a schema may refuse a blank text.
fn is_limited(schema: &Value) -> bool {
    const LIMITS: [&str; 8] = ["$ref", "allOf", "anyOf", "oneOf", "enum", "format", "minLength", "pattern"];
    LIMITS.iter().any(|limit| schema.get(limit).is_some())
}

/// A schema that takes a blank text too. Its description stays the one of the field.
fn or_blank(mut schema: Value) -> Value {
    let about = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let mut either = json!({ "anyOf": [schema, { "title": "blank text", "type": "string", "pattern": kernel::text::blank_pattern() }] });
    if let Some(about) = about {
        either["description"] = about;
    }
    either
}

/// Removes a default that is null. It comes from a field that may be left out, and client generators would take
/// it for a value that the field always has.
fn remove_null_default(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// Writes alternatives that are constant texts as one list. Client generators make one type of the list, and
/// many of the alternatives. What the alternatives mean stands in the description.
fn join_constants(schema: &mut Schema) {
    let Some(alternatives) = schema.get("oneOf").and_then(Value::as_array) else { return };
    let constants: Option<Vec<_>> = alternatives.iter().map(|it| it["const"].as_str()).collect();
    let Some(constants) = constants else { return };
    let values: Vec<Value> = constants.iter().map(|constant| json!(constant)).collect();
    let mut about = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (constant, alternative) in constants.iter().zip(alternatives) {
        if let Some(meaning) = alternative["description"].as_str() {
            about += &format!("\n- `{constant}`: {meaning}");
        }
    }
    schema.remove("oneOf");
    schema.insert("type".to_owned(), json!("string"));
    schema.insert("enum".to_owned(), values.into());
    schema.insert("description".to_owned(), about.trim_start().into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::{JsonSchema, json_schema};

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only its schema matters")]
    struct Letter {
        text: String,
        /// The address.
        #[schemars(length(min = 1))]
        reply_to: Option<String>,
        note: Option<String>,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only its schema matters")]
    struct Postcard {
        text: Option<String>,
    }

    #[test]
    fn a_field_of_a_form_that_may_be_left_out_may_be_blank() {
        let mut schemas = Schemas::new();
        let plain = schemas.of_requests.subschema_for::<Postcard>();
        assert_eq!(schemas.of_form(&plain), plain, "a form without such fields has the schema of JSON");
        let body = schemas.of_requests.subschema_for::<Letter>();
        assert_eq!(schemas.of_form(&body).get("$ref"), Some(&json!("#/components/schemas/LetterForm")));
        let all = schemas.join();
        let fields = &all["LetterForm"]["properties"];
        assert_eq!(fields["text"], all["Letter"]["properties"]["text"], "a field that is required has its schema");
        assert_eq!(
            fields["reply_to"]["anyOf"][1],
            json!({ "title": "blank text", "type": "string", "pattern": kernel::text::blank_pattern() })
        );
        assert_eq!(fields["reply_to"]["description"], "The address.");
        assert_eq!(all["Letter"]["properties"]["reply_to"]["anyOf"], Value::Null, "JSON stays as it was");
        assert_eq!(fields["note"], all["Letter"]["properties"]["note"], "a field that takes every text has its schema");
    }

    #[test]
    fn constants_become_one_list_that_keeps_their_meanings() {
        let mut schema = json_schema!({ "description": "A kind.", "oneOf": [
            { "const": "a", "type": "string", "description": "The first." },
            { "const": "b", "type": "string" },
        ] });
        join_constants(&mut schema);
        let expected = json!({ "type": "string", "enum": ["a", "b"], "description": "A kind.\n- `a`: The first." });
        assert_eq!(schema.as_value(), &expected);
        let mut other = json_schema!({ "oneOf": [{ "const": "a" }, { "type": "object" }] });
        let before = other.clone();
        join_constants(&mut other);
        assert_eq!(other, before, "only constants are joined");
    }
}
