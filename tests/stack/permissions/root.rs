//! MiniStack's control planes, as its root asks them.

use crate::{answer::Answer, person::client, person::send};
use local::LocalPlatform;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::Value;

/// MiniStack believes whoever names its root key.
fn signature(service: &str) -> String {
    let scope = format!("test/20260101/eu-central-1/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// One request to a service that speaks the Query protocol. Answers its XML.
pub async fn query(platform: &LocalPlatform, service: &str, parameters: &[(&str, &str)]) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let request = client().post(platform.cloud()).header(AUTHORIZATION, signature(service)).body(body);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    succeeded(send(request, format!("{service} {parameters:?}")).await).text()
}

/// One request without an answer to a service whose paths are its resources.
pub async fn change(platform: &LocalPlatform, service: &str, method: Method, path: &str, body: &Value) {
    let request = client().request(method.clone(), format!("{}{path}", platform.cloud()));
    let request = request.header(AUTHORIZATION, signature(service)).body(body.to_string());
    succeeded(send(request, format!("{method} {path}")).await);
}

fn succeeded(answer: Answer) -> Answer {
    assert!(matches!(answer.status, 200..300), "{answer}");
    answer
}

/// What stands between the tags of this name, in order. What is read here needs no unescaping.
pub fn texts<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(text, _)| text).collect()
}
