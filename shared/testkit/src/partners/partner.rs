//! A partner's side of HTTP.

use bytes::Bytes;
use http::Response;
use kernel::Timestamp;
use local::fakes::{Fake, PartnerProtocol};
use net::Request;
use std::{collections::BTreeMap, sync::Arc};

/// The base URL of the world's Apple, which is also its issuer.
pub const APPLE_ISSUER: &str = "https://appleid.apple.test";

/// The base URL of the world's Graph API, without a version.
pub const FACEBOOK_GRAPH: &str = "https://graph.facebook.test";

/// The base URL of the world's Facebook for people.
pub const FACEBOOK_SITE: &str = "https://www.facebook.test";

/// The base URL of the world's Black Forest Labs.
pub const BFL_API: &str = "https://api.bfl.test/v1";

/// The base URL of the world's fal, with its keys and its platform API.
pub const FAL_API: &str = "https://queue.fal.test";

/// The base URL of the world's Replicate.
pub const REPLICATE_API: &str = "https://api.replicate.test/v1";

/// The base URL of the world's Stripe, with its hosted pages.
pub const STRIPE_API: &str = "https://api.stripe.test";

/// A partner's side of HTTP. Closures and the fakes of the local platform are partners.
///
/// A partner must not hold the world itself: neither would ever be freed.
pub trait Partner: Send + Sync {
    /// Answers one request as of `now`. Called once for each request that arrives.
    fn handle(&self, now: Timestamp, request: Request) -> Response<Bytes>;
}

impl<F> Partner for F
where
    F: Fn(Request) -> Response<Bytes> + Send + Sync,
{
    fn handle(&self, _: Timestamp, request: Request) -> Response<Bytes> {
        self(request)
    }
}

impl<P: PartnerProtocol> Partner for Fake<P> {
    fn handle(&self, now: Timestamp, request: Request) -> Response<Bytes> {
        Self::handle(self, now, request)
    }
}

/// The partners by host.
pub(crate) type Partners = BTreeMap<String, Arc<dyn Partner>>;
