//! The partners, in process.

use crate::{
    Fault, PUBLIC_ORIGIN, World,
    seam::{Answer, Service},
};
use bytes::Bytes;
use futures_util::stream;
use http::Response;
use kernel::{BoxFuture, Timestamp};
use local::fakes::{
    AnswerLost, Bfl, BflSettings, Fake, Fal, FalSettings, Padding, Replicate, ReplicateSettings, Stripe, StripeSettings,
};
use net::{Body, Failure, Request, Transport};
use std::{collections::BTreeMap, sync::Arc};

/// Where the world's Black Forest Labs is.
pub const BFL_API: &str = "https://api.bfl.test/v1";

/// Where the world's fal is, with its keys and its platform API.
pub const FAL_API: &str = "https://queue.fal.test";

/// Where the world's Replicate is.
pub const REPLICATE_API: &str = "https://api.replicate.test/v1";

/// Where the world's Stripe is, with its hosted pages.
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

impl Partner for Bfl {
    fn handle(&self, now: Timestamp, request: Request) -> Response<Bytes> {
        Fake::handle(self, now, request)
    }
}

impl Partner for Fal {
    fn handle(&self, now: Timestamp, request: Request) -> Response<Bytes> {
        Fake::handle(self, now, request)
    }
}

impl Partner for Replicate {
    fn handle(&self, now: Timestamp, request: Request) -> Response<Bytes> {
        Self::handle(self, now, request)
    }
}

impl Partner for Stripe {
    fn handle(&self, now: Timestamp, request: Request) -> Response<Bytes> {
        Self::handle(self, now, request)
    }
}

/// The partners by host.
pub(crate) type Vendors = BTreeMap<String, Arc<dyn Partner>>;

impl World {
    /// Lets `partner` answer for `host` (with the port, where it has one).
    pub fn register(&self, host: &str, partner: impl Partner + 'static) {
        self.vendors().insert(host.to_owned(), Arc::new(partner));
    }

    /// Lets a fake Black Forest Labs answer below [`BFL_API`], which is also where its
    /// output files are. Its key is kept as a secret. Deliver what its
    /// `take_webhooks(world.now())` hands out.
    pub fn bfl(&self) -> Bfl {
        let base = BFL_API.trim_end_matches("/v1");
        let bfl = Bfl::new(BflSettings::new(base));
        self.put_secret("bfl-api-key", &bfl.settings().api_key);
        self.register(base.trim_start_matches("https://"), bfl.clone());
        bfl
    }

    /// Lets a fake fal answer at [`FAL_API`], which is also where its output files, its
    /// published keys and its platform API are. Its key is kept as a secret. Deliver what
    /// its `take_webhooks(world.now())` hands out.
    pub fn fal(&self) -> Fal {
        let fal = Fal::new(FalSettings::new(FAL_API));
        self.put_secret("fal-api-key", &fal.settings().api_key);
        self.register(FAL_API.trim_start_matches("https://"), fal.clone());
        fal
    }

    /// Lets a fake Replicate answer below [`REPLICATE_API`], which is also where its
    /// output files are. Its token and webhook secret are kept as secrets. Deliver what
    /// its `take_webhooks(world.now())` hands out.
    pub fn replicate(&self) -> Replicate {
        let base = REPLICATE_API.trim_end_matches("/v1");
        let replicate = Replicate::new(ReplicateSettings::new(base));
        self.put_secret("replicate-api-token", &replicate.settings().api_token);
        self.put_secret("replicate-webhook-secret", &replicate.settings().webhook_secret);
        self.register(base.trim_start_matches("https://"), replicate.clone());
        replicate
    }

    /// Lets a fake Stripe answer at [`STRIPE_API`]. Its key and webhook secret are kept as
    /// secrets. Press "Pay" with its `pay`, and deliver what its
    /// `take_webhooks(world.now())` hands out.
    pub fn stripe(&self) -> Stripe {
        let webhook_url = format!("{PUBLIC_ORIGIN}/v1/webhooks/stripe");
        let stripe = Stripe::new(StripeSettings::new(STRIPE_API, webhook_url));
        self.put_secret("stripe-secret-key", &stripe.settings().secret_key);
        self.put_secret("stripe-webhook-secret", &stripe.settings().webhook_secret);
        self.register(STRIPE_API.trim_start_matches("https://"), stripe.clone());
        stripe
    }
}

struct Asked {
    now: Timestamp,
    partner: Arc<dyn Partner>,
    request: Request,
    name: String,
}

impl Asked {
    fn new(world: &World, request: Request) -> Self {
        let uri = request.uri();
        let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let name = format!("http.{} {host}{}", request.method(), uri.path());
        let Some(partner) = world.vendors().get(host).cloned() else {
            world.violated(&format!("{name}: no partner answers for this host: use World::register"));
        };
        Self { now: world.now(), partner, request, name }
    }
}

impl Service for Asked {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn special(&self) -> Vec<Fault> {
        vec![Fault::BodyCut]
    }

    fn apply(&self, _: Option<Fault>) -> Response<Bytes> {
        self.partner.handle(self.now, self.request.clone())
    }

    fn refuse(&self, fault: Fault) -> Response<Bytes> {
        let response = match fault {
            Fault::Throttled => Response::builder().status(429).header("retry-after", "1"),
            _ => Response::builder().status(500),
        };
        let body = Bytes::from_static(br#"{"detail":"injected"}"#);
        response.header("content-type", "application/json").body(body).expect("the answer is well formed")
    }
}

impl Transport for World {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<net::Response, Failure>> {
        Box::pin(async move {
            let asked = Asked::new(self, request);
            match self.pass(&asked).await {
                Answer::Whole(response) if response.extensions().get::<AnswerLost>().is_some() => Err(lost()),
                Answer::Whole(response) => Ok(whole(response)),
                Answer::Cut(response) => Ok(response.map(|body| broken(body.slice(..body.len() / 2)))),
                Answer::Refused => Err(Failure::NotSent("connection refused (injected)".to_owned())),
                Answer::Lost => Err(lost()),
            }
        })
    }
}

fn whole(response: Response<Bytes>) -> net::Response {
    let padding = Padding::of(&response);
    let end = is_short(&response, padding).then(|| Err(lost()));
    response.map(|body| Body::new(stream::iter([body].into_iter().chain(padding.pieces()).map(Ok).chain(end))))
}

fn lost() -> Failure {
    Failure::AnswerLost("connection reset by peer (injected)".to_owned())
}

/// Whether a fake announces more bytes than it sends: a connection that breaks midway.
fn is_short(response: &Response<Bytes>, padding: Padding) -> bool {
    let announced = response.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    announced.is_some_and(|announced: u64| announced > response.body().len() as u64 + padding.0)
}

fn broken(bytes: Bytes) -> Body {
    Body::new(stream::iter([Ok(bytes), Err(lost())]))
}
