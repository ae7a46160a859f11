//! The fake Apple.

use super::{
    api,
    authorize::{AppleAnswer, AppleProfile, AuthorizationRequest},
    control, keys,
    knobs::{AppleCounts, AppleKnobs},
    notices::{self, AppleEvent},
    problem::AppleProblem,
    settings::FakeAppleSettings,
    state::AppleState,
};
use crate::fakes::{
    clock::FakeClock, deliveries::Webhook, fake::Fake, shared::SharedState, sign_in::parameters::Parameters,
};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use std::sync::Arc;

/// A fake Apple with one registered client. Cheap to clone; clones share their state.
#[derive(Debug, Clone)]
pub struct FakeApple {
    settings: Arc<FakeAppleSettings>,
    state: SharedState<AppleState>,
}

impl FakeApple {
    /// A fake that nobody has authorized, with every knob at its default.
    #[must_use]
    pub fn new(settings: FakeAppleSettings) -> Self {
        Self { settings: Arc::new(settings), state: SharedState::default() }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &FakeAppleSettings {
        &self.settings
    }

    /// Answers one request as of `now`. The caller must respect the extensions of the answer.
    #[must_use]
    pub fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        let mut state = self.state.lock();
        if request.uri().path().starts_with("/_control") {
            let answer = control::answer(&self.settings, &mut state, now, &request);
            answer.unwrap_or_else(AppleProblem::into_response)
        } else {
            api::answer(&self.settings, &mut state, now, &request)
        }
    }

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

    /// The notifications that are due at `now`, oldest first. Each is returned once; the caller
    /// reports its delivery to [`Self::webhook_answered`].
    #[must_use]
    pub fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        let mut state = self.state.lock();
        let rotations = state.rotations;
        state.deliveries.take(now, |id, message| message.signed(id, now, &self.settings, rotations))
    }

    /// Whether the delivery of a notification was answered with a 2xx. The fake repeats a failed
    /// one with growing pauses.
    pub fn webhook_answered(&self, id: u64, delivered: bool) {
        self.state.lock().deliveries.answered(id, delivered, |_| notices::PAUSES_S);
    }

    /// Sends every delivered notification again. Returns their number.
    pub fn resend(&self, now: Timestamp) -> usize {
        self.state.lock().deliveries.resend(now)
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

    /// Turns knobs.
    pub fn knobs(&self, turn: impl FnOnce(&mut AppleKnobs)) {
        turn(&mut self.state.lock().knobs);
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> AppleCounts {
        self.state.lock().counts
    }

    /// Whether our service has the authorization of a person.
    #[must_use]
    pub fn is_authorized(&self, person: &str) -> bool {
        self.state.lock().authorizations.contains_key(person)
    }
}

impl Fake for FakeApple {
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
