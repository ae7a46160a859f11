//! The common part of all fakes: shared state, knobs, counts, and webhooks that wait.
//! [`PartnerProtocol`] is the part that differs.

use super::{
    clock::FakeClock,
    deliveries::{Deliveries, Webhook},
    shared::SharedState,
};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use std::{
    fmt::Debug,
    sync::{Arc, MutexGuard},
};

/// One partner's protocol.
pub trait PartnerProtocol: Debug + Sized + 'static {
    /// The settings of the fake.
    type Settings: Debug + Send + Sync;

    /// Everything that the fake remembers.
    #[doc(hidden)]
    type State: Debug + Default + Send;

    /// The settings that make the fake misbehave.
    type Knobs;

    /// The events so far, for tests that count.
    type Counts: Copy;

    /// A webhook that is not signed yet.
    #[doc(hidden)]
    type Message: Clone;

    /// The clock in the settings.
    fn clock(settings: &Self::Settings) -> &FakeClock;

    /// The parts of the state that every fake has.
    #[doc(hidden)]
    fn parts(state: &mut Self::State) -> StateParts<'_, Self>;

    /// Moves everything in the state to its status at `now`, and queues the webhooks of the changes.
    #[doc(hidden)]
    fn advance(_settings: &Self::Settings, _state: &mut Self::State, _now: Timestamp) {}

    /// The time when [`Self::advance`] next has something to move.
    #[doc(hidden)]
    fn next_move(_state: &Self::State) -> Option<Timestamp> {
        None
    }

    /// Answers one request as of `now`. The state is advanced.
    #[doc(hidden)]
    fn respond(
        settings: &Self::Settings,
        state: &mut Self::State,
        now: Timestamp,
        request: &Request<Bytes>,
    ) -> Response<Bytes>;

    /// Takes the webhooks that are due at `now`, oldest first, and signs them. The state is advanced.
    #[doc(hidden)]
    fn due(settings: &Self::Settings, state: &mut Self::State, now: Timestamp) -> Vec<Webhook>;

    /// Pauses before a webhook is sent again, in seconds.
    #[doc(hidden)]
    fn pauses(message: &Self::Message) -> &'static [i64];

    /// Queues webhooks of before again. Returns their number.
    #[doc(hidden)]
    fn resend(state: &mut Self::State, now: Timestamp) -> usize {
        Self::parts(state).deliveries.resend(now)
    }

    /// The answer to a request that [`HoldOpen`](super::response::HoldOpen) held, once its job has ended. The state
    /// is advanced.
    #[doc(hidden)]
    fn finished(_settings: &Self::Settings, _state: &mut Self::State, _job: &str) -> Option<Response<Bytes>> {
        None
    }
}

/// The parts of a state that every fake has.
pub struct StateParts<'a, P: PartnerProtocol> {
    pub(super) knobs: &'a mut P::Knobs,
    pub(super) counts: P::Counts,
    pub(super) deliveries: &'a mut Deliveries<P::Message>,
}

/// A fake of a partner. [`serve`](super::server::serve) puts one on a socket. Cheap to clone; clones share their
/// state. Every function gets the time as an argument, and does no I/O.
#[derive(Debug)]
pub struct Fake<P: PartnerProtocol> {
    pub(super) settings: Arc<P::Settings>,
    pub(super) state: SharedState<P::State>,
}

impl<P: PartnerProtocol> Clone for Fake<P> {
    fn clone(&self) -> Self {
        Self { settings: self.settings.clone(), state: self.state.clone() }
    }
}

impl<P: PartnerProtocol> Fake<P> {
    /// A fake to which nothing has happened, with every knob at its default.
    #[must_use]
    pub fn new(settings: P::Settings) -> Self {
        Self { settings: Arc::new(settings), state: SharedState::default() }
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &P::Settings {
        &self.settings
    }

    /// Turns knobs.
    pub fn knobs(&self, turn: impl FnOnce(&mut P::Knobs)) {
        turn(P::parts(&mut self.state.lock()).knobs);
    }

    /// The counts so far. Nothing resets them.
    #[must_use]
    pub fn counts(&self) -> P::Counts {
        P::parts(&mut self.state.lock()).counts
    }

    /// Answers one request as of `now`. The caller must respect the extensions of the answer.
    #[must_use]
    pub fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes> {
        P::respond(&self.settings, &mut self.advanced(now), now, &request)
    }

    /// The webhooks that are due at `now`, oldest first. Each is returned once; the caller reports its delivery to
    /// [`Self::webhook_answered`].
    #[must_use]
    pub fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook> {
        P::due(&self.settings, &mut self.advanced(now), now)
    }

    /// Whether the delivery of a webhook was answered with a 2xx. A failed delivery is repeated with growing pauses,
    /// if the partner repeats it.
    pub fn webhook_answered(&self, id: u64, delivered: bool) {
        P::parts(&mut self.state.lock()).deliveries.answered(id, delivered, P::pauses);
    }

    /// Sends every delivered webhook again, as delivery at least once allows. The fake Stripe sends every event so
    /// far, as Stripe's dashboard can. Returns their number.
    pub fn resend(&self, now: Timestamp) -> usize {
        P::resend(&mut self.state.lock(), now)
    }

    /// The time of the next event: something changes its status or a webhook is due. For a simulation that jumps
    /// from event to event.
    #[must_use]
    pub fn next_event(&self) -> Option<Timestamp> {
        let mut state = self.state.lock();
        let next_move = P::next_move(&state);
        next_move.into_iter().chain(P::parts(&mut state).deliveries.next_due()).min()
    }

    /// The clock for [`serve`](super::server::serve); every other function gets the time as an argument.
    pub(super) fn clock(&self) -> &FakeClock {
        P::clock(&self.settings)
    }

    /// The answer to a request that [`HoldOpen`](super::response::HoldOpen) held, once its job has ended.
    pub(super) fn finished(&self, now: Timestamp, job: &str) -> Option<Response<Bytes>> {
        P::finished(&self.settings, &mut self.advanced(now), job)
    }

    /// The state at `now`, for one caller at a time.
    pub(super) fn advanced(&self, now: Timestamp) -> MutexGuard<'_, P::State> {
        let mut state = self.state.lock();
        P::advance(&self.settings, &mut state, now);
        state
    }
}
