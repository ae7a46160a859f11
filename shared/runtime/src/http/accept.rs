//! The types of content that a client takes (`Accept`, RFC 9110 §12.5.1).

use crate::http::request::Request;
use kernel::{Error, Result};

/// The types of our answers. Forms are answered with pages.
const ANSWERS: [(&str, &str); 3] = [("application", "json"), ("application", "problem+json"), ("text", "html")];

/// Routes below `/v1/` whose answers are redirects, or are read by partners, who only look at the status.
const EXEMPT: [&str; 2] = ["/v1/login/", "/v1/webhooks/"];

/// Refuses a request for a route below `/v1/` whose client takes none of our types.
///
/// # Errors
/// `not_acceptable`.
pub(crate) fn check(request: &Request) -> Result<()> {
    let path = request.route().split_once(' ').map_or("", |(_, path)| path);
    let is_checked = path.starts_with("/v1/") && !EXEMPT.iter().any(|exempt| path.starts_with(exempt));
    match is_checked && !admits_an_answer(request.header("accept").unwrap_or_default()) {
        true => Err(Error::NotAcceptable),
        false => Ok(()),
    }
}

/// Whether the header admits a type of ours. An empty one and one that cannot be read admit everything.
fn admits_an_answer(accept: &str) -> bool {
    let listed = accept.split(',').map(str::trim).filter(|range| !range.is_empty());
    let Some(ranges) = listed.map(Range::parse).collect::<Option<Vec<_>>>() else { return true };
    ranges.is_empty() || ANSWERS.into_iter().any(|answer| is_admitted(answer, &ranges))
}

/// Whether the ranges admit a type. The most specific range that names it decides.
fn is_admitted(answer: (&str, &str), ranges: &[Range<'_>]) -> bool {
    let naming = ranges.iter().filter_map(|range| Some((range.specificity(answer)?, range.weight)));
    let decisive = naming.max_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    decisive.is_some_and(|(_, weight)| weight > 0.0)
}

/// A range of types, such as `text/*;q=0.5`. Parameters other than `q` are ignored, because our types have none.
struct Range<'a> {
    r#type: &'a str,
    subtype: &'a str,
    /// From 0 (not admitted) to 1.
    weight: f32,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (r#type, subtype) = parts.next()?.split_once('/')?;
        let is_range = is_token(r#type) && is_token(subtype) && (r#type != "*" || subtype == "*");
        let mut parameters = parts.filter_map(|parameter| parameter.split_once('='));
        let weight = match parameters.find(|(name, _)| name.eq_ignore_ascii_case("q")) {
            Some((_, weight)) => weight.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?,
            None => 1.0,
        };
        is_range.then_some(Self { r#type, subtype, weight })
    }

    /// How precisely the range names a type. `None` if it does not name it.
    fn specificity(&self, (r#type, subtype): (&str, &str)) -> Option<u8> {
        let (is_type, is_subtype) =
            (self.r#type.eq_ignore_ascii_case(r#type), self.subtype.eq_ignore_ascii_case(subtype));
        match (self.r#type, self.subtype) {
            ("*", _) => Some(0),
            (_, "*") if is_type => Some(1),
            _ if is_type && is_subtype => Some(2),
            _ => None,
        }
    }
}

/// Whether the text is a token (RFC 9110 §5.6.2).
fn is_token(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::sample::{event, posting};
    use serde_json::json;

    #[test]
    fn a_header_admits_our_answers_or_not() {
        let many = format!("{}application/json", "image/png, ".repeat(1_000));
        for (accept, admits) in [
            ("", true),
            (" , ,", true),
            ("*/*", true),
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("application/*", true),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("image/png, */*;q=0.1", true),
            ("image/png, application/json;q=0.001", true),
            (&many, true),
            ("image/png", false),
            ("text/plain, image/*", false),
            ("application/xml;q=1", false),
            ("*/*;q=0", false),
            ("application/json;q=0", false),
            ("application/json;Q=0.000, text/*;q=0", false),
            // The most specific range decides, wherever it is.
            ("*/*, application/*;q=0, text/*;q=0", false),
            ("application/*;q=0, application/json", true),
            ("application/json;q=0, */*", true),
            ("application/json;q=0, application/problem+json;q=0, text/html;q=0, */*", false),
            ("application/json;q=0, application/json", true),
            // A header that cannot be read admits everything.
            ("garbage", true),
            ("image/png, garbage", true),
            ("image/", true),
            ("*/png", true),
            ("image/png;q=2", true),
            ("image/png;q=NaN", true),
            ("image/png;q=", true),
            ("image/p ng", true),
            ("image/png;a=\"b,c\"", true),
        ] {
            assert_eq!(admits_an_answer(accept), admits, "{accept}");
        }
    }

    #[test]
    fn only_routes_whose_answers_have_a_body_of_ours_are_checked() {
        for (route, is_checked) in [
            ("GET /v1/credits", true),
            ("HEAD /v1/credits", true),
            ("POST /v1/contact", true),
            ("GET /v1/login/{provider}", false),
            ("GET /v1/login/{provider}/callback", false),
            ("POST /v1/webhooks/stripe", false),
            ("GET /.well-known/jwks.json", false),
            ("$default", false),
        ] {
            let mut sent = event(json!({ "accept": "image/png" }), "");
            sent["requestContext"]["routeKey"] = route.into();
            let request = Request::from_event(&sent.to_string()).unwrap();
            assert_eq!(check(&request).is_err(), is_checked, "{route}");
        }
        assert!(check(&posting(json!({}), "")).is_ok(), "a client that does not say takes everything");
    }
}
