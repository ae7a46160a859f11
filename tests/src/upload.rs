//! Pictures that people bring.

use crate::{answer::Answer, browser::Person};
use serde_json::{Value, json};

impl Person {
    /// Asks to send a picture of this type and at most this size.
    pub async fn open_upload(&self, content_type: &str, bytes: usize) -> Answer {
        let body = json!({ "content_type": content_type, "bytes": bytes });
        self.app().send(self.event("POST", "/v1/uploads").json_body(&body)).await
    }

    /// Sends a picture as the page does: asks for the form, and posts it. Answers the
    /// upload's id.
    ///
    /// # Panics
    /// When it is not taken.
    pub async fn upload(&self, content_type: &str, file: &[u8]) -> String {
        let open = self.open_upload(content_type, file.len()).await.expect(201).json();
        assert_eq!(self.post(&open, file), 204, "the bucket must take what was asked for");
        open["id"].as_str().expect("an upload has an id").to_owned()
    }

    /// What the bucket answers to an open upload's form with this file.
    ///
    /// # Panics
    /// When the upload is none.
    #[must_use]
    pub fn post(&self, open: &Value, file: &[u8]) -> u16 {
        let fields = open["fields"].as_object().expect("an upload has fields");
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("a field is text")));
        let url = open["url"].as_str().expect("an upload has a URL");
        self.app().world().post(url, fields, file).status().as_u16()
    }
}
