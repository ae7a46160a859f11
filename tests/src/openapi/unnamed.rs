//! The properties of an answer that its schema does not name.

use serde_json::Value;

/// Clients cannot know a property that the schema does not name, so an answer must not have one. An object is open
/// where its schema says `additionalProperties`, or names no property at all. Returns the places of the others, as
/// JSON Pointers.
pub(super) fn unnamed(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, &[schema], value, "", &mut found);
    found
}

/// Walks through a value. `schemas` are all that may say something about it.
fn walk(document: &Value, schemas: &[&Value], value: &Value, at: &str, found: &mut Vec<String>) {
    let mut all = Vec::new();
    schemas.iter().for_each(|schema| flatten(document, schema, &mut all));
    match value {
        Value::Object(fields) => {
            let others: Vec<_> = all.iter().filter_map(|schema| schema.get("additionalProperties")).collect();
            let names_some = all.iter().any(|schema| schema.get("properties").is_some());
            for (name, field) in fields {
                let at = format!("{at}/{name}");
                let named: Vec<_> = all.iter().filter_map(|schema| schema.get("properties")?.get(name)).collect();
                match named.is_empty() {
                    true if names_some && others.is_empty() => found.push(at),
                    true => walk(document, &others, field, &at, found),
                    false => walk(document, &named, field, &at, found),
                }
            }
        }
        Value::Array(items) => {
            let of_items: Vec<_> = all.iter().filter_map(|schema| schema.get("items")).collect();
            for (index, item) in items.iter().enumerate() {
                walk(document, &of_items, item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Adds a schema, the one that it refers to, and the ones that it is made of.
fn flatten<'a>(document: &'a Value, schema: &'a Value, all: &mut Vec<&'a Value>) {
    all.push(schema);
    let reference = schema.get("$ref").and_then(Value::as_str).map(|reference| reference.trim_start_matches('#'));
    if let Some(target) = reference.and_then(|at| document.pointer(at)) {
        flatten(document, target, all);
    }
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| schema.get(*key)?.as_array());
    parts.flatten().for_each(|part| flatten(document, part, all));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_property_without_a_name_is_found_at_any_depth() {
        let document = json!({ "components": { "schemas": {
            "Unit": { "type": "object", "properties": { "per": { "type": "string" } } },
            "Open": { "type": "object", "additionalProperties": true },
        } } });
        let schema = json!({ "type": "object", "properties": {
            "unit": { "description": "x", "$ref": "#/components/schemas/Unit" },
            "maybe": { "anyOf": [{ "$ref": "#/components/schemas/Unit" }, { "type": "null" }] },
            "items": { "type": "array", "items": { "$ref": "#/components/schemas/Unit" } },
            "by_name": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/Unit" } },
            "settings": { "$ref": "#/components/schemas/Open" },
            "anything": {},
        } });
        let good = json!({
            "unit": { "per": "image" }, "maybe": null, "items": [{ "per": "image" }], "by_name": { "x": { "per": "second" } },
            "settings": { "a": { "b": 1 } }, "anything": { "c": [{ "d": 2 }] },
        });
        assert!(unnamed(&document, &schema, &good).is_empty());
        for (at, place) in
            [("", "/more"), ("/unit", "/unit/more"), ("/items/0", "/items/0/more"), ("/by_name/x", "/by_name/x/more")]
        {
            let mut wrong = good.clone();
            wrong.pointer_mut(at).unwrap()["more"] = json!(1);
            assert_eq!(unnamed(&document, &schema, &wrong), [place], "{at}");
        }
        let mut wrong = good;
        wrong["maybe"] = json!({ "per": "image", "more": 1 });
        assert_eq!(unnamed(&document, &schema, &wrong), ["/maybe/more"]);
    }
}
