//! Queries, forms and answers of the tests of sign-in.

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// The example of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of [`VERIFIER`].
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// So many seconds after the beginning of a test.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// The pairs as a query or a form.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The pairs with these added or replaced. An empty name removes the pair that the value names.
pub(crate) fn with<'a>(pairs: &[(&'a str, &'a str)], changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = pairs.to_vec();
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name && !(name.is_empty() && known == value));
        pairs.extend((!name.is_empty()).then_some((*name, *value)));
    }
    pairs
}

/// The JSON of an answer.
pub(crate) fn json_of(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap()
}

/// The text of an answer.
pub(crate) fn text_of(answer: &Response<Bytes>) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}
