//! Forms, as browsers send them (`application/x-www-form-urlencoded`,
//! <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>).

use kernel::{Error, Result};
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

/// The fields of a form, without empty ones.
///
/// # Errors
/// `malformed` when a name or a value is no UTF-8, and when a field comes twice.
pub(crate) fn fields(body: &[u8]) -> Result<Map<String, Value>> {
    let mut fields = Map::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (text(parts.next().unwrap_or_default())?, text(parts.next().unwrap_or_default())?);
        if !value.trim().is_empty() && fields.insert(name, value.into()).is_some() {
            return Err(Error::Malformed("The form has a field twice.".to_owned()));
        }
    }
    Ok(fields)
}

fn text(encoded: &[u8]) -> Result<String> {
    let spaced: Vec<u8> = encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_decode(&spaced).decode_utf8();
    let decoded = decoded.map_err(|_| Error::Malformed("The form is not UTF-8.".to_owned()))?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_has_texts_and_no_empty_fields() {
        for (body, expected) in [
            ("", json!({})),
            ("kind=support&text=a+b%20c%0D%0Ad", json!({ "kind": "support", "text": "a b c\r\nd" })),
            ("text=%C3%BC%2B%26%3D&reply_to=&id=+", json!({ "text": "ü+&=" })),
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
}
