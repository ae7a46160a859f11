//! Forms, as browsers send them (`application/x-www-form-urlencoded`,
//! <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>).

use kernel::{Error, Result, text::is_blank};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A field of a form, in the words of the page that has the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormField {
    /// Its name in the body.
    pub name: &'static str,
    /// Its label on the page.
    pub label: &'static str,
    /// The instruction for the person, as a sentence. It is the answer if the field is left out.
    pub ask: &'static str,
}

impl FormField {
    /// The refusal of a form, in the words of its page. A sentence that begins with the name of its field
    /// gets the label instead. [`Self::ask`] replaces a sentence that has the name elsewhere. All other
    /// errors stay as they are.
    #[must_use]
    pub fn explain(fields: &[Self], error: Error) -> Error {
        let Error::Invalid { field: name, detail } = error else { return error };
        let is_name = |word: &str| word == name;
        let is_named = detail.split(|char: char| !char.is_alphanumeric() && char != '_').any(is_name);
        let detail = match fields.iter().find(|field| field.name == name).filter(|_| is_named) {
            Some(field) => match detail.strip_prefix(name) {
                Some(rest) => format!("\u{201c}{}\u{201d}{rest}", field.label),
                None => field.ask.to_owned(),
            },
            None => detail,
        };
        Error::Invalid { field: name, detail }
    }
}

/// Reads a form.
///
/// # Errors
/// The errors of [`fields`]; `invalid` for a field that is left out, with the sentence of `known`, and for
/// one that the route does not know.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], known: &[FormField]) -> Result<T> {
    serde_json::from_value(fields(body)?.into()).map_err(|error| {
        let text = error.to_string();
        let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        match missing.and_then(|name| known.iter().find(|field| field.name == name)) {
            Some(field) => Error::invalid(field.name, field.ask),
            None => Error::invalid("body", "The form does not have the fields of its page. Open the page again."),
        }
    })
}

/// The fields of a form, without those in which nothing can be seen. A browser sends every line break as CR LF
/// (<https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#constructing-the-form-data-set>);
/// here it is LF again, so that a person's text has the length that the page counted.
///
/// # Errors
/// `malformed` when a name or a value is no UTF-8, and when a field comes twice.
pub(crate) fn fields(body: &[u8]) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (text(parts.next().unwrap_or_default())?, text(parts.next().unwrap_or_default())?);
        if !is_blank(&value) && fields.insert(name, value.into()).is_some() {
            return Err(Error::Malformed("The form has a field twice.".to_owned()));
        }
    }
    Ok(fields)
}

fn text(encoded: &[u8]) -> Result<String> {
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_decode(&spaced).decode_utf8();
    let decoded = decoded.map_err(|_| Error::Malformed("The form is not UTF-8.".to_owned()))?;
    Ok(decoded.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_has_texts_and_no_empty_fields() {
        for (body, expected) in [
            ("", json!({})),
            ("kind=support&text=a+b%20c%0D%0Ad", json!({ "kind": "support", "text": "a b c\nd" })),
            ("text=%C3%BC%2B%26%3D&reply_to=&id=+", json!({ "text": "ü+&=" })),
            ("text=%E2%80%8B&reply_to=%E3%85%A4+%EF%BB%BF", json!({})),
            ("&text=a=b&&x", json!({ "text": "a=b" })),
        ] {
            assert_eq!(Value::from(fields(body.as_bytes()).unwrap()), expected, "{body}");
        }
        for body in ["text=%FF", "text=secret&text=secret"] {
            let error = fields(body.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "malformed", "{body}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its parsing matters")]
    struct Body {
        text: String,
        note: Option<String>,
    }

    const FIELDS: [FormField; 2] = [
        FormField { name: "text", label: "Your message", ask: "Fill in: your message." },
        FormField { name: "note", label: "What is it?", ask: "Say what it is." },
    ];

    #[test]
    fn a_field_that_is_left_out_is_asked_for_in_the_words_of_the_page() {
        for (body, field, sentence) in [
            ("", "text", "Fill in: your message."),
            ("text=+%0D%0A&note=secret", "text", "Fill in: your message."),
            ("text=a&secret=b", "body", "The form does not have the fields of its page. Open the page again."),
        ] {
            let error = read::<Body>(body.as_bytes(), &FIELDS).unwrap_err();
            assert!(matches!(&error, Error::Invalid { field: found, .. } if *found == field), "{body}: {error:?}");
            assert_eq!(error.to_string(), sentence, "{body}");
        }
        let error = read::<Body>(b"", &[]).unwrap_err();
        assert!(!error.to_string().contains('`'), "the parser is never quoted: {error}");
    }

    #[test]
    fn a_refusal_names_the_label_and_not_the_field() {
        for (error, sentence) in [
            (
                Error::invalid("text", "text has 1 to 4 characters."),
                "\u{201c}Your message\u{201d} has 1 to 4 characters.",
            ),
            (Error::invalid("note", "Send a or b as note."), "Say what it is."),
            (Error::invalid("text", "Send another context."), "Send another context."),
            (Error::invalid("other", "other is wrong."), "other is wrong."),
            (Error::NotFound, "There is no such thing here."),
        ] {
            let code = error.code();
            let explained = FormField::explain(&FIELDS, error);
            assert_eq!((explained.code(), explained.to_string()), (code, sentence.to_owned()));
        }
    }
}
