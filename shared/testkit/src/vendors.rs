//! The partners, in process.

use crate::{
    Fault, World,
    seam::{Answer, Service},
    world::locked,
};
use bytes::Bytes;
use futures_util::stream;
use http::Response;
use kernel::BoxFuture;
use net::{Body, Failure, Request, Transport};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// A partner's side of HTTP. Closures and state machines behind a mutex are partners.
pub trait Partner: Send + Sync {
    /// Answers one request. Called once for each request that arrives.
    fn handle(&self, request: Request) -> Response<Bytes>;
}

impl<F> Partner for F
where
    F: Fn(Request) -> Response<Bytes> + Send + Sync,
{
    fn handle(&self, request: Request) -> Response<Bytes> {
        self(request)
    }
}

/// The partners by host.
pub(crate) type Vendors = BTreeMap<String, Arc<dyn Partner>>;

impl World {
    /// Lets `partner` answer for `host` (with the port, where it has one).
    pub fn register(&self, host: &str, partner: impl Partner + 'static) {
        self.vendors().insert(host.to_owned(), Arc::new(partner));
    }

    /// Lets a state machine answer for `hosts` and gives the handle to look at it.
    pub fn register_state<S: Send + 'static>(
        &self,
        hosts: &[&str],
        state: S,
        handle: impl Fn(&mut S, Request) -> Response<Bytes> + Send + Sync + Clone + 'static,
    ) -> Arc<Mutex<S>> {
        let state = Arc::new(Mutex::new(state));
        for host in hosts {
            let (state, handle) = (state.clone(), handle.clone());
            self.register(host, move |request| handle(&mut locked(&state), request));
        }
        state
    }
}

struct Asked {
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
        Self { partner, request, name }
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
        self.partner.handle(self.request.clone())
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
                Answer::Whole(response) => Ok(response.map(Body::from)),
                Answer::Cut(response) => Ok(response.map(|body| {
                    let half = body.slice(..body.len() / 2);
                    Body::new(stream::iter([Ok(half), Err(Failure::AnswerLost("cut (injected)".to_owned()))]))
                })),
                Answer::Refused => Err(Failure::NotSent("connection refused (injected)".to_owned())),
                Answer::Lost => Err(Failure::AnswerLost("connection reset by peer (injected)".to_owned())),
            }
        })
    }
}
