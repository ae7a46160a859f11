//! Presigned POSTs: how a browser sends a picture straight to the bucket.
//!
//! The SDK signs links that read and put, and a put bounds neither size nor time of what
//! is sent. The form's fields and their signature follow "Browser-based uploads using POST
//! (AWS Signature Version 4)" in the API reference of S3:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-policy.html>.

use crate::{store::MediaStore, upload::UploadFile};
use aws::{Signing, s3::presigning::PresigningConfig};
use base64::{Engine, prelude::BASE64_STANDARD};
use kernel::{Error, Result, Timestamp};
use ring::hmac;
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// The name of the signature's algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A form that sends one file: the fields, then the file as `file`, to the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostForm {
    /// Where it is sent.
    pub url: String,
    /// Fields that must stand before the file.
    pub fields: BTreeMap<&'static str, String>,
}

impl MediaStore {
    /// A form that sends one picture of exactly this key and type and of 1 to `most_bytes`
    /// bytes, from `now` on for `lifetime`. Makes no request. S3 judges `now` by its own
    /// clock: pass the real time.
    ///
    /// # Errors
    /// `internal`.
    pub async fn presign_post(
        &self,
        upload: UploadFile,
        content_type: &str,
        most_bytes: usize,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<PostForm> {
        let key = upload.key();
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let scope = format!("{}/{}/s3/aws4_request", now.strftime("%Y%m%d"), self.signing().region);
        let credential = format!("{}/{scope}", self.signing().credentials.access_key_id());
        let mut fields = BTreeMap::from([
            ("key", key.clone()),
            ("Content-Type", content_type.to_owned()),
            ("x-amz-algorithm", ALGORITHM.to_owned()),
            ("x-amz-credential", credential),
            ("x-amz-date", date),
        ]);
        if let Some(token) = self.signing().credentials.session_token() {
            fields.insert("x-amz-security-token", token.to_owned());
        }
        // Every field must be as it is here, and no other may come.
        let mut conditions = vec![json!({ "bucket": self.bucket }), json!(["content-length-range", 1, most_bytes])];
        conditions.extend(fields.iter().map(|(name, value)| json!(["eq", format!("${name}"), value])));
        let expiration = now.saturating_add(lifetime).map_err(Error::internal)?;
        let expiration = expiration.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let policy = json!({ "expiration": expiration, "conditions": conditions }).to_string();
        let policy = BASE64_STANDARD.encode(policy);
        fields.insert("x-amz-signature", signature(self.signing(), &scope, &policy));
        fields.insert("policy", policy);
        Ok(PostForm { url: self.post_url(&key).await?, fields })
    }

    /// The bucket's own URL, as the SDK finds it for every other request.
    async fn post_url(&self, key: &str) -> Result<String> {
        let signing = PresigningConfig::expires_in(Duration::from_secs(1)).map_err(Error::internal)?;
        let link = self.s3().get_object().bucket(&self.bucket).key(key).presigned(signing).await;
        let link = link.map_err(|_| Error::internal("the bucket has no URL"))?;
        let url = link.uri().split('?').next().and_then(|url| url.strip_suffix(key));
        url.map(str::to_owned).ok_or_else(|| Error::internal("the bucket's URL does not end in a key"))
    }
}

/// The signature of a policy in its base64 form, in hexadecimal digits.
fn signature(signing: &Signing, scope: &str, policy: &str) -> String {
    let secret = format!("AWS4{}", signing.credentials.secret_access_key()).into_bytes();
    let key = scope.split('/').fold(secret, |key, part| hmac_sha256(&key, part));
    hex::encode(hmac_sha256(&key, policy))
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests;
