//! Bodies as they arrive: framed or not, with checksums before or after them.

use super::{request::S3Request, response::S3Error, store::etag};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use std::collections::BTreeMap;

/// A body that arrived whole and with the right checksum.
pub(super) struct Arrived {
    pub(super) bytes: Bytes,
    pub(super) crc32: Option<String>,
}

/// Takes the body out of its frames and checks it against every checksum of the request.
pub(super) fn arrived(request: &S3Request) -> Result<Arrived, S3Error> {
    let framed = request.header("content-encoding").is_some_and(|encoding| encoding.contains("aws-chunked"));
    let length = request.header(if framed { "x-amz-decoded-content-length" } else { "content-length" });
    let Some(length) = length.and_then(|length| length.parse::<usize>().ok()) else {
        let message = "You must provide the Content-Length HTTP header.";
        return Err(S3Error::new(411, "MissingContentLength", message));
    };
    let (bytes, trailers) = match framed {
        true => unframed(request.request.body()).ok_or_else(|| incomplete("The frames cannot be read."))?,
        false => (request.request.body().clone(), BTreeMap::new()),
    };
    if bytes.len() != length {
        return Err(incomplete("The body has another length than announced."));
    }
    let sent = |name: &str| request.header(name).or(trailers.get(name).map(String::as_str));
    if let Some(announced) = request.header("x-amz-trailer")
        && !trailers.contains_key(announced)
    {
        return Err(incomplete("The announced trailer is missing."));
    }
    let crc32 = STANDARD.encode(crc32fast::hash(&bytes).to_be_bytes());
    let sha256 = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, &bytes));
    for (header, computed) in [("x-amz-checksum-crc32", &crc32), ("x-amz-checksum-sha256", &sha256)] {
        if sent(header).is_some_and(|sent| sent != computed) {
            return Err(S3Error::new(400, "BadDigest", format!("The {header} you specified did not match.")));
        }
    }
    if let Some(md5) = request.header("content-md5") {
        let decoded = STANDARD.decode(md5).unwrap_or_default();
        if format!("\"{}\"", hex::encode(&decoded)) != etag(&bytes) {
            return Err(S3Error::new(400, "BadDigest", "The Content-MD5 you specified did not match."));
        }
    }
    Ok(Arrived { crc32: sent("x-amz-checksum-crc32").map(str::to_owned), bytes })
}

fn incomplete(message: &str) -> S3Error {
    S3Error::new(400, "IncompleteBody", message)
}

/// The content and the trailers of an `aws-chunked` body: frames of a hexadecimal length,
/// the bytes, and after the empty frame the trailers.
fn unframed(mut rest: &[u8]) -> Option<(Bytes, BTreeMap<String, String>)> {
    let mut content = Vec::new();
    loop {
        let (line, after) = line(rest)?;
        let digits = line.split(';').next()?;
        let length = usize::from_str_radix(digits, 16).ok()?;
        if length == 0 {
            rest = after;
            break;
        }
        content.extend_from_slice(after.get(..length)?);
        rest = after.get(length..)?.strip_prefix(b"\r\n")?;
    }
    let mut trailers = BTreeMap::new();
    while let Some((line, after)) = line(rest) {
        rest = after;
        if let Some((name, value)) = line.split_once(':') {
            trailers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    Some((content.into(), trailers))
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 2..]))
}
