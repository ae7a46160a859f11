//! API Gateway's HTTP API: it matches a route, and makes an event of payload format 2.0.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.

use crate::event::Event;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, request::Parts};
use percent_encoding::percent_decode_str;
use policy::tree;
use serde_json::{Map, Value, json};

/// The access token of the person who is always there.
const SIGNED_IN: &str = "signed-in";

/// The cookie of a signed-in browser.
const SESSION: &str = "__Host-session";

/// The methods of each path, one path a line. A test compares the file with the template.
const ROUTES: &str = "functions/site/site/assets/routes.txt";

/// The routes of the template.
pub(super) struct Gateway(Vec<Route>);

/// A route, and the function that answers it.
struct Route {
    method: String,
    path: String,
    function: String,
}

impl Route {
    fn of(method: &str, path: &str) -> Self {
        // The function of a `GET` answers `HEAD` too.
        let recorded = if method == "HEAD" { "GET" } else { method };
        let key = format!("{recorded} {path}");
        let mut recorded = Event::names().into_iter().map(|name| Event::recorded(&name));
        let event = recorded.find(|event| event.route() == key);
        let event = event.unwrap_or_else(|| panic!("no recorded event has the route {key}"));
        Self { method: method.to_owned(), path: path.to_owned(), function: event.function().to_owned() }
    }
}

impl Gateway {
    /// The routes as the template has them.
    pub(super) fn of_the_template() -> Self {
        let mut routes = Vec::new();
        for line in tree::read(ROUTES).lines() {
            let (methods, path) = line.split_once(' ').expect("a line has methods and a path");
            routes.extend(methods.split(',').map(|method| Route::of(method, path)));
        }
        Self(routes)
    }

    /// The event of a request. `token` stands in for [`SIGNED_IN`]; `network` numbers the client's network.
    pub(super) fn event(&self, parts: &Parts, body: &[u8], token: Option<&str>, network: u64) -> Event {
        let path = parts.uri.path();
        let method = parts.method.as_str();
        let matched = self.0.iter().find_map(|route| {
            let values = values(&route.path, path)?;
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

/// The parts of a path that a route's braces match, decoded. `None` if the route has another path.
fn values(route: &str, path: &str) -> Option<Map<String, Value>> {
    let (mut wanted, mut given) = (route.split('/'), path.split('/'));
    let mut values = Map::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    let value = percent_decode_str(given).decode_utf8_lossy().into_owned();
                    values.insert(name.to_owned(), value.into());
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

    #[test]
    fn a_route_matches_whole_segments() {
        let id = "/v1/generations/{id}";
        assert_eq!(values(id, "/v1/generations/a%2Fb").unwrap()["id"], "a/b");
        for other in ["/v1/generations", "/v1/generations/", "/v1/generations/a/b", "/v2/generations/a"] {
            assert!(values(id, other).is_none(), "{other}");
        }
        assert!(values("/v1/credits", "/v1/credits").unwrap().is_empty());
    }
}
