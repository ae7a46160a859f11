//! The one origin: a proxy in front of the HTTP API and of the platform's own API.
//!
//! MiniStack finds the HTTP API by its host name, which no browser resolves. So the proxy
//! puts that name into each request, and adds the headers of API Gateway.

use super::{
    control,
    forward::{self, Forwarder, ProxyResponse},
    schedules::PlatformClock,
};
use crate::error::LocalError;
use http::{HeaderName, HeaderValue, Request, header};
use http_body_util::Either;
use hyper::body::Incoming;
use std::{net::IpAddr, sync::Arc};
use tokio::net::TcpListener;

/// A proxy to the HTTP API.
#[derive(Debug)]
pub struct ApiProxy {
    host: HeaderValue,
    cloud: Forwarder,
}

impl ApiProxy {
    /// A proxy to the API with this id at this MiniStack.
    ///
    /// # Errors
    /// When the id cannot be part of a host name.
    pub fn new(endpoint: &str, id: &str) -> Result<Self, LocalError> {
        let host = HeaderValue::try_from(format!("{id}.execute-api.localhost"));
        Ok(Self { host: host.map_err(LocalError::during("the API's id"))?, cloud: Forwarder::new(endpoint) })
    }

    async fn forward(&self, request: Request<Incoming>, peer: IpAddr) -> ProxyResponse {
        self.cloud.forward(self.rewritten(request, peer)).await
    }

    fn rewritten<B>(&self, mut request: Request<B>, peer: IpAddr) -> Result<Request<B>, http::Error> {
        let headers = request.headers_mut();
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
    let answer = move |request: Request<Incoming>, peer| {
        let (api, time) = (Arc::clone(&api), time.clone());
        async move {
            match request.uri().path().starts_with(control::PREFIX) {
                true => control::answer(&time, request).await.map(Either::Right),
                false => api.forward(request, peer).await,
            }
        }
    };
    forward::serve(listener, answer).await;
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
        let request = api.rewritten(request, IpAddr::from([127, 0, 0, 1]));
        let request = request.and_then(|request| api.cloud.addressed(request)).unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:4000/v1/x?a=1&a=2&b=%20");
        assert_eq!(request.headers()["host"], "0a1b2c3d.execute-api.localhost");
        assert_eq!(request.headers()["cookie"], "one=1; two=2");
        assert_eq!(request.headers()["x-forwarded-for"], "192.0.2.1, 127.0.0.1");
        assert!(!request.headers().contains_key("connection"));
    }
}
