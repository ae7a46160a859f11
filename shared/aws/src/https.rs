//! The HTTPS client below the SDK's clients: hyper's client over rustls with ring. It trusts only
//! Amazon's roots and speaks HTTP/1.1. ARCHITECTURE.md says why it is not the SDK's own client.

use aws_smithy_runtime_api::{
    client::{
        connection::{CaptureSmithyConnection, ConnectionMetadata},
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::Response,
};
use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{CaptureConnection, HttpConnector as TcpConnector, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use std::{
    error::Error as StdError,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tower_service::Service;

type BoxError = Box<dyn StdError + Send + Sync>;

/// Amazon Trust Services' four roots and Starfield's, which sign every AWS endpoint
/// (<https://www.amazontrust.com/repository/>). They are DER files, because parsing PEM took a
/// twentieth of a cold start.
const AMAZON_ROOTS: [&[u8]; 5] = [
    include_bytes!("../roots/amazon-root-ca-1.der"),
    include_bytes!("../roots/amazon-root-ca-2.der"),
    include_bytes!("../roots/amazon-root-ca-3.der"),
    include_bytes!("../roots/amazon-root-ca-4.der"),
    include_bytes!("../roots/starfield-services-root-g2.der"),
];

/// Longest time to connect. Within a region a connection takes a few milliseconds, so after this
/// time a packet is lost.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The HTTPS client of all AWS clients.
///
/// # Errors
/// When TLS cannot be set up, which is a fault of the build.
pub fn https_client() -> Result<SharedHttpClient, BoxError> {
    trusting(&AMAZON_ROOTS)
}

/// The same client, which also trusts the root `more` (DER) of a mock of AWS on this machine.
///
/// # Errors
/// When the root cannot be parsed.
#[cfg(feature = "extra-roots")]
pub fn https_client_trusting(more: &[u8]) -> Result<SharedHttpClient, BoxError> {
    trusting(&[AMAZON_ROOTS.as_slice(), &[more]].concat())
}

fn trusting(roots: &[&[u8]]) -> Result<SharedHttpClient, BoxError> {
    let connector = connector(roots)?;
    Ok(http_client_fn(move |_, _| connector.clone()))
}

fn connector(roots: &[&[u8]]) -> Result<SharedHttpConnector, BoxError> {
    let mut trusted = RootCertStore::empty();
    for root in roots {
        trusted.add(CertificateDer::from(*root))?;
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let mut tcp = TcpConnector::new();
    // Without this, it refuses every scheme but `http`.
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    // The local platform has no TLS.
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
    let pool = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(InTime(https));
    Ok(SharedHttpConnector::new(Pool(pool)))
}

/// Connects within [`CONNECT_TIMEOUT`], including name resolution and handshake.
#[derive(Debug, Clone)]
struct InTime(HttpsConnector<TcpConnector>);

impl Service<Uri> for InTime {
    type Response = <HttpsConnector<TcpConnector> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let connecting = self.0.call(to);
        Box::pin(async { tokio::time::timeout(CONNECT_TIMEOUT, connecting).await? })
    }
}

/// The pool of open connections.
#[derive(Debug)]
struct Pool(Client<InTime, SdkBody>);

impl HttpConnector for Pool {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let captured = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || connection(&captured));
        }
        let answering = self.0.request(request);
        HttpConnectorFuture::new(async {
            // Every error here is one of the connection. The SDK repeats the request after it.
            let answer = answering.await.map_err(|error| ConnectorError::io(error.into()))?;
            let answer: HttpResponse = Response::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            Ok(answer)
        })
    }
}

/// Lets the SDK give up the connection of a failed attempt, so that the next attempt uses another
/// one.
fn connection(captured: &CaptureConnection) -> Option<ConnectionMetadata> {
    captured.connection_metadata().as_ref()?;
    let captured = captured.clone();
    let give_up = move || {
        if let Some(connected) = captured.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(give_up).build())
}

#[cfg(test)]
mod tests;
