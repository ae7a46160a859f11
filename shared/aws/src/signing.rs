//! Signatures (AWS Signature Version 4) for requests that a browser sends, which are links and POST forms, and for
//! requests to a service of AWS for which there is no client here.
//!
//! The signer is the SDK's own. The SDK's client of S3 would sign a link as well, but it links
//! the whole operation, with its answer: 0.9 MB in each function that only signs.

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4::{self, calculate_signature, generate_signing_key},
};
use kernel::{Error, Result, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// The name of the service in a signature.
const SERVICE: &str = "s3";

/// The characters that a query must encode: all except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Signs links and forms for S3 with the role's credentials. Makes no request.
#[derive(Debug, Clone)]
pub struct S3Signer {
    /// The AWS region.
    pub(crate) region: String,
    /// The role's credentials.
    pub(crate) credentials: Credentials,
}

impl S3Signer {
    /// The credentials. A form names the access key and carries the session's token.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The scope of a signature made at `now`: day, region and service.
    #[must_use]
    pub fn scope(&self, now: Timestamp) -> String {
        format!("{}/{}/{SERVICE}/aws4_request", now.strftime("%Y%m%d"), self.region)
    }

    /// `url` with this query and the parameters that let anybody GET it. The link is valid from
    /// `now` for `lifetime`, at most 7 days and at most as long as the credentials. The path of
    /// `url` must need no percent-encoding. The only signed header is the host.
    ///
    /// # Errors
    /// `internal`.
    pub fn presign_get(&self, url: &str, query: &[(&str, &str)], lifetime: Duration, now: Timestamp) -> Result<String> {
        let query: Vec<_> =
            query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, RESERVED))).collect();
        let url = format!("{url}?{}", query.join("&"));
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(lifetime);
        let identity = self.credentials.clone().into();
        let signing = v4::SigningParams::builder().identity(&identity).region(&self.region).name(SERVICE);
        let signing = signing.time(system_time(now)).settings(settings).build().map_err(not_signed)?.into();
        let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::UnsignedPayload);
        let (instructions, _) = sign(request.map_err(not_signed)?, &signing).map_err(not_signed)?.into_parts();
        let mut signed = http::Request::get(&url).body(()).map_err(not_signed)?;
        instructions.apply_to_request_http1x(&mut signed);
        Ok(signed.uri().to_string())
    }

    /// The signature at `now` of a POST policy in its base64 form, in hexadecimal digits.
    #[must_use]
    pub fn sign_policy(&self, policy: &str, now: Timestamp) -> String {
        let secret = self.credentials.secret_access_key();
        let key = generate_signing_key(secret, system_time(now), &self.region, SERVICE);
        calculate_signature(key, policy.as_bytes())
    }
}

/// A request to a service of AWS that speaks JSON, before it is signed.
pub(crate) struct JsonRequest<'a> {
    /// The URL of the service.
    pub(crate) url: &'a str,
    /// The name of the service in a signature.
    pub(crate) service: &'a str,
    /// The operation, with the version of the API: the header `X-Amz-Target`.
    pub(crate) target: &'a str,
    /// The parameters of the operation.
    pub(crate) body: String,
}

impl JsonRequest<'_> {
    /// Signs the request at `now`. Its headers and its body are signed.
    ///
    /// # Errors
    /// `internal`.
    pub(crate) fn signed(
        self,
        region: &str,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<http::Request<String>> {
        let Self { url, service, target, body } = self;
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        let identity = credentials.clone().into();
        let signing = v4::SigningParams::builder().identity(&identity).region(region).name(service);
        let signing = signing.time(system_time(now)).settings(SigningSettings::default());
        let signing = signing.build().map_err(not_signed)?.into();
        let request = SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()));
        let (instructions, _) = sign(request.map_err(not_signed)?, &signing).map_err(not_signed)?.into_parts();
        let signed =
            headers.into_iter().fold(http::Request::post(url), |request, (name, value)| request.header(name, value));
        let mut signed = signed.body(body).map_err(not_signed)?;
        instructions.apply_to_request_http1x(&mut signed);
        Ok(signed)
    }
}

/// The signer's error may contain the request, so it is dropped.
fn not_signed(_: impl fmt::Display) -> Error {
    Error::internal("a link could not be signed")
}

fn system_time(now: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::hmac;

    const NOW: &str = "2026-12-01T12:30:45.5Z";

    fn request(body: &str, token: Option<&str>) -> http::Request<String> {
        let credentials = Credentials::from_keys("AKID", "secret", token.map(str::to_owned));
        let url = "https://logs.eu-central-1.amazonaws.com/";
        let request =
            JsonRequest { url, service: "logs", target: "Logs_20140328.FilterLogEvents", body: body.to_owned() };
        request.signed("eu-central-1", &credentials, NOW.parse().unwrap()).unwrap()
    }

    /// The signature as the documentation of AWS computes it, step by step.
    fn expected(canonical: &str) -> String {
        let mac = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
        let scope = "20261201/eu-central-1/logs/aws4_request";
        let text = format!("AWS4-HMAC-SHA256\n20261201T123045Z\n{scope}\n{}", kernel::sha256_hex(canonical.as_bytes()));
        let steps = scope.split('/').fold(b"AWS4secret".to_vec(), |key, part| mac(&key, part).as_ref().to_vec());
        hex::encode(mac(&steps, &text))
    }

    #[test]
    fn a_request_is_signed_with_its_headers_and_its_body() {
        let request = request("{\"logGroupName\":\"site\"}", None);
        let canonical = format!(
            "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:logs.eu-central-1.amazonaws.com\n\
             x-amz-date:20261201T123045Z\nx-amz-target:Logs_20140328.FilterLogEvents\n\n\
             content-type;host;x-amz-date;x-amz-target\n{}",
            kernel::sha256_hex(request.body().as_bytes())
        );
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKID/20261201/eu-central-1/logs/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={}",
            expected(&canonical)
        );
        assert_eq!(request.headers()["authorization"], authorization);
        assert_eq!(request.headers()["x-amz-date"], "20261201T123045Z");
        assert_eq!(request.headers()["x-amz-target"], "Logs_20140328.FilterLogEvents");
    }

    #[test]
    fn temporary_credentials_send_their_token() {
        let (with, without) = (request("{}", Some("token")), request("{}", None));
        assert_eq!(with.headers()["x-amz-security-token"], "token");
        assert!(without.headers().get("x-amz-security-token").is_none());
        assert_ne!(with.headers()["authorization"], without.headers()["authorization"]);
    }
}
