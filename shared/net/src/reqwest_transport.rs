//! The real client.

use crate::{Body, Failure, Http, Request, Response, Transport, public_address};
use futures_util::StreamExt;
use kernel::BoxFuture;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{error::Error as StdError, net::SocketAddr, sync::Arc, time::Duration};

/// Longer than any partner needs to accept a connection; shorter would fail on a
/// congested path.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// No partner is silent for so long within one answer. Longer would let a stalled
/// download eat the function's own timeout.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// The client for partners: TLS 1.2 or 1.3 by ring, the bundled web roots, no
/// redirects, no proxy, no retry. Names resolve to public addresses only.
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
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(async move {
            let request = request.map(reqwest::Body::from);
            let request = reqwest::Request::try_from(request).map_err(|e| Failure::NotSent(chain(&e)))?;
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

fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if error.is_connect() || error.is_builder() {
        Failure::NotSent(chain(&error))
    } else {
        Failure::AnswerLost(chain(&error))
    }
}

/// The error with its causes. URLs are taken off: they may carry tokens.
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

/// Resolves names to public addresses only. Literal addresses never come here; those
/// are either configured by the operator or checked by `Destination`.
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public = public_ones(found);
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            // These very addresses are connected to: nobody asks again what the name means.
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// The public ones of a name's addresses. One that also has others loses those alone: whoever
/// answers for a name could leave the public ones out as well, and gains nothing by them.
fn public_ones(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    found.filter(|found| public_address(found.ip())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn of_a_mixed_answer_only_the_public_addresses_are_connected_to() {
        let found = ["127.0.0.1:0", "8.8.8.8:0", "[::1]:0", "[::ffff:10.0.0.1]:0", "[2606:4700::1111]:0"];
        let public = public_ones(found.iter().map(|address| address.parse().unwrap()));
        assert_eq!(public, ["8.8.8.8:0", "[2606:4700::1111]:0"].map(|address| address.parse().unwrap()));
    }

    /// A name that is public when it is looked at and private when it is connected to.
    #[tokio::test]
    async fn a_name_is_judged_by_the_address_that_is_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for name in ["localhost", "localhost."] {
            let request = http::Request::get(format!("http://{name}:{port}/")).body(bytes::Bytes::new()).unwrap();
            let answer = vendors().unwrap().stream(request).await;
            assert!(matches!(answer, Err(Failure::NotSent(_))), "{name}: {answer:?}");
        }
        assert!(listener.accept().is_err(), "nobody may have connected");
    }
}
