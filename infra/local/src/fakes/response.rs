//! Answers, and the extensions that change how the caller sends them.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;
use std::time::Duration;

/// Extension of an answer that the caller must never see: the fake has acted on the
/// request, then the connection closes.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLost;

/// Extension of an answer that the server holds back until the job has ended or the wait
/// is over. In process it may be ignored, as if the wait were over at once.
#[derive(Debug, Clone)]
pub struct HoldOpen {
    /// The id of the job.
    pub job: String,
    /// The longest wait, counted from the request.
    pub wait: Duration,
}

/// Extension of an answer that comes after the webhooks that are due: the caller delivers
/// them first.
#[derive(Debug, Clone, Copy)]
pub struct WebhookFirst;

/// Extension of an answer without a length: it is sent in pieces.
#[derive(Debug, Clone, Copy)]
pub struct InPieces;

/// Extension of an answer whose body continues with this number of zero bytes. So no program
/// needs memory for a file that only has to be large.
#[derive(Debug, Clone, Copy)]
pub struct Padding(pub u64);

impl Padding {
    /// The zero bytes, in pieces.
    pub fn pieces(self) -> impl Iterator<Item = Bytes> + Send {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let piece = left.min(PIECE as u64) as usize;
            left -= piece as u64;
            (piece > 0).then(|| Bytes::from_static(&[0; PIECE]).slice(..piece))
        })
    }

    /// The padding of an answer.
    #[must_use]
    pub fn of<T>(answer: &Response<T>) -> Self {
        answer.extensions().get().copied().unwrap_or(Self(0))
    }
}

/// The largest piece of an answer in pieces, in bytes.
pub(super) const PIECE: usize = 64 * 1024;

/// An answer with a JSON body.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The same answer; if `lost`, it has the extension [`AnswerLost`].
pub(super) fn lost_or(mut answer: Response<Bytes>, lost: bool) -> Response<Bytes> {
    if lost {
        answer.extensions_mut().insert(AnswerLost);
    }
    answer
}
