//! The types and the codings of content that a client takes (`Accept`, `Accept-Encoding`, RFC 9110 §12.5).

use crate::http::request::Request;
use kernel::{Error, Result};

/// The types of our answers. Forms are answered with pages.
const ANSWERS: [(&str, &str); 3] = [JSON, ("application", "problem+json"), PAGE];
const JSON: (&str, &str) = ("application", "json");
const PAGE: (&str, &str) = ("text", "html");

/// The specificity of a range that is one type.
const NAMED: u8 = 2;

/// Routes below `/v1/` whose answers are redirects, or are read by partners, who only look at the status.
const EXEMPT: [&str; 2] = ["/v1/login/", "/v1/webhooks/"];

impl Request {
    /// Whether the client is a browser that asks for a page, not a client that asks for data: `Accept` names
    /// `text/html`, and does not prefer JSON.
    #[must_use]
    pub fn wants_page(&self) -> bool {
        self.header("accept").is_some_and(prefers_a_page)
    }

    /// Whether the client takes an answer that is compressed with gzip (`Accept-Encoding`).
    #[must_use]
    pub fn takes_gzip(&self) -> bool {
        self.header("accept-encoding").is_some_and(admits_gzip)
    }
}

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
    let Some(ranges) = ranges(accept) else { return true };
    ranges.is_empty() || ANSWERS.into_iter().any(|answer| weight(answer, &ranges) > 0.0)
}

/// Whether the header names `text/html`, and weighs it as much as JSON or more. Programs send `*/*`, so a range of
/// several types names no page. A header that cannot be read asks for none.
fn prefers_a_page(accept: &str) -> bool {
    let ranges = ranges(accept).unwrap_or_default();
    let is_named = ranges.iter().any(|range| range.specificity(PAGE) == Some(NAMED));
    let page = weight(PAGE, &ranges);
    is_named && page > 0.0 && page >= weight(JSON, &ranges)
}

/// Whether the value of `Accept-Encoding` admits gzip, by its name or by `*`. A coding that cannot be read counts as
/// absent.
fn admits_gzip(codings: &str) -> bool {
    let listed = codings.split(',').filter_map(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        Some((parts.next()?, weight_of(parts)?))
    });
    let (mut by_name, mut by_any) = (None, None);
    for (name, weight) in listed {
        match name {
            "*" => by_any = Some(weight),
            _ if ["gzip", "x-gzip"].into_iter().any(|known| name.eq_ignore_ascii_case(known)) => by_name = Some(weight),
            _ => {}
        }
    }
    by_name.or(by_any).is_some_and(|weight| weight > 0.0)
}

/// The ranges of a header. `None` if one cannot be read.
fn ranges(accept: &str) -> Option<Vec<Range<'_>>> {
    let listed = accept.split(',').map(str::trim).filter(|range| !range.is_empty());
    listed.map(Range::parse).collect()
}

/// The weight of a type, by the most specific range that names it. 0 if none does.
fn weight(answer: (&str, &str), ranges: &[Range<'_>]) -> f32 {
    let naming = ranges.iter().filter_map(|range| Some((range.specificity(answer)?, range.weight)));
    let decisive = naming.max_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    decisive.map_or(0.0, |(_, weight)| weight)
}

/// The weight in the parameters of a range or a coding: `q`, or 1 without it. `None` if it is no weight.
fn weight_of<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<f32> {
    let mut named = parameters.filter_map(|parameter| parameter.split_once('='));
    match named.find(|(name, _)| name.eq_ignore_ascii_case("q")) {
        Some((_, weight)) => weight.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight)),
        None => Some(1.0),
    }
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
        let weight = weight_of(parts)?;
        is_range.then_some(Self { r#type, subtype, weight })
    }

    /// How precisely the range names a type. `None` if it does not name it.
    fn specificity(&self, (r#type, subtype): (&str, &str)) -> Option<u8> {
        let (is_type, is_subtype) =
            (self.r#type.eq_ignore_ascii_case(r#type), self.subtype.eq_ignore_ascii_case(subtype));
        match (self.r#type, self.subtype) {
            ("*", _) => Some(0),
            (_, "*") if is_type => Some(1),
            _ if is_type && is_subtype => Some(NAMED),
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
    fn a_page_is_preferred_by_its_name_alone() {
        for (accept, prefers) in [
            ("text/html", true),
            ("Text/HTML; charset=utf-8", true),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("text/html, application/json", true),
            ("application/json;q=0.5, text/html;q=0.5", true),
            ("application/json;q=0.1, text/html", true),
            ("", false),
            ("*/*", false),
            ("text/*", false),
            ("application/json", false),
            ("application/json, text/html;q=0.5", false),
            ("text/html;q=0.5, */*", false),
            ("text/html;q=0", false),
            ("*/*, text/html;q=0", false),
            ("application/xhtml+xml, text/html5", false),
            ("application/json;profile=text/html", false),
            // A header that cannot be read asks for no page.
            ("text/html, *;q=.2", false),
        ] {
            assert_eq!(prefers_a_page(accept), prefers, "{accept}");
        }
    }

    #[test]
    fn gzip_is_admitted_by_its_name_or_by_any() {
        for (codings, admits) in [
            ("gzip", true),
            ("GZIP", true),
            ("gzip, deflate, br, zstd", true),
            ("br;q=1, gzip;q=0.1", true),
            ("x-gzip", true),
            ("*", true),
            ("*;q=0, gzip", true),
            ("", false),
            ("identity", false),
            ("br, deflate", false),
            ("gzip;q=0", false),
            ("gzip; q=0.000, *", false),
            ("*;q=0", false),
            ("gzip;q=2", false),
            ("gzipped", false),
            ("gzip;q=x, deflate", false),
        ] {
            assert_eq!(admits_gzip(codings), admits, "{codings}");
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
