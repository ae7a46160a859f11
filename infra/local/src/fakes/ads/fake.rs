//! The fake advertising network.

use super::{
    settings::{FakeAdNetworkSettings, PICTURE},
    state::{AdCounts, AdKnobs, AdMode, AdState, SeenConversion},
};
use crate::fakes::{
    clock::FakeClock,
    control::turn,
    deliveries::Webhook,
    fake::{Fake, PartnerProtocol, StateParts},
    response::json_answer,
    sign_in::parameters::Parameters,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::json;
use std::convert::Infallible;

/// A GIF of one transparent pixel (GIF89a).
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\
                       \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// The longest event and the longest value, in characters.
const LONGEST: usize = 32;

/// The protocol of the picture of one pixel.
#[derive(Debug)]
pub struct AdProtocol;

/// A fake advertising network. Cheap to clone; clones share their state.
pub type FakeAdNetwork = Fake<AdProtocol>;

impl PartnerProtocol for AdProtocol {
    type Settings = FakeAdNetworkSettings;
    type State = AdState;
    type Knobs = AdKnobs;
    type Counts = AdCounts;
    type Message = Infallible;

    fn clock(settings: &FakeAdNetworkSettings) -> &FakeClock {
        &settings.clock
    }

    fn parts(state: &mut AdState) -> StateParts<'_, Self> {
        StateParts { knobs: &mut state.knobs, counts: state.counts, deliveries: &mut state.deliveries }
    }

    fn respond(
        _: &FakeAdNetworkSettings,
        state: &mut AdState,
        _: Timestamp,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        match request.uri().path() {
            path if path.starts_with("/_control") => control(state, request),
            _ => picture(state, request),
        }
    }

    fn due(_: &FakeAdNetworkSettings, _: &mut AdState, _: Timestamp) -> Vec<Webhook> {
        Vec::new()
    }

    fn pauses(message: &Infallible) -> &'static [i64] {
        match *message {}
    }
}

impl FakeAdNetwork {
    /// The conversions so far, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenConversion> {
        self.state.lock().seen.clone()
    }
}

/// `GET /_control` shows knobs, counts and conversions; the rest is as for every fake.
fn control(state: &mut AdState, request: &Request<Bytes>) -> Response<Bytes> {
    match turn(&mut state.knobs, request) {
        Ok(true) => {
            let shown = json!({ "knobs": state.knobs, "counts": state.counts, "seen": state.seen });
            json_answer(StatusCode::OK, &shown)
        }
        Ok(false) => refused(StatusCode::NOT_FOUND, "There is GET and PATCH /_control, and POST /_control/reset."),
        Err(error) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn picture(state: &mut AdState, request: &Request<Bytes>) -> Response<Bytes> {
    let has = |name| u64::from(request.headers().contains_key(name));
    state.counts.requests += 1;
    state.counts.with_referrer += has(header::REFERER);
    state.counts.with_cookie += has(header::COOKIE);
    match conversion(request) {
        Ok(conversion) => state.seen.push(conversion),
        Err((status, detail)) => {
            state.counts.refused += 1;
            return refused(status, detail);
        }
    }
    match state.knobs.mode {
        AdMode::Works => {
            let mut answer = Response::new(Bytes::from_static(PIXEL));
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/gif"));
            answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            answer
        }
        AdMode::Fails => refused(StatusCode::SERVICE_UNAVAILABLE, "The network is down on purpose."),
    }
}

/// The conversion that a request reports: `event` and `value`, each at most once, and nothing else.
fn conversion(request: &Request<Bytes>) -> Result<SeenConversion, (StatusCode, &'static str)> {
    if request.uri().path() != PICTURE {
        return Err((StatusCode::NOT_FOUND, "There is no such picture."));
    }
    if request.method() != Method::GET {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "A picture is read by GET."));
    }
    let wrong = |detail| (StatusCode::BAD_REQUEST, detail);
    let query = Parameters::of_query(request).map_err(|_| wrong("A parameter is repeated."))?;
    let asked = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let names = asked.map(|pair| pair.split('=').next().unwrap_or_default());
    if names.into_iter().any(|name| !matches!(name, "event" | "value")) {
        return Err(wrong("A conversion has an event and a value, and nothing else."));
    }
    let conversion = SeenConversion { event: query.text("event").to_owned(), value: query.text("value").to_owned() };
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let SeenConversion { event, value } = &conversion;
    if event.is_empty() || event.len() > LONGEST || !is_word(event) {
        return Err(wrong("The event is a word of small letters."));
    }
    if value.len() > LONGEST || !is_number(value) {
        return Err(wrong("The value is a number, or empty."));
    }
    Ok(conversion)
}

fn refused(status: StatusCode, detail: &str) -> Response<Bytes> {
    json_answer(status, &json!({ "detail": detail }))
}
