//! The one origin: a proxy in front of the HTTP API and of the platform's own API.
//!
//! MiniStack finds the HTTP API by its host name, which no browser resolves. So the proxy
//! puts that name into each request, and adds the headers of API Gateway. Bodies stream in
//! both directions.

use super::{control, schedules::PlatformClock};
use crate::error::LocalError;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
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
use std::{convert::Infallible, net::IpAddr, sync::Arc};
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

/// A proxy to the HTTP API.
#[derive(Debug)]
pub struct ApiProxy {
    authority: String,
    host: HeaderValue,
    client: Client<HttpConnector, Incoming>,
}

type ProxyResponse = Response<Either<Incoming, Full<Bytes>>>;

impl ApiProxy {
    /// A proxy to the API with this id at this MiniStack.
    ///
    /// # Errors
    /// When the id cannot be part of a host name.
    pub fn new(endpoint: &str, id: &str) -> Result<Self, LocalError> {
        Ok(Self {
            authority: endpoint.trim_start_matches("http://").to_owned(),
            host: HeaderValue::try_from(format!("{id}.execute-api.localhost"))
                .map_err(LocalError::during("the API's id"))?,
            client: Client::builder(TokioExecutor::new()).build_http(),
        })
    }

    async fn forward(&self, request: Request<Incoming>, peer: IpAddr) -> ProxyResponse {
        let answer = match self.rewritten(request, peer) {
            Ok(request) => self.client.request(request).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match answer {
            Ok(mut answer) => {
                strip_hop_by_hop(answer.headers_mut());
                answer.map(Either::Left)
            }
            Err(error) => {
                let text = format!("the local platform does not answer: {error}\n");
                let mut answer = Response::new(Either::Right(Full::from(text)));
                *answer.status_mut() = StatusCode::BAD_GATEWAY;
                answer
            }
        }
    }

    fn rewritten<B>(&self, mut request: Request<B>, peer: IpAddr) -> Result<Request<B>, http::Error> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() =
            Uri::builder().scheme("http").authority(self.authority.as_str()).path_and_query(path).build()?;
        let headers = request.headers_mut();
        strip_hop_by_hop(headers);
        headers.insert(header::HOST, self.host.clone());
        let forwarded = HeaderName::from_static("x-forwarded-for");
        let mut via: Vec<String> =
            headers.get_all(&forwarded).iter().filter_map(|hop| hop.to_str().ok()).map(str::to_owned).collect();
        via.push(peer.to_string());
        headers.insert(forwarded, HeaderValue::try_from(via.join(", "))?);
        headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
        Ok(request)
    }
}

/// Serves until the future is dropped, which also ends the requests under way.
pub async fn serve(listener: TcpListener, api: ApiProxy, time: PlatformClock) {
    let api = Arc::new(api);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((socket, peer)) = listener.accept() => {
                let (api, time) = (Arc::clone(&api), time.clone());
                connections.spawn(async move {
                    let service = service_fn(|request: Request<Incoming>| async {
                        Ok::<_, Infallible>(match request.uri().path().starts_with(control::PREFIX) {
                            true => control::answer(&time, request).await.map(Either::Right),
                            false => api.forward(request, peer.ip()).await,
                        })
                    });
                    // A browser may close its connection at any time.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_everything_but_its_host_and_the_connection_headers() {
        let api = ApiProxy::new("http://127.0.0.1:4000", "0a1b2c3d").unwrap();
        let request = Request::post("/v1/x?a=1&a=2&b=%20")
            .header("host", "127.0.0.1:8080")
            .header("cookie", "one=1; two=2")
            .header("connection", "keep-alive")
            .header("x-forwarded-for", "192.0.2.1")
            .body(())
            .unwrap();
        let request = api.rewritten(request, IpAddr::from([127, 0, 0, 1])).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:4000/v1/x?a=1&a=2&b=%20");
        assert_eq!(request.headers()["host"], "0a1b2c3d.execute-api.localhost");
        assert_eq!(request.headers()["cookie"], "one=1; two=2");
        assert_eq!(request.headers()["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
        assert!(!request.headers().contains_key("connection"));
    }
}
