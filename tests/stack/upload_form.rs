//! Uploads, sent as a browser sends them.

use crate::{
    answer::Answer,
    person::{Person, client, done, id, secret, send, unique},
};
use reqwest::header::{CONTENT_TYPE, ORIGIN};
use serde_json::{Value, json};

const BOUNDARY: &str = "----the-form-of-an-upload";

/// Requests a form.
pub async fn open(person: &Person, content_type: &str, bytes: usize) -> Result<Value, String> {
    let body = json!({ "content_type": content_type, "bytes": bytes });
    let open = crate::person::post(person, "/v1/uploads", &body).await.when(201)?;
    for name in ["policy", "x-amz-signature", "x-amz-security-token"] {
        if let Some(value) = open["fields"][name].as_str() {
            secret(value);
        }
    }
    Ok(open)
}

/// Posts a form with a file, from a page of this origin.
pub async fn post(open: &Value, origin: &str, file: &[u8]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in open["fields"].as_object().expect("an upload has fields") {
        let value = value.as_str().unwrap_or_default();
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"blob\"";
    body.extend(format!("--{BOUNDARY}\r\n{head}\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
    body.extend_from_slice(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    let request = client().post(open["url"].as_str().expect("an upload has a URL")).header(ORIGIN, origin);
    let request = request.header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
    send(request.body(body), "the bucket".to_owned()).await
}

/// Uploads a picture. Returns the upload's id.
pub async fn uploads(person: &Person, content_type: &str, file: &[u8]) -> Result<String, String> {
    let open = open(person, content_type, file.len()).await?;
    done(&post(&open, &person.base, file).await)?;
    Ok(id(&open))
}

/// The body of a request with an upload as its input.
pub fn made_of(model: &str, upload: &str) -> Value {
    let prompt = format!("a canary-{} at night", unique());
    secret(&prompt);
    json!({ "model": model, "prompt": prompt, "inputs": [upload] })
}
