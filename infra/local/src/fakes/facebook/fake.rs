//! The fake Facebook.

use super::{
    callbacks::{self, FacebookCallback, SignedCallback},
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
    fake::{Fake, PartnerProtocol, StateParts},
    media::picture::{PictureSize, png},
    sign_in::parameters::{ParameterFault, Parameters},
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use jiff::Timestamp;

/// The protocol of Facebook Login.
#[derive(Debug)]
pub struct FacebookProtocol;

/// A fake Facebook with one registered app. Cheap to clone; clones share their state.
pub type FakeFacebook = Fake<FacebookProtocol>;

impl PartnerProtocol for FacebookProtocol {
    type Settings = FakeFacebookSettings;
    type State = FacebookState;
    type Knobs = FacebookKnobs;
    type Counts = FacebookCounts;
    type Message = SignedCallback;

    fn clock(settings: &FakeFacebookSettings) -> &FakeClock {
        &settings.clock
    }

    fn parts(state: &mut FacebookState) -> StateParts<'_, Self> {
        StateParts { knobs: &mut state.knobs, counts: state.counts, deliveries: &mut state.deliveries }
    }

    fn respond(
        settings: &FakeFacebookSettings,
        state: &mut FacebookState,
        now: Timestamp,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        let path = request.uri().path();
        if path.starts_with("/_control") {
            let answer = control::answer(settings, state, now, request);
            answer.unwrap_or_else(|problem| problem.into_response("control"))
        } else if path.starts_with("/platform/profilepic/") {
            profile_picture(request)
        } else if path == format!("/{GRAPH_VERSION}/dialog/oauth") {
            dialog(settings, state, now, request)
        } else {
            graph::answer(settings, state, now, request)
        }
    }

    fn due(settings: &FakeFacebookSettings, state: &mut FacebookState, now: Timestamp) -> Vec<Webhook> {
        state.deliveries.take(now, |id, callback| callback.request(id, settings))
    }

    fn pauses(_: &SignedCallback) -> &'static [i64] {
        callbacks::PAUSES_S
    }
}

impl FakeFacebook {
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

    /// Whether our app has the authorization of a person.
    #[must_use]
    pub fn is_authorized(&self, person: &str) -> bool {
        self.state.lock().people.contains_key(person)
    }
}

/// The dialog, and its buttons: each is a form that posts to the address of the dialog.
fn dialog(
    settings: &FakeFacebookSettings,
    state: &mut FacebookState,
    now: Timestamp,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    let asked = Parameters::of_query(request).map_err(described);
    let asked = match asked.and_then(|query| DialogRequest::read(settings, &query)) {
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
