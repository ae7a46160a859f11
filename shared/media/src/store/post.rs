//! Presigned POST forms, with which a browser sends a picture directly to the bucket.
//!
//! The SDK presigns GET and PUT requests only, and a presigned PUT does not limit the size of
//! the file. The fields and the signature follow "Browser-based uploads using POST (AWS
//! Signature Version 4)" in the API reference of S3:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-policy.html>.

use super::{keys::UploadFile, media_store::MediaStore};
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{Error, Result, Timestamp};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// The name of the signature algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A form that sends one file. The browser posts the fields and then the file, as `file`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostForm {
    /// The URL that receives the form.
    pub url: String,
    /// The fields. They must come before the file.
    pub fields: BTreeMap<&'static str, String>,
}

impl MediaStore {
    /// A form that sends one picture with exactly this key and media type and with 1 to
    /// `most_bytes` bytes. The form is valid from `now` for `lifetime`. Makes no request. S3
    /// compares the time with its own clock, so `now` must be the real time.
    ///
    /// # Errors
    /// `internal`.
    pub fn presign_post(
        &self,
        upload: UploadFile,
        content_type: &str,
        most_bytes: usize,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<PostForm> {
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let signer = self.signer();
        let credential = format!("{}/{}", signer.credentials().access_key_id(), signer.scope(now));
        let mut fields = BTreeMap::from([
            ("key", upload.key()),
            ("Content-Type", content_type.to_owned()),
            ("x-amz-algorithm", ALGORITHM.to_owned()),
            ("x-amz-credential", credential),
            ("x-amz-date", date),
        ]);
        if let Some(token) = signer.credentials().session_token() {
            fields.insert("x-amz-security-token", token.to_owned());
        }
        // S3 refuses a form whose fields differ from these conditions, or that has more fields.
        let mut conditions = vec![json!({ "bucket": self.bucket }), json!(["content-length-range", 1, most_bytes])];
        conditions.extend(fields.iter().map(|(name, value)| json!(["eq", format!("${name}"), value])));
        let expiration = now.saturating_add(lifetime).map_err(Error::internal)?;
        let expiration = expiration.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let policy = json!({ "expiration": expiration, "conditions": conditions }).to_string();
        let policy = BASE64_STANDARD.encode(policy);
        fields.insert("x-amz-signature", signer.sign_policy(&policy, now));
        fields.insert("policy", policy);
        Ok(PostForm { url: self.url(), fields })
    }
}

#[cfg(test)]
mod tests;
