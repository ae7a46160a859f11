//! The texts of a request, which no log line may have.

use crate::openapi;
use http::{HeaderValue, request::Parts};
use percent_encoding::percent_decode_str;
use policy::tree;
use serde_json::Value;
use std::{collections::BTreeSet, sync::LazyLock};
use url::form_urlencoded;

/// A shorter text occurs by chance.
const SHORTEST: usize = 8;

/// The headers of the connection and of the length and coding of a body. A client's library writes them.
const OF_THE_TRANSPORT: [&str; 6] =
    ["accept-encoding", "connection", "content-length", "host", "te", "transfer-encoding"];

/// The mark that some programs write before JSON in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What everybody may read: the contract and the catalogue.
static PUBLIC: LazyLock<String> =
    LazyLock::new(|| format!("{}{}", openapi::document(), tree::read("shared/generations/catalogue.json")));

/// The texts of one request.
pub(super) struct Sent(BTreeSet<String>);

impl Sent {
    /// `token` is the access token that stands in for the one that the client sent.
    pub(super) fn of(parts: &Parts, body: &[u8], token: Option<&str>) -> Self {
        let mut texts = BTreeSet::new();
        texts.extend(parts.uri.path().split('/').map(decoded));
        collect_form(parts.uri.query().unwrap_or_default().as_bytes(), &mut texts);
        let headers = parts.headers.iter().filter(|(name, _)| !OF_THE_TRANSPORT.contains(&name.as_str()));
        headers.for_each(|(_, value)| collect_header(value, &mut texts));
        collect_body(body, &mut texts);
        if let Some(token) = token {
            texts.insert(token.to_owned());
            // The signature alone would make the rest of the token valid.
            texts.extend(token.rsplit('.').next().map(str::to_owned));
        }
        texts.retain(|text| text.len() >= SHORTEST && !is_public(text) && !is_an_id(text));
        Self(texts)
    }

    /// A text that one of the lines has.
    pub(super) fn logged(&self, lines: &str) -> Option<&str> {
        // In a line of JSON, quotes and controls of a text are escaped.
        let escaped = |text: &str| {
            let quoted = Value::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        self.0.iter().map(String::as_str).find(|text| lines.contains(*text) || lines.contains(&escaped(text)))
    }
}

/// A text with its escapes of `%` resolved.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The names and values of a form or a query: as they are, and as a form means them.
fn collect_form(form: &[u8], texts: &mut BTreeSet<String>) {
    let raw = String::from_utf8_lossy(form);
    texts.extend(raw.split(['&', '=']).flat_map(|text| [text.to_owned(), decoded(text)]));
    for (name, value) in form_urlencoded::parse(form) {
        texts.extend([name.into_owned(), value.into_owned()]);
    }
}

/// The value of a header, and its parts: the credentials behind a scheme, and each cookie's value.
fn collect_header(value: &HeaderValue, texts: &mut BTreeSet<String>) {
    // A function gets bytes that are no ASCII as Latin-1.
    let latin: String = value.as_bytes().iter().copied().map(char::from).collect();
    for text in [latin, String::from_utf8_lossy(value.as_bytes()).into_owned()] {
        texts.extend(text.split_once(' ').map(|(_, rest)| rest.trim().to_owned()));
        texts.extend(text.split("; ").filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())));
        texts.insert(text);
    }
}

/// The names and texts of a JSON body; those of a form, and the whole text, of any other.
fn collect_body(body: &[u8], texts: &mut BTreeSet<String>) {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    match serde_json::from_slice(body) {
        Ok(json) => collect(&json, texts),
        Err(_) => {
            texts.insert(String::from_utf8_lossy(body).into_owned());
            collect_form(body, texts);
        }
    }
}

fn collect(json: &Value, texts: &mut BTreeSet<String>) {
    match json {
        Value::String(text) => drop(texts.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            texts.insert(name.clone());
            collect(value, texts);
        }),
        _ => {}
    }
}

fn is_public(text: &str) -> bool {
    PUBLIC.contains(text)
}

/// Whether a text is the id of an object. Logs name generations and cases by their ids.
fn is_an_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn sent(body: &[u8]) -> Sent {
        let request = Request::get("/v1/deletions/canary-path?text=canary%20one+more&limit=5")
            .header("user-agent", "canary-agent")
            .header("x-strange", "canary-first")
            .header("x-strange", "canary-second")
            .header("cookie", "a=canary-cookie; b=2")
            .header("host", "canary-host.example")
            .header("accept", "application/json")
            .body(())
            .unwrap();
        Sent::of(&request.into_parts().0, body, Some("canary-head.canary-payload.canary-signature"))
    }

    #[test]
    fn a_text_of_the_request_is_found_in_a_line() {
        let json = sent(br#"{"prompt": "a \"canary\" two", "model": "m"}"#);
        for line in [
            "x canary one more",
            "x canary one+more",
            "canary%20one+more",
            r#"{"m":"a \"canary\" two"}"#,
            "canary-agent",
            "canary-first",
            "canary-second",
            "canary-cookie",
            "canary-path",
            "canary-signature",
        ] {
            assert!(json.logged(line).is_some(), "{line}");
        }
        for line in [r#"{"route":"GET /v1/x","status":200,"prompt":"m"}"#, "canary-host.example", "application/json"] {
            assert_eq!(json.logged(line), None);
        }
    }

    #[test]
    fn a_body_is_read_as_functions_read_it() {
        let marked = sent(b"\xEF\xBB\xBF{\"text\": \"canary \\u0041fter a mark\"}");
        assert!(marked.logged("canary After a mark").is_some());
        let form = sent(b"text=canary+of%20a+form&good_faith=on");
        assert!(form.logged("canary of a form").is_some());
        assert!(sent(b"{\"broken\": canary").logged("x {\"broken\": canary").is_some());
    }
}
