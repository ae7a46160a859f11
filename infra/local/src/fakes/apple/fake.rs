//! The fake Apple.

use super::{
    api,
    authorize::{AppleAnswer, AppleProfile, AuthorizationRequest},
    control, keys,
    knobs::{AppleCounts, AppleKnobs},
    notices::{self, AppleEvent, AppleNotification},
    problem::AppleProblem,
    settings::FakeAppleSettings,
    state::AppleState,
};
use crate::fakes::{
    clock::FakeClock,
    deliveries::Webhook,
    fake::{Fake, PartnerProtocol, StateParts},
    sign_in::parameters::Parameters,
};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

/// The protocol of Sign in with Apple.
#[derive(Debug)]
pub struct AppleProtocol;

/// A fake Apple with one registered client. Cheap to clone; clones share their state.
pub type FakeApple = Fake<AppleProtocol>;

impl PartnerProtocol for AppleProtocol {
    type Settings = FakeAppleSettings;
    type State = AppleState;
    type Knobs = AppleKnobs;
    type Counts = AppleCounts;
    type Message = AppleNotification;

    fn clock(settings: &FakeAppleSettings) -> &FakeClock {
        &settings.clock
    }

    fn parts(state: &mut AppleState) -> StateParts<'_, Self> {
        StateParts { knobs: &mut state.knobs, counts: state.counts, deliveries: &mut state.deliveries }
    }

    fn respond(
        settings: &FakeAppleSettings,
        state: &mut AppleState,
        now: Timestamp,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        if request.uri().path().starts_with("/_control") {
            control::answer(settings, state, now, request).unwrap_or_else(AppleProblem::into_response)
        } else {
            api::answer(settings, state, now, request)
        }
    }

    fn due(settings: &FakeAppleSettings, state: &mut AppleState, now: Timestamp) -> Vec<Webhook> {
        let rotations = state.rotations;
        state.deliveries.take(now, |id, message| message.signed(id, now, settings, rotations))
    }

    fn pauses(_: &AppleNotification) -> &'static [i64] {
        notices::PAUSES_S
    }
}

impl FakeApple {
    /// The person follows `authorize_url` and authorizes us, as of `now`. Returns the form that
    /// the page posts to us. After the first time only the name of `profile` and its person
    /// count: the address stays as it was chosen.
    ///
    /// # Errors
    /// When Apple would show an error page instead; the text names the reason.
    pub fn sign_in(&self, now: Timestamp, authorize_url: &str, profile: &AppleProfile) -> Result<AppleAnswer, String> {
        let asked = self.asked(authorize_url)?;
        Ok(asked.granted(&self.settings, &mut self.state.lock(), now, profile))
    }

    /// The person follows `authorize_url` and cancels. Returns the form that the page posts to us.
    ///
    /// # Errors
    /// When Apple would show an error page instead; the text names the reason.
    pub fn cancel(&self, authorize_url: &str) -> Result<AppleAnswer, String> {
        Ok(self.asked(authorize_url)?.canceled())
    }

    fn asked(&self, authorize_url: &str) -> Result<AuthorizationRequest, String> {
        let (page, query) = authorize_url.split_once('?').unwrap_or((authorize_url, ""));
        if page != self.settings.authorize_url() {
            return Err(format!("{page} is not Apple's sign-in page"));
        }
        let query = Parameters::parse(query.as_bytes()).map_err(AppleProblem::from);
        let asked = query.and_then(|query| AuthorizationRequest::read(&self.settings, &query));
        asked.map_err(|problem| problem.to_string())
    }

    /// Does what a person did at Apple, as of `now`, and queues the notification for
    /// [`Self::take_webhooks`]. After an event that ends the authorization, the next sign-in is a
    /// first one again.
    pub fn notify(&self, now: Timestamp, event: AppleEvent, person: &str) {
        self.state.lock().notify(&self.settings, now, event, person);
    }

    /// A notification about this subject as of `now`, in the mode of the knobs. The caller
    /// delivers it: it is not queued, and nothing changes at Apple.
    #[must_use]
    pub fn notice(&self, now: Timestamp, event: AppleEvent, subject: &str) -> Webhook {
        let mut state = self.state.lock();
        let notification = state.notification(&self.settings, now, event, subject);
        notification.signed(0, now, &self.settings, state.rotations)
    }

    /// Makes the published keys, which takes a moment. Otherwise the first request that needs one
    /// waits for it.
    pub fn make_keys(&self) {
        let rotations = self.state.lock().rotations;
        let _ = keys::key_set(rotations);
    }

    /// Signs with a new key from now on. The key before is still published.
    pub fn rotate_key(&self) {
        self.state.lock().rotations += 1;
    }

    /// Whether our service has the authorization of a person.
    #[must_use]
    pub fn is_authorized(&self, person: &str) -> bool {
        self.state.lock().authorizations.contains_key(person)
    }
}
