//! The SDK's HTTP client, which reaches the models instead of AWS.

use crate::{
    dynamodb::request::{DynamoDbRequest, PING},
    s3::request::S3Request,
    seam::{CallResult, Service},
    sqs::request::SqsRequest,
    ssm::SsmRequest,
    state::WorldState,
};
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body_util::{BodyExt, StreamBody};
use std::{fmt, io};

/// The HTTP client for the SDK.
pub(crate) fn http_client(state: WorldState) -> SharedHttpClient {
    Connector(state).into_shared()
}

#[derive(Clone)]
struct Connector(WorldState);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let state = self.0.clone();
        HttpConnectorFuture::new(async move { answer(&state, request).await })
    }
}

async fn answer(state: &WorldState, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    // A body that breaks while it is sent never makes a request that can be applied.
    let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    let request = Request::from_parts(parts, body);
    let service = understood(state, request);
    match state.pass(&*service).await {
        CallResult::Whole(response) => sdk_response(response.map(SdkBody::from)),
        CallResult::Cut(response) => sdk_response(response.map(cut)),
        CallResult::Refused => {
            let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused (injected)");
            Err(ConnectorError::io(refused.into()).never_connected())
        }
        CallResult::Lost => {
            let reset = io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer (injected)");
            Err(ConnectorError::io(reset.into()))
        }
    }
}

/// Chooses the model for a request. The SDK names the operation of the JSON services in a
/// header; a request without that header is for S3.
fn understood(state: &WorldState, request: Request<Bytes>) -> Box<dyn Service + Send + Sync> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    match target.split_once('.') {
        Some(("DynamoDB_20120810", operation)) => {
            // The SDK sends its health check, which opens a connection, with the header of an operation.
            let operation = if request.uri().path() == "/sping" { PING } else { operation };
            Box::new(DynamoDbRequest::new(state, operation, request.body()))
        }
        Some(("AmazonSQS", operation)) => Box::new(SqsRequest::new(state, operation, request.body())),
        Some(("AmazonSSM", operation)) => Box::new(SsmRequest::new(state, operation, request.body())),
        Some((service, operation)) => state.violated(&format!(
            "{service}.{operation} is a service that testkit has no model of: add one, or call something else"
        )),
        None => Box::new(S3Request::new(state, request)),
    }
}

fn sdk_response(response: Response<SdkBody>) -> Result<HttpResponse, ConnectorError> {
    response.try_into().map_err(|error: aws_smithy_runtime_api::http::HttpError| ConnectorError::user(error.into()))
}

/// Half of the body, then a broken connection.
fn cut(body: Bytes) -> SdkBody {
    let half = body.slice(..body.len() / 2);
    let broken = io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer (injected)");
    let frames = [Ok(http_body::Frame::data(half)), Err(broken)];
    SdkBody::from_body_1_x(StreamBody::new(stream::iter(frames)))
}
