//! Events of API Gateway for the tests of this folder.

use crate::http::request::Request;

/// A `POST` with these headers and this body.
pub(crate) fn posting(headers: serde_json::Value, body: &str) -> Request {
    Request::from_event(&event(headers, body).to_string()).unwrap()
}

/// Its event.
pub(crate) fn event(headers: serde_json::Value, body: &str) -> serde_json::Value {
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
