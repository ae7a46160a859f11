//! Requests to MiniStack's control planes, as its root.

use crate::{answer::Answer, person::client, person::send};
use local::LocalPlatform;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::Value;

/// MiniStack accepts any request with its root key, without a valid signature.
fn signature(service: &str) -> String {
    let scope = format!("test/20260101/eu-central-1/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// Sends one request to a service with the Query protocol. Returns the XML of the answer.
pub async fn query(platform: &LocalPlatform, service: &str, parameters: &[(&str, &str)]) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let request = client().post(platform.cloud()).header(AUTHORIZATION, signature(service)).body(body);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    succeeded(send(request, format!("{service} {parameters:?}")).await).text()
}

/// Sends one request to a service with the REST protocol, and ignores the body of the answer.
pub async fn change(platform: &LocalPlatform, service: &str, method: Method, path: &str, body: &Value) {
    let request = client().request(method.clone(), format!("{}{path}", platform.cloud()));
    let request = request.header(AUTHORIZATION, signature(service)).body(body.to_string());
    succeeded(send(request, format!("{method} {path}")).await);
}

fn succeeded(answer: Answer) -> Answer {
    assert!(matches!(answer.status, 200..300), "{answer}");
    answer
}

/// The contents of the elements with this name, in order. The values here need no unescaping.
pub fn texts<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(text, _)| text).collect()
}
