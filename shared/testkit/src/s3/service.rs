//! The operations of the model behind the seam.

use super::{
    presigned,
    request::{S3Operation, S3Request},
    response::{S3Error, S3Result, access_denied},
};
use crate::{calls::faults::Fault, seam::Service, state::WorldState};
use bytes::Bytes;
use http::{Request, Response};

impl S3Request {
    fn answer(&self) -> S3Result {
        presigned::check(self)?;
        if !self.state.s3().buckets.contains_key(&self.bucket) {
            return Err(S3Error::new(404, "NoSuchBucket", "The specified bucket does not exist"));
        }
        match self.operation {
            S3Operation::PutObject => self.put_object(),
            S3Operation::GetObject | S3Operation::HeadObject => self.get_object(),
            S3Operation::DeleteObject => self.delete_object(),
            S3Operation::DeleteObjects => self.delete_objects(),
            S3Operation::ListObjectVersions => self.list_versions(),
            S3Operation::ListObjectsV2 => self.list_objects(),
            S3Operation::CreateMultipartUpload => self.create_upload(),
            S3Operation::UploadPart => self.upload_part(),
            S3Operation::CompleteMultipartUpload => self.complete_upload(),
            S3Operation::AbortMultipartUpload => self.abort_upload(),
            S3Operation::ListMultipartUploads => self.list_uploads(),
        }
    }
}

impl Service for S3Request {
    fn name(&self) -> String {
        format!("s3.{:?}", self.operation)
    }

    fn special(&self) -> Vec<Fault> {
        if self.operation == S3Operation::GetObject { vec![Fault::BodyCut] } else { Vec::new() }
    }

    fn apply(&self, _: Option<Fault>) -> Response<Bytes> {
        let response = self.answer().unwrap_or_else(S3Error::response);
        if self.operation == S3Operation::HeadObject { response.map(|_| Bytes::new()) } else { response }
    }

    fn refuse(&self, fault: Fault) -> Response<Bytes> {
        match fault {
            Fault::Throttled => S3Error::new(503, "SlowDown", "Please reduce your request rate. (injected)"),
            _ => S3Error::new(500, "InternalError", "We encountered an internal error. (injected)"),
        }
        .response()
    }
}

/// The answer to a browser that follows a presigned link.
pub(crate) fn fetch(state: &WorldState, url: &str) -> Response<Bytes> {
    let host = url.split('/').nth(2).unwrap_or_default();
    let request = Request::get(url).header("host", host).body(Bytes::new()).expect("a link is a URL");
    let request = S3Request::new(state, request);
    if request.parameter(presigned::SIGNATURE).is_none() {
        return access_denied("Only presigned links are open to everybody.").response();
    }
    request.apply(None)
}
