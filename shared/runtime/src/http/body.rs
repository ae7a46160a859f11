//! The body of a request: JSON, or a form.

use crate::http::{
    form::{self, FormField},
    request::Request,
};
use kernel::{Error, Object, Result, limits, whole};
use serde::de::DeserializeOwned;

/// U+FEFF in UTF-8. Some programs write it before their JSON, and a reader may skip it (RFC 8259 §8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Request {
    /// The JSON body, with or without a byte order mark before it. An error never quotes the body.
    ///
    /// # Errors
    /// `unsupported_media_type`, `body_too_large`, `malformed` (no JSON), `invalid`
    /// (another shape).
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        self.json_of(&["application/json"])
    }

    /// The JSON Merge Patch of a route that changes fields (RFC 7396): an object. It comes under its own media
    /// type, or under that of JSON. An error never quotes the body.
    ///
    /// # Errors
    /// The errors of [`Self::json`].
    pub fn merge_patch<T: DeserializeOwned>(&self) -> Result<T> {
        let Object(patch) = self.json_of(&["application/merge-patch+json", "application/json"])?;
        Ok(patch)
    }

    fn json_of<T: DeserializeOwned>(&self, media_types: &[&str]) -> Result<T> {
        if !media_types.iter().any(|media_type| self.is_of_type(media_type)) {
            return Err(Error::UnsupportedMediaType);
        }
        if self.body().len() > limits::JSON_BODY_BYTES {
            return Err(Error::BodyTooLarge { limit: limits::JSON_BODY_BYTES });
        }
        let json = self.body().strip_prefix(BYTE_ORDER_MARK).unwrap_or(self.body());
        serde_json::from_slice(json).map_err(|error| shape_error(&error))
    }

    /// Whether the body is a form, as a browser sends it without a script.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.is_of_type("application/x-www-form-urlencoded")
    }

    /// The body of a route that reads JSON and forms. The fields of a form are texts; an empty one
    /// counts as left out. `fields` has the words of the page with the form. An error never quotes the body.
    ///
    /// # Errors
    /// The errors of [`Self::json`]; `malformed` for a form that is no UTF-8 or has a field twice.
    pub fn json_or_form<T: DeserializeOwned>(&self, fields: &[FormField]) -> Result<T> {
        if !self.is_form() {
            return self.json();
        }
        if self.body().len() > limits::JSON_BODY_BYTES {
            return Err(Error::BodyTooLarge { limit: limits::JSON_BODY_BYTES });
        }
        form::read(self.body(), fields)
    }

    /// The form of a route that reads nothing else. Fields that `T` does not have are left out: a partner may add some.
    /// An error never quotes the body.
    ///
    /// # Errors
    /// `unsupported_media_type`, `body_too_large`; `malformed` for a form that is no UTF-8 or has a field twice;
    /// `invalid` if `T` needs a field that is left out.
    pub fn form<T: DeserializeOwned>(&self) -> Result<T> {
        if !self.is_form() {
            return Err(Error::UnsupportedMediaType);
        }
        if self.body().len() > limits::JSON_BODY_BYTES {
            return Err(Error::BodyTooLarge { limit: limits::JSON_BODY_BYTES });
        }
        form::read(self.body(), &[])
    }

    fn is_of_type(&self, media_type: &str) -> bool {
        let sent = self.header("content-type").and_then(|value| value.split(';').next()).map(str::trim);
        sent.is_some_and(|sent| sent.eq_ignore_ascii_case(media_type))
    }
}

/// Describes the error of a body by place and kind. The parser's message is used only where it
/// names a field of ours, because elsewhere it quotes the body.
fn shape_error(error: &serde_json::Error) -> Error {
    let place = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return Error::Malformed(format!("The body is not JSON: see {place}."));
    }
    let text = error.to_string();
    if let Some(known) = known_fields(&text) {
        let kind = "a field that this route does not know";
        let shape = format!("The body does not have the expected shape: {kind} ({place}).");
        return Error::invalid("body", format!("{shape} The fields in this place are: {known}."));
    }
    let kind = match text.split(" at line").next() {
        Some(kind) if kind.starts_with("missing field") => kind.to_owned(),
        _ if text.starts_with(whole::NOT_WHOLE) => whole::NOT_WHOLE.to_owned(),
        _ if text.starts_with("unknown field") => "a field that this route does not know".to_owned(),
        _ => "a value of the wrong type".to_owned(),
    };
    Error::invalid("body", format!("The body does not have the expected shape: {kind} ({place})."))
}

/// The fields that a place of the body may have, from the parser's message about one that it may not have. The
/// message quotes the unknown field first and lists ours after it, so nothing before the list is used.
fn known_fields(text: &str) -> Option<String> {
    let (_, list) = text.strip_prefix("unknown field")?.rsplit_once(", expected ")?;
    let names: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    Some(names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::sample::posting;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its parsing matters")]
    struct Body {
        prompt: String,
    }

    const PROMPT: FormField = FormField { name: "prompt", label: "Your prompt", ask: "Fill in: your prompt." };

    #[test]
    fn a_body_is_refused_without_being_quoted() {
        let json = serde_json::json!({"content-type": "application/json; charset=utf-8"});
        let cases = [
            (r#"{"prompt": "secret"#, "malformed"),
            (r#"{"prompt": ["secret"]}"#, "invalid"),
            (r#"{"prompt": 7, "secret": 1}"#, "invalid"),
            (r#"{"prompt": "x", "secret": 1}"#, "invalid"),
            ("{}", "invalid"),
        ];
        for (body, code) in cases {
            let error = posting(json.clone(), body).json::<Body>().unwrap_err();
            assert_eq!(error.code(), code, "{body}");
            assert!(!error.to_string().contains("secret"), "the error must not quote the body: {error}");
        }
        let large = format!(r#"{{"prompt": "{}"}}"#, "x".repeat(limits::JSON_BODY_BYTES));
        assert_eq!(posting(json, &large).json::<Body>().unwrap_err().code(), "body_too_large");
        let form = posting(serde_json::json!({"content-type": "application/x-www-form-urlencoded"}), "{}");
        assert_eq!(form.json::<Body>().unwrap_err().code(), "unsupported_media_type");
    }

    #[test]
    fn a_field_that_the_route_does_not_know_is_refused_with_those_that_it_knows() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(dead_code, reason = "only its parsing matters")]
        struct Several {
            #[serde(default)]
            one: Option<Body>,
            #[serde(default)]
            two: u8,
            #[serde(default)]
            three: u8,
        }

        let json = serde_json::json!({"content-type": "application/json"});
        for (body, known) in [
            (r#"{"secret": 1}"#, "one, two, three"),
            (r#"{"one": {"secret": 1}}"#, "prompt"),
            (r#"{"secret`, expected `secret": 1}"#, "one, two, three"),
            (r#"{"secret at line 7": 1}"#, "one, two, three"),
        ] {
            let said = posting(json.clone(), body).json::<Several>().unwrap_err().to_string();
            assert!(said.ends_with(&format!("The fields in this place are: {known}.")), "{body}: {said}");
            assert!(said.contains("does not know (line 1") && !said.contains("secret"), "{body}: {said}");
        }
    }

    #[test]
    fn a_merge_patch_comes_under_its_own_type_or_that_of_json() {
        let sent = |content_type: &str| {
            posting(serde_json::json!({ "content-type": content_type }), r#"{"prompt": "x"}"#).merge_patch::<Body>()
        };
        for good in ["application/merge-patch+json", "Application/Merge-Patch+JSON; charset=utf-8", "application/json"]
        {
            assert_eq!(sent(good).unwrap().prompt, "x", "{good}");
        }
        for wrong in ["application/json-patch+json", "application/merge-patch", "text/plain", ""] {
            assert_eq!(sent(wrong).unwrap_err().code(), "unsupported_media_type", "{wrong}");
        }
        let patch = posting(serde_json::json!({"content-type": "application/merge-patch+json"}), "{}");
        assert_eq!(patch.json::<Body>().unwrap_err().code(), "unsupported_media_type", "only where a route takes it");
        for array in ["[]", r#"["x"]"#] {
            let json = serde_json::json!({"content-type": "application/json"});
            assert_eq!(posting(json, array).merge_patch::<Body>().unwrap_err().code(), "invalid", "{array}");
        }
    }

    #[test]
    fn a_form_is_read_where_a_route_reads_forms() {
        let form = |body: &str| posting(serde_json::json!({"content-type": "application/x-www-form-urlencoded"}), body);
        let json = posting(serde_json::json!({"content-type": "application/json"}), r#"{"prompt": "a boat"}"#);
        for request in [form("prompt=a+boat&secret="), json] {
            assert_eq!(request.json_or_form::<Body>(&[PROMPT]).unwrap().prompt, "a boat");
        }
        for (body, code) in [("", "invalid"), ("prompt=x&secret=y", "invalid"), ("prompt=x&prompt=y", "malformed")] {
            let error = form(body).json_or_form::<Body>(&[PROMPT]).unwrap_err();
            assert_eq!(error.code(), code, "{body}");
            assert!(!error.to_string().contains("line 0"), "a form has no lines: {error}");
        }
        let large = format!("prompt={}", "x".repeat(limits::JSON_BODY_BYTES));
        assert_eq!(form(&large).json_or_form::<Body>(&[PROMPT]).unwrap_err().code(), "body_too_large");
    }

    #[test]
    fn a_route_that_reads_forms_alone_leaves_unknown_fields_out() {
        #[derive(Debug, Deserialize)]
        struct Answer {
            state: Option<String>,
            code: Option<String>,
        }

        let sent = |content_type: &str, body: &str| posting(serde_json::json!({"content-type": content_type}), body);
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let read = sent(form, "state=a.b&code=&id_token=secret").form::<Answer>().unwrap();
        assert_eq!((read.state.as_deref(), read.code.as_deref()), (Some("a.b"), None));
        let large = format!("state={}", "x".repeat(limits::JSON_BODY_BYTES));
        for (content_type, body, code) in [
            ("application/json", "{}", "unsupported_media_type"),
            ("text/plain", "state=a", "unsupported_media_type"),
            (form, "state=secret&state=secret", "malformed"),
            (form, "state=%FF", "malformed"),
            (form, &large, "body_too_large"),
        ] {
            let error = sent(content_type, body).form::<Answer>().unwrap_err();
            assert_eq!(error.code(), code, "{content_type}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_byte_order_mark_before_json_is_skipped() {
        let json = serde_json::json!({"content-type": "application/json"});
        let read = |body: &str| posting(json.clone(), body).json::<Body>();
        assert_eq!(read("\u{feff}{\"prompt\": \"\u{feff}a boat\"}").unwrap().prompt, "\u{feff}a boat");
        for wrong in ["\u{feff}", "\u{feff}\u{feff}{\"prompt\": \"x\"}", "{\u{feff}\"prompt\": \"x\"}"] {
            assert_eq!(read(wrong).unwrap_err().code(), "malformed", "{wrong:?}");
        }
    }

    #[test]
    fn a_number_with_a_fraction_is_refused_with_words_that_say_so() {
        #[derive(Debug, Deserialize)]
        struct Numbers {
            #[serde(deserialize_with = "whole::required")]
            bytes: u64,
            #[serde(default, deserialize_with = "whole::optional")]
            max_cost: Option<kernel::Credits>,
        }

        let json = serde_json::json!({"content-type": "application/json"});
        let read = |body: &str| posting(json.clone(), body).json::<Numbers>();
        for two in ["2", "2.0", "2e0", "0.2E1"] {
            let numbers = read(&format!("{{\"bytes\": {two}, \"max_cost\": {two}}}")).unwrap();
            assert_eq!((numbers.bytes, numbers.max_cost), (2, Some(kernel::Credits(2))), "{two}");
        }
        assert_eq!(read("{\"bytes\": 1, \"max_cost\": null}").unwrap().max_cost, None);
        for wrong in ["2.5", "-1", "-2.0", "1e300"] {
            for body in [format!("{{\"bytes\": {wrong}}}"), format!("{{\"bytes\": 1, \"max_cost\": {wrong}}}")] {
                let error = read(&body).unwrap_err();
                let said = error.to_string();
                assert_eq!(error.code(), "invalid", "{body}");
                assert!(said.contains("must be whole and not negative") && said.contains("line 1"), "{body}: {said}");
            }
        }
        for wrong in ["\"2\"", "true", "[2]"] {
            let said = read(&format!("{{\"bytes\": {wrong}}}")).unwrap_err().to_string();
            assert!(said.contains("a value of the wrong type"), "{wrong}: {said}");
        }
        assert!(read("{}").unwrap_err().to_string().contains("missing field `bytes`"));
    }
}
