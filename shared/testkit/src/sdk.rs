//! The SDK's HTTP client, which reaches the models instead of AWS.

use crate::{World, dynamodb, s3, seam::Answer, seam::Service, sqs, ssm};
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
use std::io;

/// The client that the SDK is given.
pub(crate) fn http_client(world: World) -> SharedHttpClient {
    Connector(world).into_shared()
}

#[derive(Debug, Clone)]
struct Connector(World);

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let world = self.0.clone();
        HttpConnectorFuture::new(async move { answer(&world, request).await })
    }
}

async fn answer(world: &World, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    // A body that breaks while it is sent never makes a request that can be applied.
    let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    let request = Request::from_parts(parts, body);
    let service = understood(world, request);
    match world.pass(&*service).await {
        Answer::Whole(response) => sdk_response(response.map(SdkBody::from)),
        Answer::Cut(response) => sdk_response(response.map(cut)),
        Answer::Refused => {
            let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused (injected)");
            Err(ConnectorError::io(refused.into()).never_connected())
        }
        Answer::Lost => {
            let reset = io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by peer (injected)");
            Err(ConnectorError::io(reset.into()))
        }
    }
}

/// Which model a request is for. The SDK names the operation of the JSON services in a
/// header; what has none is for S3.
fn understood(world: &World, request: Request<Bytes>) -> Box<dyn Service + Send + Sync> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    match target.split_once('.') {
        Some(("DynamoDB_20120810", operation)) => {
            // The health check that opens a connection is made of an SDK request.
            let operation = if request.uri().path() == "/sping" { dynamodb::PING } else { operation };
            Box::new(dynamodb::Asked::new(world, operation, request.body()))
        }
        Some(("AmazonSQS", operation)) => Box::new(sqs::Asked::new(world, operation, request.body())),
        Some(("AmazonSSM", operation)) => Box::new(ssm::Asked::new(world, operation, request.body())),
        Some((service, operation)) => world.violated(&format!(
            "{service}.{operation} is a service that testkit has no model of: add one, or call something else"
        )),
        None => Box::new(s3::Asked::new(world, request)),
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
