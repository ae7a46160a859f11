//! `Idempotency-Key`: `https://docs.stripe.com/api/idempotent_requests`.

use super::problem::StripeProblem;
use bytes::Bytes;
use http::{HeaderValue, Response};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long an answer is kept. Stripe says: at least 24 hours.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The longest key.
const KEY_CHARS: usize = 255;

/// A completed request, with its answer.
#[derive(Debug)]
struct KeptAnswer {
    at: Timestamp,
    path: String,
    parameters: String,
    answer: Response<Bytes>,
}

/// A request under a key.
pub(super) struct KeyedRequest<'a> {
    pub key: &'a str,
    pub path: &'a str,
    pub parameters: String,
}

/// The kept answers by their keys.
#[derive(Debug, Default)]
pub(super) struct KeptAnswers(BTreeMap<String, KeptAnswer>);

impl KeptAnswers {
    /// The answer to an earlier request under the same key, if there is one.
    pub(super) fn replay(
        &mut self,
        now: Timestamp,
        call: &KeyedRequest<'_>,
    ) -> Result<Option<Response<Bytes>>, StripeProblem> {
        if call.key.is_empty() || call.key.len() > KEY_CHARS {
            return Err(StripeProblem::malformed(format!("Idempotency keys have 1 to {KEY_CHARS} characters.")));
        }
        self.0.retain(|_, known| now.duration_since(known.at) < KEPT);
        let Some(known) = self.0.get(call.key) else { return Ok(None) };
        if known.path != call.path {
            return Err(StripeProblem::other_endpoint(call.key, &known.path, call.path));
        }
        if known.parameters != call.parameters {
            return Err(StripeProblem::other_parameters(call.key));
        }
        let mut answer = known.answer.clone();
        answer.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        Ok(Some(answer))
    }

    /// Keeps the answer to a completed request. The answer to a refused request is not kept:
    /// the client may correct the request under the same key.
    pub(super) fn remember(&mut self, now: Timestamp, call: KeyedRequest<'_>, answer: &Response<Bytes>) {
        let KeyedRequest { key, path, parameters } = call;
        let known = KeptAnswer { at: now, path: path.to_owned(), parameters, answer: answer.clone() };
        self.0.insert(key.to_owned(), known);
    }
}
