//! Presigned links: AWS's checks of the signature and the lifetime.
//!
//! Source: "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)"
//! in the API reference of S3.

use super::{
    request::S3Request,
    response::{S3Error, access_denied},
};
use crate::names::{ACCESS_KEY, REGION, SECRET_KEY};
use jiff::{civil::DateTime, tz::Offset};
use kernel::sha256_hex;
use ring::hmac;

/// The parameter that makes a link a presigned one.
pub(super) const SIGNATURE: &str = "X-Amz-Signature";

/// Checks a presigned request. A request that is signed in its headers comes from our own
/// SDK client and passes.
pub(super) fn check(request: &S3Request) -> Result<(), S3Error> {
    let Some(signature) = request.parameter(SIGNATURE) else { return Ok(()) };
    let parameter = |name: &str| request.parameter(name).unwrap_or_default();
    let date = parameter("X-Amz-Date");
    let signed_at = DateTime::strptime("%Y%m%dT%H%M%SZ", date).and_then(|time| Offset::UTC.to_timestamp(time));
    let signed_at = signed_at.map_err(|_| access_denied("X-Amz-Date cannot be read."))?;
    let lifetime: i64 = parameter("X-Amz-Expires").parse().unwrap_or_default();
    let age = request.state.now().as_second() - signed_at.as_second();
    if age > lifetime {
        return Err(access_denied("Request has expired"));
    }
    // AWS accepts clocks that are up to 15 minutes ahead.
    if age < -15 * 60 {
        return Err(access_denied("Request is not yet valid"));
    }
    let day = date.get(..8).unwrap_or_default();
    let scope = format!("{day}/{REGION}/s3/aws4_request");
    if parameter("X-Amz-Credential") != format!("{ACCESS_KEY}/{scope}") {
        return Err(access_denied("The credential is not the one of this world."));
    }
    let canonical = canonical_request(request);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
    if hex::encode(sign(&signing_key(day), &text)) != signature {
        return Err(S3Error::new(403, "SignatureDoesNotMatch", format!("The signature does not match {canonical:?}")));
    }
    Ok(())
}

fn canonical_request(request: &S3Request) -> String {
    let uri = request.request.uri();
    let mut query: Vec<_> = uri.query().unwrap_or_default().split('&').collect();
    query.retain(|pair| !pair.starts_with(SIGNATURE));
    query.sort_unstable();
    let signed = request.parameter("X-Amz-SignedHeaders").unwrap_or_default();
    let headers: String =
        signed.split(';').map(|name| format!("{name}:{}\n", request.header(name).unwrap_or_default().trim())).collect();
    let method = request.request.method();
    format!("{method}\n{}\n{}\n{headers}\n{signed}\nUNSIGNED-PAYLOAD", uri.path(), query.join("&"))
}

pub(super) fn signing_key(day: &str) -> Vec<u8> {
    let secret = format!("AWS4{SECRET_KEY}").into_bytes();
    [day, REGION, "s3", "aws4_request"].iter().fold(secret, |key, part| sign(&key, part))
}

pub(super) fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}
