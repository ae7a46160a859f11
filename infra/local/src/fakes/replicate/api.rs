//! The routes under `/v1`.

use super::{
    AnswerLost, HoldOpen, Knobs, Reads, ReplicateSettings, State, Submit, WebhookFirst, WebhookMode,
    models::Model,
    prediction::Prediction,
    problem::{InvalidField, Problem},
    submission,
};
use crate::fakes::{json_answer, lost_or, random};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Predictions in one page of the list.
const PAGE: usize = 100;

type Answer = Result<Response<Bytes>, Problem>;

/// Everything that an answer is made from.
struct Call<'a> {
    settings: &'a ReplicateSettings,
    state: &'a mut State,
    now: Timestamp,
    request: &'a Request<Bytes>,
}

pub(super) fn answer(
    settings: &ReplicateSettings,
    state: &mut State,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Answer {
    authorise(settings, request)?;
    let path = request.uri().path().strip_prefix("/v1/").unwrap_or_default();
    let path: Vec<&str> = path.split('/').collect();
    let (get, post) = (request.method() == Method::GET, request.method() == Method::POST);
    let mut call = Call { settings, state, now, request };
    match path.as_slice() {
        ["predictions"] if post => call.create(None),
        ["models", owner, name, "predictions"] if post => call.create(Some(&format!("{owner}/{name}"))),
        ["predictions"] if get => call.list(),
        ["predictions", id] if get => call.get(id),
        ["predictions", id, "cancel"] if post => call.cancel(id),
        ["webhooks", "default", "secret"] if get => {
            Ok(json_answer(StatusCode::OK, &json!({ "key": settings.webhook_secret })))
        }
        ["predictions", ..] | ["models", _, _, "predictions"] => Err(Problem::not_allowed()),
        _ => Err(Problem::not_found()),
    }
}

fn authorise(settings: &ReplicateSettings, request: &Request<Bytes>) -> Result<(), Problem> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(token) if token == settings.api_token => Ok(()),
        Some(_) => Err(Problem::wrong_token()),
        None => Err(Problem::no_token()),
    }
}

impl Call<'_> {
    fn create(&mut self, model: Option<&str>) -> Answer {
        self.state.counts.submits += 1;
        let knobs = self.state.knobs.for_submit();
        refusal(&knobs)?;
        let model = match model {
            Some(name) => Some(Model::named(name).ok_or_else(Problem::not_found)?),
            None => None,
        };
        let wait = submission::wait(self.request.headers())?;
        let order = submission::order(self.request, model)?;
        let (lost, early) = (knobs.submit == Submit::AnswerLost, knobs.webhook == WebhookMode::Early);
        let id = self.new_id();
        let prediction = Prediction::new(id.clone(), order, knobs, self.now);
        // The answer shows it as it was created, even if it ends at once.
        let shown = prediction.to_json(&self.settings.public_base);
        self.state.counts.look_at(prediction.order.model.seen(&prediction.order.input));
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

    fn get(&mut self, id: &str) -> Answer {
        self.state.counts.reads += 1;
        let lost = self.reads()?;
        let prediction = self.state.prediction(id).ok_or_else(Problem::not_found)?;
        let shown = prediction.to_json(&self.settings.public_base);
        Ok(lost_or(json_answer(StatusCode::OK, &shown), lost))
    }

    fn cancel(&mut self, id: &str) -> Answer {
        self.state.counts.cancels += 1;
        let lost = self.reads()?;
        let (now, base) = (self.now, &self.settings.public_base);
        let prediction = self.state.prediction(id).ok_or_else(Problem::not_found)?;
        let event = prediction.cancel(now, base);
        let shown = prediction.to_json(base);
        if let Some(event) = event {
            let State { predictions, deliveries, .. } = &mut *self.state;
            if let Some(prediction) = predictions.iter().find(|prediction| prediction.id == id) {
                super::deliveries::queue(deliveries, prediction, event);
            }
        }
        Ok(lost_or(json_answer(StatusCode::OK, &shown), lost))
    }

    /// Newest first. The cursor is the id of the last prediction of the page before.
    fn list(&mut self) -> Answer {
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
    fn reads(&self) -> Result<bool, Problem> {
        match self.state.knobs.reads {
            Reads::Answer => Ok(false),
            Reads::AnswerLost => Ok(true),
            Reads::ServerError => Err(Problem::server_error()),
            Reads::Throttled => Err(Problem::throttled(&self.state.knobs)),
        }
    }

    /// 26 characters as Replicate's.
    fn new_id(&self) -> String {
        random(b"0123456789abcdefghjkmnpqrstvwxyz", 26, self.now, self.state.counts.predictions)
    }
}

fn refusal(knobs: &Knobs) -> Result<(), Problem> {
    match knobs.submit {
        Submit::Accept | Submit::AnswerLost => Ok(()),
        Submit::Throttled => Err(Problem::throttled(knobs)),
        Submit::OutOfCredit => Err(Problem::out_of_credit()),
        Submit::Retired => Err(Problem::not_found()),
        Submit::Invalid => Err(Problem::invalid(vec![InvalidField {
            kind: "string_too_long",
            field: "input.prompt".to_owned(),
            description: "String length must be less than or equal to 1000".to_owned(),
        }])),
        Submit::ServerError => Err(Problem::server_error()),
        Submit::Unavailable => Err(Problem::unavailable(knobs)),
    }
}
