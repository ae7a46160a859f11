//! Schemas as tables of fields.

use super::html::{code, escaped, inline, list, table, text};
use serde_json::Value;

/// All named schemas.
pub(crate) fn all(document: &Value) -> String {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let shown = schemas.map(|(name, schema)| {
        let about =
            schema["description"].as_str().map(|about| format!("<p>{}</p>\n", inline(about))).unwrap_or_default();
        format!("<article id=\"schema-{name}\">\n<h3>{}</h3>\n{about}{}</article>\n", escaped(name), fields(schema))
    });
    shown.collect()
}

/// The fields of a schema, behind its reference.
pub(crate) fn described(document: &Value, schema: &Value) -> String {
    match reference(schema) {
        Some(name) => fields(&document["components"]["schemas"][name]),
        None => fields(schema),
    }
}

/// The fields of an object as a table; of any other schema its type.
fn fields(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object() else {
        return format!("<p>{}</p>\n", kind(schema));
    };
    let rows = properties.iter().map(|(name, property)| {
        let is_required = list(&schema["required"]).any(|known| known == name.as_str());
        let name = if is_required { code(name) } else { format!("{} (may be left out)", code(name)) };
        [name, kind(property), inline(text(&property["description"]))]
    });
    table(["Field", "Type", "Meaning"], rows)
}

/// The type of a value in a few words, with a link to a named schema.
pub(crate) fn kind(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return format!("<a href=\"#schema-{name}\">{}</a>", escaped(name));
    }
    if let Some(value) = schema.get("const") {
        return code(&value.to_string());
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| code(&value.to_string())).collect::<Vec<_>>().join(", ");
    }
    let alternatives = ["anyOf", "oneOf"].into_iter().find_map(|name| schema[name].as_array());
    if let Some(alternatives) = alternatives {
        return alternatives.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let types: Vec<_> = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect(),
        one => vec![text(one)],
    };
    let types = types.into_iter().filter(|name| !name.is_empty()).map(|name| typed(schema, name));
    let types: Vec<_> = types.collect();
    if types.is_empty() { "any value".to_owned() } else { types.join(" or ") }
}

fn typed(schema: &Value, name: &str) -> String {
    if let Value::String(title) = &schema["title"] {
        return escaped(title);
    }
    match (name, &schema["format"]) {
        ("array", _) => format!("list of {}{}", kind(&schema["items"]), range(schema, "minItems", "maxItems", "items")),
        ("string", Value::String(format)) => escaped(format),
        ("string", _) => format!("text{}{}", range(schema, "minLength", "maxLength", "characters"), pattern(schema)),
        ("integer" | "number", _) => format!("{name}{}", range(schema, "minimum", "maximum", "")),
        ("null", _) => "null".to_owned(),
        (other, _) => escaped(other),
    }
}

fn range(schema: &Value, least: &str, most: &str, unit: &str) -> String {
    let bound = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    let unit_of = |bound: &Value| if *bound == 1 { unit.trim_end_matches('s') } else { unit };
    let range = match (bound(least), bound(most)) {
        (Some(least), Some(most)) if least == most => format!(", {least} {}", unit_of(least)),
        (Some(least), Some(most)) => format!(", {least} to {most} {unit}"),
        (None, Some(most)) => format!(", at most {most} {}", unit_of(most)),
        (Some(least), None) => format!(", at least {least} {}", unit_of(least)),
        (None, None) => String::new(),
    };
    range.trim_end().to_owned()
}

/// The longest pattern that people read. Longer ones list the invisible characters of Unicode; the description of the
/// field says what they demand.
const PATTERN_CHARS: usize = 160;

fn pattern(schema: &Value) -> String {
    let pattern = schema["pattern"].as_str().filter(|pattern| pattern.chars().count() <= PATTERN_CHARS);
    pattern.map(|pattern| format!(", of the form {}", code(pattern))).unwrap_or_default()
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_type_is_told_with_its_bounds_and_its_pattern() {
        for (schema, told) in [
            (json!({ "type": "string" }), "text"),
            (json!({ "type": "string", "minLength": 1, "maxLength": 64 }), "text, 1 to 64 characters"),
            (json!({ "type": "string", "maxLength": 64 }), "text, at most 64 characters"),
            (json!({ "type": "string", "minLength": 1 }), "text, at least 1 character"),
            (
                json!({ "type": "string", "maxLength": 9, "pattern": "^[a-z]+$" }),
                "text, at most 9 characters, of the form <code>^[a-z]+$</code>",
            ),
            (json!({ "type": "string", "pattern": "a".repeat(PATTERN_CHARS + 1) }), "text"),
            (json!({ "type": "string", "pattern": "^<.>$" }), "text, of the form <code>^&lt;.&gt;$</code>"),
            (json!({ "type": "string", "format": "uuid" }), "uuid"),
            (json!({ "type": "integer", "minimum": 0 }), "integer, at least 0"),
            (json!({ "type": "integer", "maximum": 100 }), "integer, at most 100"),
            (json!({ "type": "number", "minimum": -0.5, "maximum": 1.5 }), "number, -0.5 to 1.5"),
            (json!({ "type": ["integer", "null"], "minimum": 1 }), "integer, at least 1 or null"),
            (json!({ "type": "array", "maxItems": 4, "items": { "type": "string" } }), "list of text, at most 4 items"),
            (
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/Lot" } }),
                "list of <a href=\"#schema-Lot\">Lot</a>",
            ),
        ] {
            assert_eq!(kind(&schema), told, "{schema}");
        }
    }
}
