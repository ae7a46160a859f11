//! Forms that a browser posts: AWS's checks of the policy and its signature.
//!
//! Source: "POST Policy" and "Browser-Based Uploads Using POST" in the API reference of S3.

use super::{
    presigned::{sign, signing_key},
    response::{S3Error, S3Result, access_denied, empty},
    store::{StoredObject, etag},
};
use crate::{
    names::{ACCESS_KEY, REGION},
    state::WorldState,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Response;
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields that the policy need not name.
const UNNAMED: [&str; 3] = ["policy", "x-amz-signature", "file"];

/// Names and values.
pub(crate) type Fields<'a> = BTreeMap<&'a str, &'a str>;

/// The answer to a browser that posts a form with these fields, then the file.
pub(crate) fn post(state: &WorldState, url: &str, fields: &Fields<'_>, file: &[u8]) -> Response<Bytes> {
    posted(state, url, fields, file).unwrap_or_else(S3Error::response)
}

fn posted(state: &WorldState, url: &str, fields: &Fields<'_>, file: &[u8]) -> S3Result {
    let bucket = url.strip_prefix("https://").and_then(|url| url.split_once(".s3.")).map(|(bucket, _)| bucket);
    let bucket = bucket.filter(|bucket| state.s3().buckets.contains_key(*bucket));
    let bucket = bucket.ok_or_else(|| S3Error::new(404, "NoSuchBucket", "The specified bucket does not exist"))?;
    let policy = checked_policy(state, fields)?;
    let conditions = policy["conditions"].as_array().ok_or_else(|| access_denied("A policy has conditions."))?;
    let value = |name: &str| match name {
        "bucket" => Some(bucket),
        name => fields.get(name).copied(),
    };
    let unnamed = fields.keys().find(|field| {
        let names = |condition: &Value| name_of(condition) == Some(**field);
        !UNNAMED.contains(field) && !conditions.iter().any(names)
    });
    if let Some(field) = unnamed {
        return Err(access_denied(&format!("Invalid according to Policy: Extra input fields: {field}")));
    }
    for condition in conditions {
        if let [Value::String(word), least, most] = condition.as_array().map_or(&[][..], Vec::as_slice)
            && word == "content-length-range"
        {
            let (least, most, length) = (least.as_u64(), most.as_u64(), Some(file.len() as u64));
            if length < least {
                return Err(S3Error::new(400, "EntityTooSmall", "Your proposed upload is too small"));
            }
            if length > most {
                return Err(S3Error::new(400, "EntityTooLarge", "Your proposed upload is too large"));
            }
            continue;
        }
        let wanted = condition.as_array().map_or_else(
            || condition.as_object().and_then(|one| one.values().next()),
            |parts| parts.get(2).filter(|_| parts[0] == "eq"),
        );
        let name = name_of(condition).unwrap_or_default();
        if wanted.and_then(Value::as_str).is_none_or(|wanted| value(name) != Some(wanted)) {
            return Err(access_denied(&format!("Invalid according to Policy: Policy Condition failed: {condition}")));
        }
    }
    let key = value("key").ok_or_else(|| S3Error::new(400, "InvalidArgument", "A form names a key."))?.to_owned();
    let version = state.s3().id();
    let content_type = value("Content-Type").unwrap_or("binary/octet-stream").to_owned();
    let object = StoredObject {
        key: key.clone(),
        version: version.clone(),
        bytes: Some(Bytes::copy_from_slice(file)),
        content_type,
        headers: BTreeMap::new(),
        etag: etag(file),
        at: state.now(),
        crc32: None,
    };
    let answer = Response::builder().status(204).header("etag", &object.etag).header("x-amz-version-id", version);
    if let Some(bucket) = state.s3().buckets.get_mut(bucket) {
        bucket.objects.entry(key).or_default().push(object);
    }
    empty(answer)
}

/// The policy, if the world's key has signed it and it has not expired.
fn checked_policy(state: &WorldState, fields: &Fields<'_>) -> Result<Value, S3Error> {
    let field = |name: &str| fields.get(name).copied().unwrap_or_default();
    if field("x-amz-algorithm") != "AWS4-HMAC-SHA256" {
        return Err(S3Error::new(400, "InvalidArgument", "X-Amz-Algorithm only supports AWS4-HMAC-SHA256"));
    }
    let day = field("x-amz-date").get(..8).unwrap_or_default();
    if field("x-amz-credential") != format!("{ACCESS_KEY}/{day}/{REGION}/s3/aws4_request") {
        return Err(access_denied("The credential is not the one of this world."));
    }
    if hex::encode(sign(&signing_key(day), field("policy"))) != field("x-amz-signature") {
        return Err(S3Error::new(403, "SignatureDoesNotMatch", "The signature does not match the policy."));
    }
    let policy = BASE64_STANDARD.decode(field("policy")).ok().and_then(|policy| serde_json::from_slice(&policy).ok());
    let policy: Value = policy.ok_or_else(|| access_denied("Invalid Policy: Invalid JSON."))?;
    let expiration = policy["expiration"].as_str().and_then(|at| at.parse::<kernel::Timestamp>().ok());
    match expiration {
        Some(at) if state.now() <= at => Ok(policy),
        Some(_) => Err(access_denied("Invalid according to Policy: Policy expired.")),
        None => Err(access_denied("Invalid Policy: Invalid 'expiration' value.")),
    }
}

/// The field that a condition is about: `{"name": value}` or `["eq", "$name", value]`.
fn name_of(condition: &Value) -> Option<&str> {
    match condition {
        Value::Object(one) => one.keys().next().map(String::as_str),
        Value::Array(parts) => parts.get(1)?.as_str()?.strip_prefix('$'),
        _ => None,
    }
}
