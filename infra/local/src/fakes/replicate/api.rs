//! The routes under `/v1`.

use super::{
    deliveries,
    models::ReplicateModel,
    prediction::Prediction,
    problem::{InvalidField, ReplicateProblem},
    settings::FakeReplicateSettings,
    state::ReplicateState,
    submission,
};
use crate::fakes::{
    knobs::{Knobs, ReadMode, SubmitMode, WebhookMode},
    response::{AnswerLost, HoldOpen, WebhookFirst, json_answer, lost_or},
    text::random,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The number of predictions in one page of the list.
const PAGE: usize = 100;

type ReplicateResult = Result<Response<Bytes>, ReplicateProblem>;

/// A request to the API, with everything that its answer needs.
struct ReplicateCall<'a> {
    settings: &'a FakeReplicateSettings,
    state: &'a mut ReplicateState,
    now: Timestamp,
    request: &'a Request<Bytes>,
}

pub(super) fn answer(
    settings: &FakeReplicateSettings,
    state: &mut ReplicateState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> ReplicateResult {
    authorise(settings, request)?;
    let path = request.uri().path().strip_prefix("/v1/").unwrap_or_default();
    let path: Vec<&str> = path.split('/').collect();
    let (get, post) = (request.method() == Method::GET, request.method() == Method::POST);
    let mut call = ReplicateCall { settings, state, now, request };
    match path.as_slice() {
        ["predictions"] if post => call.create(None),
        ["models", owner, name, "predictions"] if post => call.create(Some(&format!("{owner}/{name}"))),
        ["predictions"] if get => call.list(),
        ["predictions", id] if get => call.get(id),
        ["predictions", id, "cancel"] if post => call.cancel(id),
        ["webhooks", "default", "secret"] if get => {
            Ok(json_answer(StatusCode::OK, &json!({ "key": settings.webhook_secret })))
        }
        ["predictions", ..] | ["models", _, _, "predictions"] => Err(ReplicateProblem::not_allowed()),
        _ => Err(ReplicateProblem::not_found()),
    }
}

fn authorise(settings: &FakeReplicateSettings, request: &Request<Bytes>) -> Result<(), ReplicateProblem> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(token) if token == settings.api_token => Ok(()),
        Some(_) => Err(ReplicateProblem::wrong_token()),
        None => Err(ReplicateProblem::no_token()),
    }
}

impl ReplicateCall<'_> {
    fn create(&mut self, model: Option<&str>) -> ReplicateResult {
        self.state.counts.submits += 1;
        let knobs = self.state.knobs.for_submit();
        refusal(&knobs)?;
        let model = match model {
            Some(name) => Some(ReplicateModel::named(name).ok_or_else(ReplicateProblem::not_found)?),
            None => None,
        };
        let wait = submission::wait(self.request.headers())?;
        let order = submission::order(self.request, model)?;
        let (lost, early) = (knobs.submit == SubmitMode::AnswerLost, knobs.webhook == WebhookMode::Early);
        let id = self.new_id();
        let prediction = Prediction::new(id.clone(), order, knobs, self.now);
        // The answer shows the prediction at its creation, even if it ends at once.
        let shown = prediction.to_json(&self.settings.public_base);
        let pictures = prediction.order.model.pictures(&prediction.order.input);
        self.state.counts.count_pictures(pictures.map(|picture| picture.is_bare));
        self.state.predictions.push(prediction);
        self.state.counts.predictions += 1;
        self.state.advance(self.now, &self.settings.public_base);
        let status = if wait.is_some() { StatusCode::ACCEPTED } else { StatusCode::CREATED };
        let mut answer = json_answer(status, &shown);
        if let Some(location) = shown["urls"]["get"].as_str().and_then(|url| HeaderValue::from_str(url).ok()) {
            answer.headers_mut().insert(header::LOCATION, location);
        }
        let marks = answer.extensions_mut();
        if let Some(wait) = wait {
            marks.insert(HoldOpen { job: id, wait });
        }
        if early {
            marks.insert(WebhookFirst);
        }
        if lost {
            marks.insert(AnswerLost);
        }
        Ok(answer)
    }

    fn get(&mut self, id: &str) -> ReplicateResult {
        self.state.counts.reads += 1;
        let lost = self.reads()?;
        let prediction = self.state.prediction(id).ok_or_else(ReplicateProblem::not_found)?;
        let shown = prediction.to_json(&self.settings.public_base);
        Ok(lost_or(json_answer(StatusCode::OK, &shown), lost))
    }

    fn cancel(&mut self, id: &str) -> ReplicateResult {
        self.state.counts.cancels += 1;
        let lost = self.reads()?;
        let (now, base) = (self.now, &self.settings.public_base);
        let prediction = self.state.prediction(id).ok_or_else(ReplicateProblem::not_found)?;
        let event = prediction.cancel(now, base);
        let shown = prediction.to_json(base);
        if let Some(event) = event {
            let ReplicateState { predictions, deliveries: waiting, .. } = &mut *self.state;
            if let Some(prediction) = predictions.iter().find(|prediction| prediction.id == id) {
                deliveries::queue(waiting, prediction, event);
            }
        }
        Ok(lost_or(json_answer(StatusCode::OK, &shown), lost))
    }

    /// A page, newest first. The cursor is the id of the last prediction of the page before.
    fn list(&mut self) -> ReplicateResult {
        self.state.counts.reads += 1;
        let lost = self.reads()?;
        let newest_first = self.state.predictions.iter().rev();
        let query = url::form_urlencoded::parse(self.request.uri().query().unwrap_or_default().as_bytes());
        let cursor = query.into_iter().find(|(name, _)| name == "cursor");
        let rest: Vec<&Prediction> = match cursor {
            None => newest_first.collect(),
            Some((_, cursor)) => {
                let last = BASE64_URL_SAFE_NO_PAD.decode(cursor.as_bytes()).unwrap_or_default();
                newest_first.skip_while(|prediction| prediction.id.as_bytes() != last).skip(1).collect()
            }
        };
        let base = &self.settings.public_base;
        let next = rest
            .get(PAGE - 1)
            .filter(|_| rest.len() > PAGE)
            .map(|last| format!("{base}/v1/predictions?cursor={}", BASE64_URL_SAFE_NO_PAD.encode(&last.id)));
        let results: Vec<Value> = rest.iter().take(PAGE).map(|prediction| prediction.to_json(base)).collect();
        let page = json!({ "previous": null, "next": next, "results": results });
        Ok(lost_or(json_answer(StatusCode::OK, &page), lost))
    }

    /// Whether the answer to a read gets lost, unless it is refused.
    fn reads(&self) -> Result<bool, ReplicateProblem> {
        match self.state.knobs.reads {
            ReadMode::Answer => Ok(false),
            ReadMode::AnswerLost => Ok(true),
            ReadMode::ServerError => Err(ReplicateProblem::server_error()),
            ReadMode::Throttled => Err(ReplicateProblem::throttled(&self.state.knobs)),
        }
    }

    /// An id of 26 characters, as at Replicate.
    fn new_id(&self) -> String {
        random(b"0123456789abcdefghjkmnpqrstvwxyz", 26, self.now, self.state.counts.predictions)
    }
}

fn refusal(knobs: &Knobs) -> Result<(), ReplicateProblem> {
    match knobs.submit {
        SubmitMode::Accept | SubmitMode::AnswerLost => Ok(()),
        SubmitMode::Throttled => Err(ReplicateProblem::throttled(knobs)),
        SubmitMode::OutOfCredit => Err(ReplicateProblem::out_of_credit()),
        SubmitMode::Retired => Err(ReplicateProblem::not_found()),
        SubmitMode::Invalid => Err(ReplicateProblem::invalid(vec![InvalidField {
            kind: "string_too_long",
            field: "input.prompt".to_owned(),
            description: "String length must be less than or equal to 1000".to_owned(),
        }])),
        SubmitMode::ServerError => Err(ReplicateProblem::server_error()),
        SubmitMode::Unavailable => Err(ReplicateProblem::unavailable(knobs)),
    }
}
