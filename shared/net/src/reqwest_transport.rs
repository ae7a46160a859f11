//! The transport of functions: reqwest over rustls with ring.

use crate::{
    client::Http,
    failure::RequestFailure,
    guard::public_address,
    transport::{Body, Request, Response, Transport},
};
use futures_util::StreamExt;
use kernel::BoxFuture;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{error::Error as StdError, net::SocketAddr, sync::Arc, time::Duration};

/// Longest time to connect. Every partner accepts a connection sooner; a shorter limit would fail
/// on a congested network.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest silence within an answer. No partner pauses for so long; with a longer limit a stalled
/// download could use up the function's own timeout.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// The client for partners: TLS 1.2 or 1.3 by ring, bundled web roots, no redirects, no proxy,
/// no retries. Names resolve to public addresses only.
///
/// # Errors
/// When TLS cannot be set up, which is a fault of the build.
pub fn vendors() -> Result<Http, Box<dyn StdError + Send + Sync>> {
    let roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(PublicNames))
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .user_agent("Cinemaxsai/1 (+https://cinemaxsai.com)")
        .build()?;
    Ok(Http::new(Client(client)))
}

struct Client(reqwest::Client);

impl Transport for Client {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        Box::pin(async move {
            let request = request.map(reqwest::Body::from);
            let request = reqwest::Request::try_from(request).map_err(|e| RequestFailure::NotSent(chain(&e)))?;
            let answer = self.0.execute(request).await.map_err(failure)?;
            let (parts, body) = http::Response::<reqwest::Body>::from(answer).into_parts();
            let chunks = http_body_stream(body).map(|chunk| chunk.map_err(failure));
            Ok(Response::from_parts(parts, Body::new(chunks)))
        })
    }
}

fn http_body_stream(
    body: reqwest::Body,
) -> impl futures_util::Stream<Item = Result<bytes::Bytes, reqwest::Error>> + Send {
    reqwest::Response::from(http::Response::new(body)).bytes_stream()
}

fn failure(error: reqwest::Error) -> RequestFailure {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() {
        RequestFailure::NotSent(chain(&error))
    } else {
        RequestFailure::AnswerLost(chain(&error))
    }
}

/// The error with its causes. [`failure`] has removed the URL, because it may carry tokens.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Resolves names to public addresses only. Literal addresses are not resolved: the operator
/// configures them, or `Destination` checks them.
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public = public_ones(found);
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            // The client connects to these addresses and does not resolve the name again.
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// The public addresses among those of a name. A name with public and special addresses keeps its
/// public ones: a forged answer of DNS gains nothing by adding them.
fn public_ones(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    found.filter(|found| public_address(found.ip())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn only_the_public_addresses_of_a_mixed_answer_are_used() {
        let found = ["127.0.0.1:0", "8.8.8.8:0", "[::1]:0", "[::ffff:10.0.0.1]:0", "[2606:4700::1111]:0"];
        let public = public_ones(found.iter().map(|address| address.parse().unwrap()));
        assert_eq!(public, ["8.8.8.8:0", "[2606:4700::1111]:0"].map(|address| address.parse().unwrap()));
    }

    /// The check of the URL admits the name; the resolver refuses its address.
    #[tokio::test]
    async fn a_name_that_resolves_to_a_special_address_is_not_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for name in ["localhost", "localhost."] {
            let request = http::Request::get(format!("http://{name}:{port}/")).body(bytes::Bytes::new()).unwrap();
            let answer = vendors().unwrap().stream(request).await;
            assert!(matches!(answer, Err(RequestFailure::NotSent(_))), "{name}: {answer:?}");
        }
        assert!(listener.accept().is_err(), "no connection may be made");
    }
}
