//! HTTP to the partners, through the seam.

use crate::{
    calls::faults::Fault,
    partners::partner::Partner,
    seam::{CallResult, Service},
    state::WorldState,
};
use bytes::Bytes;
use futures_util::stream;
use http::Response;
use kernel::Timestamp;
use local::fakes::{AnswerLost, Padding};
use net::{Body, Request, RequestFailure};
use std::sync::Arc;

/// Sends requests to the partners of a world.
pub(crate) struct PartnerTransport<'a>(pub(crate) &'a WorldState);

impl PartnerTransport<'_> {
    pub(crate) async fn send(&self, request: Request) -> Result<net::Response, RequestFailure> {
        let request = PartnerRequest::new(self.0, request);
        match self.0.pass(&request).await {
            CallResult::Whole(response) if response.extensions().get::<AnswerLost>().is_some() => Err(lost()),
            CallResult::Whole(response) => Ok(whole(response)),
            CallResult::Cut(response) => Ok(response.map(|body| broken(body.slice(..body.len() / 2)))),
            CallResult::Refused => Err(RequestFailure::NotSent("connection refused (injected)".to_owned())),
            CallResult::Lost => Err(lost()),
        }
    }
}

struct PartnerRequest {
    now: Timestamp,
    partner: Arc<dyn Partner>,
    request: Request,
    name: String,
}

impl PartnerRequest {
    fn new(state: &WorldState, request: Request) -> Self {
        let uri = request.uri();
        let host = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let name = format!("http.{} {host}{}", request.method(), uri.path());
        let Some(partner) = state.partners().get(host).cloned() else {
            state.violated(&format!("{name}: no partner answers for this host: use World::register"));
        };
        Self { now: state.now(), partner, request, name }
    }
}

impl Service for PartnerRequest {
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

fn whole(response: Response<Bytes>) -> net::Response {
    let padding = Padding::of(&response);
    let end = is_short(&response, padding).then(|| Err(lost()));
    response.map(|body| Body::new(stream::iter([body].into_iter().chain(padding.pieces()).map(Ok).chain(end))))
}

fn lost() -> RequestFailure {
    RequestFailure::AnswerLost("connection reset by peer (injected)".to_owned())
}

/// Whether a fake announces more bytes than it sends: a connection that breaks midway.
fn is_short(response: &Response<Bytes>, padding: Padding) -> bool {
    let announced = response.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    announced.is_some_and(|announced: u64| announced > response.body().len() as u64 + padding.0)
}

fn broken(bytes: Bytes) -> Body {
    Body::new(stream::iter([Ok(bytes), Err(lost())]))
}
