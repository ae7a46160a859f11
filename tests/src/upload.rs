//! Uploads.

use crate::{answer::Answer, browser::Person};
use serde_json::{Value, json};

impl Person {
    /// Requests an upload form for a file of this type and at most `bytes` bytes.
    pub async fn open_upload(&self, content_type: &str, bytes: usize) -> Answer {
        let body = json!({ "content_type": content_type, "bytes": bytes });
        self.app().send(self.event("POST", "/v1/uploads").json_body(&body)).await
    }

    /// Uploads a file as the page does: requests the form and posts it. Returns the upload's id.
    ///
    /// # Panics
    /// When the service or the bucket refuses it.
    pub async fn upload(&self, content_type: &str, file: &[u8]) -> String {
        let open = self.open_upload(content_type, file.len()).await.expect(201).json();
        assert_eq!(self.post(&open, file), 204, "the bucket must accept the file");
        open["id"].as_str().expect("an upload has an id").to_owned()
    }

    /// Posts this file with an open upload's form. Returns the bucket's status.
    ///
    /// # Panics
    /// When `open` is no open upload.
    #[must_use]
    pub fn post(&self, open: &Value, file: &[u8]) -> u16 {
        let fields = open["fields"].as_object().expect("an upload has fields");
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("a field is text")));
        let url = open["url"].as_str().expect("an upload has a URL");
        self.app().world().post(url, fields, file).status().as_u16()
    }
}
