//! Validators and conditional requests: a client that has an answer need not load it again
//! (RFC 9110 §8.8.3, §13.1.2).

use crate::http::{request::Request, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};

/// Bytes of the digest in an `ETag`. Contents that differ have different tags: 128 bits do not collide by chance.
const TAG_BYTES: usize = 16;

/// The part of a request that decides whether the answer is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Whether the method is `GET` or `HEAD`.
    reads: bool,
    /// All values of `If-None-Match`.
    none_match: Vec<String>,
}

impl Condition {
    /// The condition of a request. A value that is no text names no tag of ours.
    pub(crate) fn of(request: &Request) -> Self {
        let values = request.headers().get_all("if-none-match").iter().filter_map(|value| value.to_str().ok());
        Self { reads: matches!(request.method(), "GET" | "HEAD"), none_match: values.map(str::to_owned).collect() }
    }

    /// Adds a strong `ETag` to an answer that clients may store, and answers 304 if the client has it. The answer must
    /// have its `Cache-Control`.
    pub(crate) fn apply(&self, response: Response) -> Response {
        let is_storable = |(name, value): (&str, &str)| name == "cache-control" && !value.contains("no-store");
        if !self.reads || response.status() != 200 || !response.headers().any(is_storable) {
            return response;
        }
        let tag = entity_tag(response.body());
        let response = response.header("etag", &tag);
        match self.none_match.iter().any(|value| lists(value, &tag)) {
            true => response.not_modified(),
            false => response,
        }
    }
}

/// The strong validator of a body: the beginning of its SHA-256 in base64url, in quotes.
fn entity_tag(body: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest(&SHA256, body).as_ref()[..TAG_BYTES]))
}

/// Whether a value of `If-None-Match` names the tag: `*`, or a list in which a weak tag counts too. A tag of ours has
/// no comma, so a foreign one with a comma never looks like it.
fn lists(value: &str, tag: &str) -> bool {
    let mut listed = value.split(',').map(str::trim);
    value.trim() == "*" || listed.any(|listed| listed.strip_prefix("W/").unwrap_or(listed) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(status: u16) -> Response {
        let answer = Response::empty(status).with("text/css", "p{}").header("cache-control", "public, max-age=60");
        answer.header("vary", "accept").secured()
    }

    fn condition(none_match: &[&str]) -> Condition {
        Condition { reads: true, none_match: none_match.iter().map(|value| (*value).to_owned()).collect() }
    }

    fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
        answer.headers().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The digest of `abc` is the example of FIPS 180-2, appendix B.1.
    #[test]
    fn a_tag_is_the_digest_of_the_body_in_quotes() {
        assert_eq!(entity_tag(b"abc"), "\"ungWv48Bz-pBQUDeXa4iIw\"");
        assert_ne!(entity_tag(b"abd"), entity_tag(b"abc"));
    }

    #[test]
    fn a_tag_is_found_in_every_form_of_the_header() {
        let tag = "\"abc\"";
        let long = format!("{}\"abc\"", "\"x\", ".repeat(1_000));
        for (value, found) in [
            ("*", true),
            (" * ", true),
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", W/\"y\",\"abc\"", true),
            (&long, true),
            ("", false),
            ("abc", false),
            ("w/\"abc\"", false),
            ("\"ABC\"", false),
            ("\"abc", false),
            ("\"abc\" \"x\"", false),
            ("\"x\", *", false),
            ("\"x,abc,y\"", false),
            ("W/W/\"abc\"", false),
        ] {
            assert_eq!(lists(value, tag), found, "{value:?}");
        }
    }

    #[test]
    fn a_client_that_has_the_answer_gets_304_without_a_body() {
        let sent = condition(&[]).apply(stored(200));
        let tag = header(&sent, "etag").unwrap().to_owned();
        assert_eq!((sent.status(), sent.body()), (200, b"p{}".as_slice()));
        for none_match in [&[&*tag][..], &["\"x\"", &*tag], &["*"]] {
            let unchanged = condition(none_match).apply(stored(200));
            assert_eq!((unchanged.status(), unchanged.body()), (304, b"".as_slice()), "{none_match:?}");
            let without_type: Vec<_> = sent.headers().filter(|(name, _)| *name != "content-type").collect();
            assert_eq!(unchanged.headers().collect::<Vec<_>>(), without_type, "{none_match:?}");
        }
        assert_eq!(condition(&["\"x\""]).apply(stored(200)), sent);
    }

    #[test]
    fn only_answers_that_may_be_stored_have_a_tag() {
        let kept = Response::json(200, &"x").secured();
        assert_eq!(header(&kept, "cache-control"), Some("no-store"));
        assert_eq!(condition(&["*"]).apply(kept.clone()), kept);
        for status in [201, 204, 303, 404, 503] {
            assert_eq!(condition(&["*"]).apply(stored(status)), stored(status), "{status}");
        }
        let writes = Condition { reads: false, ..condition(&["*"]) };
        assert_eq!(writes.apply(stored(200)), stored(200));
    }
}
