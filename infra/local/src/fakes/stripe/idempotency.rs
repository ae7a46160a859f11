//! `Idempotency-Key`: `https://docs.stripe.com/api/idempotent_requests`.

use super::{State, problem::Problem};
use bytes::Bytes;
use http::{HeaderValue, Response};
use jiff::{SignedDuration, Timestamp};

/// How long an answer is kept. Stripe says: at least 24 hours.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The longest key.
const KEY_CHARS: usize = 255;

/// A request that was carried out, with its answer.
#[derive(Debug)]
pub(super) struct Answered {
    at: Timestamp,
    path: String,
    parameters: String,
    answer: Response<Bytes>,
}

/// What is known of a key.
pub(super) struct Call<'a> {
    pub key: &'a str,
    pub path: &'a str,
    pub parameters: String,
}

impl State {
    /// The answer to an earlier request under the same key, if there was one.
    pub(super) fn replay(&mut self, now: Timestamp, call: &Call<'_>) -> Result<Option<Response<Bytes>>, Problem> {
        if call.key.is_empty() || call.key.len() > KEY_CHARS {
            return Err(Problem::malformed(format!("Idempotency keys have 1 to {KEY_CHARS} characters.")));
        }
        self.answered.retain(|_, known| now.duration_since(known.at) < KEPT);
        let Some(known) = self.answered.get(call.key) else { return Ok(None) };
        if known.path != call.path {
            return Err(Problem::other_endpoint(call.key, &known.path, call.path));
        }
        if known.parameters != call.parameters {
            return Err(Problem::other_parameters(call.key));
        }
        let mut answer = known.answer.clone();
        answer.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        Ok(Some(answer))
    }

    /// Keeps the answer of a request that was carried out. One that was refused before is
    /// not kept: it may be corrected under the same key.
    pub(super) fn remember(&mut self, now: Timestamp, call: Call<'_>, answer: &Response<Bytes>) {
        let Call { key, path, parameters } = call;
        let known = Answered { at: now, path: path.to_owned(), parameters, answer: answer.clone() };
        self.answered.insert(key.to_owned(), known);
    }
}
