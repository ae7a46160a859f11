//! Working stand-ins for outside partners.
//!
//! A fake speaks its partner's wire protocol strictly and refuses what the partner
//! refuses. Each is a state machine without I/O, so that the same code serves a socket
//! for `cargo dev` and answers in process for the tests; each is itself tested with the
//! partner's own official client, or where there is none with its published schema.
//!
//! [`Fake`] is what they have in common and [`serve`] puts one on a socket. What a plain
//! answer cannot express travels as a response extension: [`AnswerLost`], [`HoldOpen`],
//! [`WebhookFirst`], [`InPieces`] and [`Padding`]; a body that, with its padding, is shorter
//! than its `content-length` is a connection that broke midway.

pub mod bfl;
mod clock;
mod control;
mod deliveries;
pub mod fal;
mod fastapi;
mod files;
mod film;
mod inputs;
mod knobs;
mod maker;
mod picture;
pub mod replicate;
mod seen;
mod server;
pub mod stripe;

pub use bfl::{Bfl, BflSettings};
pub use clock::Clock;
pub use deliveries::Webhook;
pub use fal::{Fal, FalSettings};
pub use knobs::{Cancel, Counts, Knobs, Outcome, Output, Reads, Submit, WebhookMode};
pub use replicate::{Replicate, ReplicateSettings};
pub use server::serve;
pub use stripe::{Stripe, StripeSettings};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use jiff::Timestamp;
use ring::digest;
use serde_json::Value;
use std::time::Duration;

/// A partner that can be put on a socket. Cheap to clone; all clones are one.
pub trait Fake: Clone + Send + Sync + 'static {
    /// The time for [`serve`]; every other function gets it as an argument.
    fn clock(&self) -> &Clock;

    /// Answers one request as of `now`. Heed the extensions of the answer.
    fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes>;

    /// The webhooks that are due at `now`, oldest first. Each is handed out once; say with
    /// [`Self::webhook_answered`] what came of it.
    fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook>;

    /// Whether the delivery of a webhook was answered with a 2xx. One that must arrive and
    /// did not is sent again with growing pauses.
    fn webhook_answered(&self, id: u64, delivered: bool);

    /// The answer to a request that [`HoldOpen`] held, once its job is over.
    fn finished(&self, _now: Timestamp, _job: &str) -> Option<Response<Bytes>> {
        None
    }
}

/// Extension of an answer that the caller must never see: the request was acted upon,
/// then the connection closed.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLost;

/// Extension of an answer that is held open: the server waits until the job is over or the
/// time is. In process it may be ignored, as if the time were over at once.
#[derive(Debug, Clone)]
pub struct HoldOpen {
    /// The job that is waited for.
    pub job: String,
    /// For how long, counted from the request.
    pub wait: Duration,
}

/// Extension of an answer that comes after the webhooks that are due: deliver them before
/// handing it over.
#[derive(Debug, Clone, Copy)]
pub struct WebhookFirst;

/// Extension of an answer whose length nobody is told beforehand: it is sent in pieces.
#[derive(Debug, Clone, Copy)]
pub struct InPieces;

/// Extension of an answer whose body goes on with so many zero bytes. So nobody holds a file
/// in memory that is large for the sake of its size.
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

    /// What an answer has of it, in bytes.
    #[must_use]
    pub fn of<T>(answer: &Response<T>) -> Self {
        answer.extensions().get().copied().unwrap_or(Self(0))
    }
}

/// What is sent at once of an answer in pieces, in bytes.
const PIECE: usize = 64 * 1024;

/// An answer with a JSON body.
fn json_answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The same answer, which gets lost when it is told to.
fn lost_or(mut answer: Response<Bytes>, lost: bool) -> Response<Bytes> {
    if lost {
        answer.extensions_mut().insert(AnswerLost);
    }
    answer
}

/// Characters of an alphabet that look random. Made from the time and a count, so that a
/// simulation replays them and a restarted fake never repeats one; at most 64.
fn random(alphabet: &[u8], length: usize, now: Timestamp, count: u64) -> String {
    let hash = digest::digest(&digest::SHA512, format!("{now}#{count}").as_bytes());
    hash.as_ref().iter().take(length).map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])).collect()
}
