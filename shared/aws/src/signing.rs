//! Signatures for requests that a browser sends: links and POST forms (AWS Signature Version 4).
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

/// The signer's error may contain the request, so it is dropped.
fn not_signed(_: impl fmt::Display) -> Error {
    Error::internal("a link could not be signed")
}

fn system_time(now: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or_default())
}
