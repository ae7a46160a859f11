//! Requests, parsed at the edge into types that hold only valid values.

use crate::http::{
    edge::Edge,
    form::{self, FormField},
    who::Who,
};
use kernel::{Error, Result, limits};
use lambda_http::{
    Body, RequestExt,
    request::{LambdaRequest, RequestContext},
};
use serde::de::DeserializeOwned;
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
        let listed = take_cookies(&mut event);
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
        let (parts, body) = event.into_parts();
        let raw_path = parts.uri.path().to_owned();
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

    /// Whether the method is safe: it changes nothing.
    #[must_use]
    pub fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Whether the client is a browser that asks for a page, not a client that asks for data.
    #[must_use]
    pub fn wants_page(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains("text/html"))
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

    /// The JSON body. An error never quotes the body.
    ///
    /// # Errors
    /// `unsupported_media_type`, `body_too_large`, `malformed` (no JSON), `invalid`
    /// (another shape).
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if !self.is_of_type("application/json") {
            return Err(Error::UnsupportedMediaType);
        }
        if self.body.len() > limits::JSON_BODY_BYTES {
            return Err(Error::BodyTooLarge { limit: limits::JSON_BODY_BYTES });
        }
        serde_json::from_slice(&self.body).map_err(|error| shape_error(&error))
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
        if self.body.len() > limits::JSON_BODY_BYTES {
            return Err(Error::BodyTooLarge { limit: limits::JSON_BODY_BYTES });
        }
        form::read(&self.body, fields)
    }

    fn is_of_type(&self, media_type: &str) -> bool {
        let sent = self.header("content-type").and_then(|value| value.split(';').next()).map(str::trim);
        sent.is_some_and(|sent| sent.eq_ignore_ascii_case(media_type))
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

/// The values of several `Cookie` headers as one.
fn joined<'a>(headers: impl IntoIterator<Item = &'a http::HeaderValue>) -> Vec<u8> {
    headers.into_iter().map(http::HeaderValue::as_bytes).collect::<Vec<_>>().join(b"; ".as_slice())
}

fn pairs(map: &aws_lambda_events::query_map::QueryMap) -> HashMap<String, String> {
    map.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
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
        _ if text.starts_with("unknown field") => "a field that this route does not know".to_owned(),
        _ => "a value of the wrong type".to_owned(),
    };
    Error::invalid("body", format!("The body does not have the expected shape: {kind} ({place})."))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use session::cookie;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its parsing matters")]
    struct Body {
        prompt: String,
    }

    const PROMPT: FormField = FormField { name: "prompt", label: "Your prompt", ask: "Fill in: your prompt." };

    /// A `POST` with these headers and this body, also for the tests of callers.
    pub(crate) fn posting(headers: serde_json::Value, body: &str) -> Request {
        Request::from_event(&event(headers, body).to_string()).unwrap()
    }

    fn event(headers: serde_json::Value, body: &str) -> serde_json::Value {
        serde_json::json!({
            "version": "2.0", "routeKey": "POST /v1/generations", "rawPath": "/v1/generations", "rawQueryString": "",
            "headers": headers, "body": body, "isBase64Encoded": false,
            "requestContext": {
                "accountId": "1", "apiId": "a", "requestId": "r", "routeKey": "POST /v1/generations", "stage": "$default",
                "time": "", "timeEpoch": 0, "domainName": "d", "domainPrefix": "d",
                "http": { "method": "POST", "path": "/v1/generations", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "t" },
            },
        })
    }

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
            assert!(!error.to_string().contains("line"), "a form has no lines: {error}");
        }
        let large = format!("prompt={}", "x".repeat(limits::JSON_BODY_BYTES));
        assert_eq!(form(&large).json_or_form::<Body>(&[PROMPT]).unwrap_err().code(), "body_too_large");
    }
}
