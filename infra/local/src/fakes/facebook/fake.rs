//! The fake Facebook.

use super::{
    callbacks::{self, FacebookCallback},
    control,
    dialog::DialogRequest,
    graph,
    knobs::{FacebookCounts, FacebookKnobs},
    page,
    profile::FacebookProfile,
    settings::{FakeFacebookSettings, GRAPH_VERSION},
    state::FacebookState,
};
use crate::fakes::{
    clock::FakeClock,
    deliveries::Webhook,
    fake::Fake,
    media::picture::{PictureSize, png},
    shared::SharedState,
    sign_in::parameters::{ParameterFault, Parameters},
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use jiff::Timestamp;
use std::sync::Arc;

/// A fake Facebook with one registered app. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct FakeFacebook {
    settings: Arc<FakeFacebookSettings>,
    state: SharedState<FacebookState>,
}

impl FakeFacebook {
    /// A fake that nobody has authorized, with every knob at its default.
    #[must_use]
    pub fn new(settings: FakeFacebookSettings) -> Self {
        Self { settings: Arc::new(settings), state: SharedState::default() }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &FakeFacebookSettings {
        &self.settings
    }

    /// Answers one request as of `now`. The caller must respect the extensions of the answer.
    #[must_use]
    pub fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        let mut state = self.state.lock();
        let path = request.uri().path();
        if path.starts_with("/_control") {
            let answer = control::answer(&self.settings, &mut state, now, &request);
            answer.unwrap_or_else(|problem| problem.into_response("control"))
        } else if path.starts_with("/platform/profilepic/") {
            profile_picture(&request)
        } else if path == format!("/{GRAPH_VERSION}/dialog/oauth") {
            self.dialog(&mut state, now, &request)
        } else {
            graph::answer(&self.settings, &mut state, now, &request)
        }
    }

    /// The dialog, and its buttons: each is a form that posts to the address of the dialog.
    fn dialog(&self, state: &mut FacebookState, now: Timestamp, request: &Request<Bytes>) -> Response<Bytes> {
        let asked = Parameters::of_query(request).map_err(described);
        let asked = match asked.and_then(|query| DialogRequest::read(&self.settings, &query)) {
            Ok(asked) => asked,
            Err(why) => return page::refused(&why),
        };
        if request.method() == Method::GET {
            return page::dialog(&asked, false);
        }
        let form = match Parameters::of_form(request) {
            Ok(form) if request.method() == Method::POST => form,
            _ => return page::refused("The dialog sends a form."),
        };
        if form.text("action") == "cancel" {
            return page::going_back(&asked.canceled());
        }
        match form.text("person").trim() {
            "" => page::dialog(&asked, true),
            person => page::going_back(&asked.granted(state, now, &profile(person, &form))),
        }
    }

    /// The person follows `authorize_url` and authorizes our app, as of `now`. Returns the URL of
    /// our callback, without the fragment that a browser keeps to itself.
    ///
    /// # Errors
    /// When Facebook would show an error page instead; the text names the reason.
    pub fn sign_in(&self, now: Timestamp, authorize_url: &str, profile: &FacebookProfile) -> Result<String, String> {
        let asked = self.asked(authorize_url)?;
        Ok(asked.granted(&mut self.state.lock(), now, profile))
    }

    /// The person follows `authorize_url` and cancels. Returns the URL of our callback.
    ///
    /// # Errors
    /// When Facebook would show an error page instead; the text names the reason.
    pub fn cancel(&self, authorize_url: &str) -> Result<String, String> {
        Ok(self.asked(authorize_url)?.canceled())
    }

    fn asked(&self, authorize_url: &str) -> Result<DialogRequest, String> {
        let (page, query) = authorize_url.split_once('?').unwrap_or((authorize_url, ""));
        if page != self.settings.authorize_url() {
            return Err(format!("{page} is not Facebook's dialog"));
        }
        let query = Parameters::parse(query.as_bytes()).map_err(described)?;
        DialogRequest::read(&self.settings, &query)
    }

    /// Does what a person did at Facebook, as of `now`, and queues the callback for
    /// [`Self::take_webhooks`].
    pub fn notify(&self, now: Timestamp, kind: FacebookCallback, person: &str) {
        self.state.lock().notify(&self.settings, now, kind, person);
    }

    /// A callback about the person with this id as of `now`, in the mode of the knobs. The caller
    /// delivers it: it is not queued, and nothing changes at Facebook.
    #[must_use]
    pub fn callback(&self, now: Timestamp, kind: FacebookCallback, user_id: &str) -> Webhook {
        self.state.lock().callback(now, kind, user_id).request(0, &self.settings)
    }

    /// The callbacks that are due at `now`, oldest first. Each is returned once; the caller
    /// reports its delivery to [`Self::webhook_answered`].
    #[must_use]
    pub fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        self.state.lock().deliveries.take(now, |id, callback| callback.request(id, &self.settings))
    }

    /// Whether the delivery of a callback was answered with a 2xx. The fake repeats a failed one
    /// with growing pauses.
    pub fn webhook_answered(&self, id: u64, delivered: bool) {
        self.state.lock().deliveries.answered(id, delivered, |_| callbacks::PAUSES_S);
    }

    /// Sends every delivered callback again. Returns their number.
    pub fn resend(&self, now: Timestamp) -> usize {
        self.state.lock().deliveries.resend(now)
    }

    /// Turns knobs.
    pub fn knobs(&self, turn: impl FnOnce(&mut FacebookKnobs)) {
        turn(&mut self.state.lock().knobs);
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> FacebookCounts {
        self.state.lock().counts
    }

    /// Whether our app has the authorization of a person.
    #[must_use]
    pub fn is_authorized(&self, person: &str) -> bool {
        self.state.lock().people.contains_key(person)
    }
}

fn described(fault: ParameterFault) -> String {
    match fault {
        ParameterFault::NoForm => "The dialog sends a form.".to_owned(),
        ParameterFault::Repeated(name) => format!("The parameter {name} is repeated."),
    }
}

/// The person that the form of the dialog describes.
fn profile(person: &str, form: &Parameters) -> FacebookProfile {
    let profile = FacebookProfile::new(person);
    let profile = match form.get("name") {
        Some(name) => profile.named(name),
        None => profile,
    };
    match form.text("email") {
        "none" => profile.without_email(),
        "withhold" => profile.withholding_email(),
        _ => profile,
    }
}

/// A picture of a person, which anybody may read who knows its address.
fn profile_picture(request: &Request<Bytes>) -> Response<Bytes> {
    let query = Parameters::of_query(request).unwrap_or_default();
    let side = |name: &str| query.text(name).parse::<usize>().unwrap_or(64).clamp(64, 512);
    let size = PictureSize { width: side("width"), height: side("height") };
    let mut answer = Response::new(Bytes::from(png("", size, query.text("asid").parse().unwrap_or_default(), None)));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    answer
}

impl Fake for FakeFacebook {
    fn clock(&self) -> &FakeClock {
        &self.settings.clock
    }

    fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        Self::handle(self, now, request)
    }

    fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        Self::take_webhooks(self, now)
    }

    fn webhook_answered(&self, id: u64, delivered: bool) {
        Self::webhook_answered(self, id, delivered);
    }
}
