//! Forwarding requests to MiniStack. Bodies stream in both directions.

use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{Either, Full};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use std::{convert::Infallible, net::IpAddr};
use tokio::{net::TcpListener, task::JoinSet};

/// Headers of one connection, which a proxy must not forward (RFC 9110 §7.6.1).
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The answer of a proxy: that of MiniStack, or its own.
pub type ProxyResponse = Response<Either<Incoming, Full<Bytes>>>;

/// A client that sends requests on to MiniStack.
#[derive(Debug)]
pub struct Forwarder {
    authority: String,
    client: Client<HttpConnector, Incoming>,
}

impl Forwarder {
    /// A client for the MiniStack at this address.
    #[must_use]
    pub fn new(endpoint: &str) -> Self {
        Self {
            authority: endpoint.trim_start_matches("http://").to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends a request on, with its headers, and returns the answer. A failure is 502.
    pub async fn forward(&self, request: Result<Request<Incoming>, http::Error>) -> ProxyResponse {
        let answer = match request.and_then(|request| self.addressed(request)) {
            Ok(request) => self.client.request(request).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match answer {
            Ok(mut answer) => {
                strip_hop_by_hop(answer.headers_mut());
                answer.map(Either::Left)
            }
            Err(error) => own_answer(StatusCode::BAD_GATEWAY, format!("the local platform does not answer: {error}\n")),
        }
    }

    /// The same request to MiniStack, without the headers of the connection.
    pub fn addressed<B>(&self, mut request: Request<B>) -> Result<Request<B>, http::Error> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() =
            Uri::builder().scheme("http").authority(self.authority.as_str()).path_and_query(path).build()?;
        strip_hop_by_hop(request.headers_mut());
        Ok(request)
    }
}

/// An answer of the proxy itself.
pub fn own_answer(status: StatusCode, text: String) -> ProxyResponse {
    let mut answer = Response::new(Either::Right(Full::from(text)));
    *answer.status_mut() = status;
    answer
}

/// Answers requests until the future is dropped, which also ends those under way.
pub async fn serve<F>(
    listener: TcpListener,
    answer: impl Fn(Request<Incoming>, IpAddr) -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = ProxyResponse> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((socket, peer)) = listener.accept() => {
                let answer = answer.clone();
                connections.spawn(async move {
                    let service = service_fn(|request| {
                        let answered = answer(request, peer.ip());
                        async move { Ok::<_, Infallible>(answered.await) }
                    });
                    // A client may close its connection at any time.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(*name);
    }
}
