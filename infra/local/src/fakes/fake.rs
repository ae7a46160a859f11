//! The interface that all fakes have in common.

use super::{clock::FakeClock, deliveries::Webhook};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

/// A fake of a partner. [`serve`](super::server::serve) puts one on a socket. Cheap to
/// clone; clones share their state.
pub trait Fake: Clone + Send + Sync + 'static {
    /// The clock for [`serve`](super::server::serve); every other function gets the time as
    /// an argument.
    fn clock(&self) -> &FakeClock;

    /// Answers one request as of `now`. The caller must respect the extensions of the
    /// answer.
    fn handle(&self, now: Timestamp, request: Request<Bytes>) -> Response<Bytes>;

    /// The webhooks that are due at `now`, oldest first. Each is returned once; the caller
    /// reports its delivery to [`Self::webhook_answered`].
    fn take_webhooks(&self, now: Timestamp) -> Vec<Webhook>;

    /// Whether the delivery of a webhook was answered with a 2xx. A failed delivery is
    /// repeated with growing pauses, if the partner repeats it.
    fn webhook_answered(&self, id: u64, delivered: bool);

    /// The answer to a request that [`HoldOpen`](super::response::HoldOpen) held, once its
    /// job has ended.
    fn finished(&self, _now: Timestamp, _job: &str) -> Option<Response<Bytes>> {
        None
    }
}
