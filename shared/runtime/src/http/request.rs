//! Requests, parsed at the edge into types that hold only valid values.

use crate::http::{edge::Edge, who::Who};
use kernel::{Error, Result, limits};
use lambda_http::{
    Body, RequestExt,
    request::{LambdaRequest, RequestContext},
};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
};

/// An HTTP request as API Gateway hands it over.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    route: String,
    raw_path: String,
    path: HashMap<String, String>,
    query: Vec<(String, String)>,
    headers: http::HeaderMap,
    cookies: Vec<u8>,
    body: Vec<u8>,
    source_ip: Option<String>,
    who: Who,
}

impl Request {
    /// From an event of API Gateway's HTTP API, payload format 2.0.
    #[must_use]
    pub fn new(mut event: LambdaRequest) -> Self {
        let (listed, (raw_path, host)) = (take_cookies(&mut event), take_target(&mut event));
        let event = lambda_http::Request::from(event);
        let path = event.path_parameters_ref().map_or_else(HashMap::new, pairs);
        let query = event.query_string_parameters_ref().map_or_else(Vec::new, |query| {
            query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        });
        let (route, source_ip) = match event.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                (context.route_key.clone().unwrap_or_default(), context.http.source_ip.clone())
            }
            _ => (String::new(), None),
        };
        let (mut parts, body) = event.into_parts();
        parts.headers.extend(host.map(|host| (http::header::HOST, host)));
        let cookies = listed.unwrap_or_else(|| joined(parts.headers.get_all(http::header::COOKIE)));
        let body = match body {
            Body::Text(text) => text.into_bytes(),
            Body::Binary(bytes) => bytes,
            _ => Vec::new(),
        };
        Self {
            method: parts.method.to_string(),
            route,
            raw_path,
            path,
            query,
            headers: parts.headers,
            cookies,
            body,
            source_ip,
            who: Who::default(),
        }
    }

    /// From the JSON text of such an event. Tests send recorded events this way.
    ///
    /// # Errors
    /// `malformed` when it is no such event.
    pub fn from_event(json: &str) -> Result<Self> {
        let event = serde_json::from_str(json).map_err(|error| Error::Malformed(error.to_string()))?;
        Ok(Self::new(event))
    }

    /// The route that matched, such as `GET /v1/generations/{id}`.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The whole path, as it was sent.
    #[must_use]
    pub fn raw_path(&self) -> &str {
        &self.raw_path
    }

    /// The method, as it was sent. Methods have a letter case (RFC 9110 §9.1).
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Whether the method is safe: it changes nothing.
    #[must_use]
    pub fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// The address of the client, as `edge` decides. `0.0.0.0` if the gateway gave none.
    #[must_use]
    pub fn client_address(&self, edge: &Edge) -> IpAddr {
        let source = self.source_ip.as_deref().and_then(|text| text.parse().ok());
        edge.client_address(&self.headers, source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    /// The pseudonym for the answered line. All clones of the request share it.
    pub(crate) fn who(&self) -> &Who {
        &self.who
    }

    /// The raw body, as it was signed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// All headers, for the check of signatures.
    #[must_use]
    pub fn headers(&self) -> &http::HeaderMap {
        &self.headers
    }

    /// A header, if the request has it once and it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// The header `Idempotency-Key`. `None` if the request has none.
    ///
    /// # Errors
    /// `idempotency_key_required` for a key that comes twice or is no text: the client believes that its
    /// request has one.
    pub fn idempotency_key(&self) -> Result<Option<&str>> {
        match (self.headers.contains_key("idempotency-key"), self.header("idempotency-key")) {
            (true, None) => Err(Error::IdempotencyKeyRequired),
            (_, key) => Ok(key),
        }
    }

    /// All cookies, as the bytes of one `Cookie` header. [`session::cookie::read`] skips those that it
    /// cannot read.
    #[must_use]
    pub fn cookies(&self) -> &[u8] {
        &self.cookies
    }

    /// A part of the path.
    ///
    /// # Errors
    /// `not_found` when the route has no such part.
    pub fn path(&self, name: &str) -> Result<&str> {
        self.path.get(name).map(String::as_str).ok_or(Error::NotFound)
    }

    /// A query parameter; the first if it is repeated.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `limit` of a list: 1 to 100, 24 if it is left out.
    ///
    /// # Errors
    /// `invalid`.
    pub fn limit(&self) -> Result<u32> {
        let Some(text) = self.query("limit") else { return Ok(limits::LIST_DEFAULT) };
        match text.parse() {
            Ok(limit) if (1..=limits::LIST_MAX).contains(&limit) => Ok(limit),
            _ => Err(Error::invalid("limit", format!("limit is a number from 1 to {}.", limits::LIST_MAX))),
        }
    }

    /// `cursor` of a list.
    ///
    /// # Errors
    /// `invalid`.
    pub fn cursor(&self) -> Result<Option<aws::Cursor>> {
        self.query("cursor").map(str::parse).transpose()
    }
}

/// Takes the cookies that the gateway lists apart from the headers. `lambda_http` would make one header
/// of them, and drop all of them if one had a control character.
fn take_cookies(event: &mut LambdaRequest) -> Option<Vec<u8>> {
    match event {
        LambdaRequest::ApiGatewayV2(event) => event.cookies.take().map(|cookies| cookies.join("; ").into_bytes()),
        _ => None,
    }
}

/// Takes the path and the host, and reads the query. `lambda_http` would make a URI of them, and panic if they had a
/// character that a URI may not have. Its path would be another one, too: a parser resolves `..` in it, and ends it at
/// `?` and `#`.
fn take_target(event: &mut LambdaRequest) -> (String, Option<http::HeaderValue>) {
    match event {
        LambdaRequest::ApiGatewayV2(event) => {
            if let Some(query) = event.raw_query_string.take() {
                event.query_string_parameters = query.parse().unwrap_or_default();
            }
            event.request_context.domain_name = None;
            (event.raw_path.take().unwrap_or_default(), event.headers.remove(http::header::HOST))
        }
        _ => (String::new(), None),
    }
}

/// The values of several `Cookie` headers as one.
fn joined<'a>(headers: impl IntoIterator<Item = &'a http::HeaderValue>) -> Vec<u8> {
    headers.into_iter().map(http::HeaderValue::as_bytes).collect::<Vec<_>>().join(b"; ".as_slice())
}

fn pairs(map: &aws_lambda_events::query_map::QueryMap) -> HashMap<String, String> {
    map.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::sample::{event, posting};
    use session::cookie;

    #[test]
    fn cookies_are_found_beside_any_others_wherever_the_gateway_puts_them() {
        let ours = "__Host-session=a.b.c";
        for foreign in ["name=J\u{f6}rg", "name=J\u{fffd}rg", "name=\u{1}", "=", "", ";;", "a=b; c=d"] {
            for cookies in [[foreign, ours], [ours, foreign]] {
                let mut listed = event(serde_json::json!({}), "");
                listed["cookies"] = serde_json::json!(cookies);
                let listed = Request::from_event(&listed.to_string()).unwrap();
                assert_eq!(cookie::read(listed.cookies(), cookie::SESSION), Some("a.b.c"), "listed: {cookies:?}");
            }
        }
        for header in ["name=J\u{f6}rg; __Host-session=a.b.c", "__Host-session=a.b.c; name=J\u{fffd}rg"] {
            let named = posting(serde_json::json!({ "cookie": header }), "");
            assert_eq!(cookie::read(named.cookies(), cookie::SESSION), Some("a.b.c"), "as a header: {header}");
        }
        let mut headers = http::HeaderMap::new();
        for bytes in [b"name=J\xf6rg".as_slice(), ours.as_bytes(), b"theme=dark"] {
            headers.append(http::header::COOKIE, http::HeaderValue::from_bytes(bytes).unwrap());
        }
        let several = joined(headers.get_all(http::header::COOKIE));
        assert_eq!(cookie::read(&several, cookie::SESSION), Some("a.b.c"), "several headers");
        let spaced = posting(serde_json::json!({ "cookie": "a=b;  __Host-session=a.b.c" }), "");
        assert_eq!(cookie::read(spaced.cookies(), cookie::SESSION), None, "the name begins with a space");
    }

    #[test]
    fn a_key_that_is_no_text_is_not_taken_for_none() {
        let key = |headers: serde_json::Value| posting(headers, "").idempotency_key().map(|key| key.map(str::to_owned));
        assert_eq!(key(serde_json::json!({})).unwrap(), None);
        assert_eq!(key(serde_json::json!({"idempotency-key": "a"})).unwrap(), Some("a".to_owned()));
        let error = key(serde_json::json!({"idempotency-key": "\u{d7}\u{f8}"})).unwrap_err();
        assert_eq!(error.code(), "idempotency_key_required");
    }

    #[test]
    fn the_raw_path_is_the_one_that_was_sent() {
        for path in ["/", "/v1/generations/../x", "//v1/credits", "/v1/a b", "/v1/credits?x", "/v1/credits#x", "/v1\\x"]
        {
            let mut sent = event(serde_json::json!({}), "");
            sent["rawPath"] = path.into();
            assert_eq!(Request::from_event(&sent.to_string()).unwrap().raw_path(), path);
        }
    }

    #[test]
    fn every_character_may_be_in_the_path_and_in_the_query() {
        let bytes = (0..=u8::MAX).map(char::from);
        for sign in bytes.chain(['\u{3a9}', '\u{2028}', '\u{fffd}', '\u{1f3ac}']) {
            let (path, query) = (format!("/v1/{sign}"), format!("text=a{sign}&limit=7"));
            let mut sent = event(serde_json::json!({}), "");
            sent["rawPath"] = path.as_str().into();
            sent["rawQueryString"] = query.into();
            let request = Request::from_event(&sent.to_string()).unwrap();
            assert_eq!(request.raw_path(), path, "{sign:?}");
            let text = match sign {
                '&' => "a".to_owned(),
                '+' => "a ".to_owned(),
                _ => format!("a{sign}"),
            };
            assert_eq!(request.query("text"), Some(text.as_str()), "{sign:?}");
            assert_eq!(request.limit().unwrap(), 7, "{sign:?}");
        }
    }

    #[test]
    fn a_host_and_a_scheme_that_are_none_are_only_headers() {
        for (host, scheme) in [("cinemaxsai.com", "https"), ("a b<>:x", "1,https"), ("", ""), ("[", "\u{e9}")] {
            let request = posting(serde_json::json!({ "host": host, "x-forwarded-proto": scheme }), "");
            assert_eq!((request.header("host"), request.raw_path()), (Some(host), "/v1/generations"), "{scheme}");
        }
    }

    #[test]
    fn a_query_is_decoded_and_its_first_value_counts() {
        let mut sent = event(serde_json::json!({}), "");
        sent["rawQueryString"] = "text=a%20b%2Bc%C3%A9%ff&text=second&limit=%zz&cursor".into();
        // What the gateway has decoded joins repeated parameters with commas, so it is not used.
        sent["queryStringParameters"] = serde_json::json!({ "text": "first,second" });
        let request = Request::from_event(&sent.to_string()).unwrap();
        assert_eq!(request.query("text"), Some("a b+c\u{e9}\u{fffd}"));
        assert_eq!((request.query("limit"), request.query("cursor")), (Some("%zz"), Some("")));
    }
}
