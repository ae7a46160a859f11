//! The texts of a request, which no log line may have.

use crate::openapi;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::{collections::BTreeSet, sync::LazyLock};

/// A shorter text occurs by chance.
const SHORTEST: usize = 8;

/// The headers in which a client sends texts of its own. The others are the transport's.
const HEADERS: [&str; 4] = ["authorization", "cookie", "idempotency-key", "user-agent"];

/// What everybody may read.
static PUBLIC: LazyLock<String> = LazyLock::new(|| openapi::document().to_string());

/// The texts of one request.
pub(super) struct Sent(BTreeSet<String>);

impl Sent {
    pub(super) fn of(parts: &Parts, body: &[u8]) -> Self {
        let mut texts = BTreeSet::new();
        // The parts of a path may be ids of generations, which logs name.
        let query = parts.uri.query().unwrap_or_default();
        texts.extend(query.split(['&', '=']).map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned()));
        let values = HEADERS.iter().filter_map(|name| parts.headers.get(*name)?.to_str().ok());
        texts.extend(values.map(str::to_owned));
        match serde_json::from_slice(body) {
            Ok(json) => collect(&json, &mut texts),
            Err(_) => drop(texts.insert(String::from_utf8_lossy(body).into_owned())),
        }
        texts.retain(|text| text.len() >= SHORTEST && !is_public(text) && !is_an_id(text));
        Self(texts)
    }

    /// A text that one of the lines has.
    pub(super) fn logged(&self, lines: &str) -> Option<&str> {
        // In a line of JSON, quotes and controls of a text are escaped.
        let escaped = |text: &str| Value::from(text).to_string().trim_matches('"').to_owned();
        self.0.iter().map(String::as_str).find(|text| lines.contains(*text) || lines.contains(&escaped(text)))
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

fn is_an_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn a_text_of_the_request_is_found_in_a_line() {
        let request =
            Request::get("/v1/x?text=canary%20one&limit=5").header("user-agent", "canary-agent").body(()).unwrap();
        let sent = Sent::of(&request.into_parts().0, br#"{"prompt": "a \"canary\" two", "model": "m"}"#);
        for line in ["x canary one", r#"{"m":"a \"canary\" two"}"#, "canary-agent"] {
            assert!(sent.logged(line).is_some(), "{line}");
        }
        assert_eq!(sent.logged(r#"{"route":"GET /v1/x","status":200,"prompt":"m"}"#), None);
    }
}
