//! API Gateway's HTTP API: it matches a route, and makes an event of payload format 2.0.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
//! The documentation does not say that `rawPath` is decoded. Captured events show it: see
//! <https://github.com/middleapi/standard-server/pull/93> and <https://github.com/honojs/hono/issues/2156>.

use crate::{event::Event, functions::HTTP};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, request::Parts};
use percent_encoding::percent_decode_str;
use policy::template::{FUNCTION, Template, pascal_case};
use serde_json::{Map, Value, json};

/// The access token of the person who is always there.
const SIGNED_IN: &str = "signed-in";

/// The cookie of a signed-in browser.
const SESSION: &str = "__Host-session";

/// The routes of the template.
pub(super) struct Gateway(Vec<Route>);

/// A route, and the function that answers it.
struct Route {
    method: String,
    path: String,
    function: String,
}

impl Gateway {
    /// The routes as the template has them. `$default` is not among them.
    pub(super) fn of_the_template() -> Self {
        let template = Template::read();
        let routes = HTTP.iter().flat_map(|function| {
            let resource = template.find(FUNCTION, &pascal_case(function));
            let resource = resource.unwrap_or_else(|| panic!("{function} is not in infra/template.yaml"));
            let keys = resource.routes().into_iter();
            keys.filter_map(move |key| {
                let (method, path) = key.split_once(' ')?;
                Some(Route { method: method.to_owned(), path: path.to_owned(), function: (*function).to_owned() })
            })
        });
        let mut routes: Vec<_> = routes.collect();
        // A path without parameters goes before one whose parameter would take the same segment.
        routes.sort_by_key(|route| (route.path.contains('{'), route.path.clone()));
        Self(routes)
    }

    /// The event of a request. `token` stands in for [`SIGNED_IN`]; `network` numbers the client's network.
    pub(super) fn event(&self, parts: &Parts, body: &[u8], token: Option<&str>, network: u64) -> Event {
        let sent = parts.uri.path();
        let path = decoded(sent);
        let method = parts.method.as_str();
        let matched = self.0.iter().find_map(|route| {
            let values = values(&route.path, sent)?;
            (route.method == method).then_some((route, values))
        });
        let (key, function, values) = match matched {
            Some((route, values)) => (format!("{method} {}", route.path), route.function.as_str(), values),
            None => ("$default".to_owned(), "site", Map::new()),
        };
        let mut headers = joined(&parts.headers);
        let cookies = headers.remove("cookie");
        let cookies: Vec<String> =
            cookies.iter().flat_map(|it| it.as_str().unwrap_or_default().split("; ")).map(str::to_owned).collect();
        let query = parts.uri.query().unwrap_or_default();
        let address = format!("10.{}.{}.1", network / 250 % 250, network % 250);
        let mut event = json!({
            "version": "2.0",
            "routeKey": key,
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "123456789012", "apiId": "front", "domainName": "cinemaxsai.com", "domainPrefix": "cinemaxsai",
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": address, "userAgent": "front" },
                "requestId": "front", "routeKey": key, "stage": "$default", "time": "15/Jan/2027:08:00:00 +0000",
                "timeEpoch": 1_800_000_000_000_u64,
            },
            "body": BASE64_STANDARD.encode(body),
            "isBase64Encoded": true,
        });
        if !cookies.is_empty() {
            event["cookies"] = json!(cookies);
        }
        if !values.is_empty() {
            event["pathParameters"] = values.into();
        }
        if let Some(token) = token {
            replace_token(&mut event, token);
        }
        Event::of(function, event)
    }
}

/// Whether a request has the token of the person who is always there.
pub(super) fn asks_to_be_signed_in(headers: &HeaderMap) -> bool {
    let is_bearer = headers.get("authorization").is_some_and(|value| value.as_bytes() == bearer(SIGNED_IN).as_bytes());
    let cookie = format!("{SESSION}={SIGNED_IN}");
    let cookies = headers.get_all("cookie").into_iter().filter_map(|value| value.to_str().ok());
    is_bearer || cookies.flat_map(|cookies| cookies.split("; ")).any(|pair| pair == cookie)
}

fn replace_token(event: &mut Value, token: &str) {
    if event["headers"]["authorization"] == bearer(SIGNED_IN) {
        event["headers"]["authorization"] = bearer(token).into();
    }
    for cookie in event["cookies"].as_array_mut().into_iter().flatten() {
        if *cookie == format!("{SESSION}={SIGNED_IN}") {
            *cookie = format!("{SESSION}={token}").into();
        }
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// The parts of a path that a route's braces match, decoded. `None` if the route has another path.
fn values(route: &str, path: &str) -> Option<Map<String, Value>> {
    let (mut wanted, mut given) = (route.split('/'), path.split('/'));
    let mut values = Map::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    values.insert(name.to_owned(), decoded(given).into());
                }
                None if wanted == given => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// The headers in lower case, the values of one name joined by commas. Bytes that are no ASCII count as
/// Latin-1.
fn joined(headers: &HeaderMap) -> Map<String, Value> {
    let names = headers.keys().map(|name| {
        let values = headers
            .get_all(name)
            .into_iter()
            .map(|value| value.as_bytes().iter().copied().map(char::from).collect::<String>());
        let separator = if name == "cookie" { "; " } else { "," };
        (name.as_str().to_owned(), values.collect::<Vec<_>>().join(separator).into())
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn a_route_matches_whole_segments() {
        let id = "/v1/generations/{id}";
        assert_eq!(values(id, "/v1/generations/a%2Fb").unwrap()["id"], "a/b");
        for other in ["/v1/generations", "/v1/generations/", "/v1/generations/a/b", "/v2/generations/a"] {
            assert!(values(id, other).is_none(), "{other}");
        }
        assert!(values("/v1/credits", "/v1/credits").unwrap().is_empty());
    }

    #[test]
    fn a_request_goes_to_the_function_of_its_route_with_a_decoded_path() {
        let gateway = Gateway::of_the_template();
        for (method, path, function, key, raw) in [
            ("GET", "/v1/credits", "get-credits", "GET /v1/credits", "/v1/credits"),
            ("HEAD", "/v1/credits", "get-credits", "HEAD /v1/credits", "/v1/credits"),
            ("PUT", "/v1/credits", "site", "$default", "/v1/credits"),
            ("GET", "/v1%2Fcredits", "site", "$default", "/v1/credits"),
            ("GET", "/v1/generations/%61%20b", "get-generation", "GET /v1/generations/{id}", "/v1/generations/a b"),
        ] {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            let event = gateway.event(&request.into_parts().0, b"", None, 0);
            assert_eq!((event.function(), event.route()), (function, key), "{method} {path}");
            assert_eq!(event.json()["rawPath"], raw, "{method} {path}");
        }
    }
}
