//! The body of a request: JSON, or a form.

use crate::http::{
    form::{self, FormField},
    request::Request,
};
use kernel::{Error, Result, limits, whole};
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
        if !self.is_of_type("application/json") {
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
    let kind = match text.split(" at line").next() {
        Some(kind) if kind.starts_with("missing field") => kind.to_owned(),
        _ if text.starts_with(whole::NOT_WHOLE) => whole::NOT_WHOLE.to_owned(),
        _ if text.starts_with("unknown field") => "a field that this route does not know".to_owned(),
        _ => "a value of the wrong type".to_owned(),
    };
    Error::invalid("body", format!("The body does not have the expected shape: {kind} ({place})."))
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
