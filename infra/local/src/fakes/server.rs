//! A fake on a socket.

use super::{
    deliveries::Webhook,
    fake::{Fake, PartnerProtocol},
    response::{AnswerLost, HoldOpen, InPieces, PIECE, Padding, WebhookFirst},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use std::{convert::Infallible, io, time::Duration};
use tokio::{net::TcpListener, task::JoinSet, time};

/// The pause between two searches for due webhooks.
const TICK: Duration = Duration::from_millis(20);

/// How long the receiver of a webhook may take. Stripe keeps a buyer waiting as long.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest request body, in bytes. Clients send up to ten million characters of pictures
/// inline.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

type StreamedBody = http_body_util::combinators::UnsyncBoxBody<Bytes, Infallible>;

/// Serves a fake and delivers its webhooks by the fake's clock, until the future is
/// dropped.
pub async fn serve(fake: Fake<impl PartnerProtocol>, listener: TcpListener) {
    let mut tasks = JoinSet::new();
    tasks.spawn(deliver_due_webhooks(fake.clone()));
    loop {
        tokio::select! {
            Ok((socket, _)) = listener.accept() => {
                let fake = fake.clone();
                tasks.spawn(async move {
                    let service = service_fn(|request| answer(fake.clone(), request));
                    // Clients may close their connections, and `AnswerLost` closes one on purpose.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
                });
            }
            Some(_) = tasks.join_next() => {}
        }
    }
}

/// Answers one request. An error closes the connection without an answer.
async fn answer(fake: Fake<impl PartnerProtocol>, request: Request<Incoming>) -> io::Result<Response<StreamedBody>> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(io::Error::other)?.to_bytes();
    let mut answer = fake.handle(fake.clock().now(), Request::from_parts(parts, body));
    if answer.extensions().get::<AnswerLost>().is_some() {
        return Err(io::Error::other("the answer is lost on purpose"));
    }
    if answer.extensions().get::<WebhookFirst>().is_some() {
        let client = client();
        for webhook in fake.take_webhooks(fake.clock().now()) {
            deliver(&fake, &client, webhook).await;
        }
    }
    if let Some(HoldOpen { job, wait }) = answer.extensions().get::<HoldOpen>().cloned() {
        answer = time::timeout(wait, finished(&fake, &job)).await.unwrap_or(answer);
    }
    Ok(streamed(answer))
}

/// The answer to a held request, once its job has ended.
async fn finished(fake: &Fake<impl PartnerProtocol>, job: &str) -> Response<Bytes> {
    loop {
        if let Some(answer) = fake.finished(fake.clock().now(), job) {
            return answer;
        }
        time::sleep(TICK).await;
    }
}

/// Turns the padding and the pieces of an answer into a stream. A body that is shorter than
/// its `content-length` breaks the connection, a little after its last byte, so that the
/// client receives the bytes before.
fn streamed(answer: Response<Bytes>) -> Response<StreamedBody> {
    let announced = answer.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let padding = Padding::of(&answer);
    let cut = announced.is_some_and(|length: u64| length != answer.body().len() as u64 + padding.0);
    let in_pieces = padding.0 > 0 || answer.extensions().get::<InPieces>().is_some();
    answer.map(|body| match cut {
        false if !in_pieces => Full::new(body).boxed_unsync(),
        _ => {
            let end = stream::iter(cut.then(a_little_later)).then(|later| later);
            let pieces = stream::iter(pieces(body).chain(padding.pieces())).chain(end);
            StreamBody::new(pieces.map(Frame::data).map(Ok)).boxed_unsync()
        }
    })
}

fn pieces(mut body: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!body.is_empty()).then(|| body.split_to(body.len().min(PIECE))))
}

async fn a_little_later() -> Bytes {
    time::sleep(TICK).await;
    Bytes::new()
}

async fn deliver_due_webhooks(fake: Fake<impl PartnerProtocol>) {
    let client = client();
    let mut under_way = JoinSet::new();
    loop {
        for webhook in fake.take_webhooks(fake.clock().now()) {
            let (fake, client) = (fake.clone(), client.clone());
            under_way.spawn(async move { deliver(&fake, &client, webhook).await });
        }
        time::sleep(TICK).await;
        while under_way.try_join_next().is_some() {}
    }
}

type WebhookClient = Client<HttpConnector, Full<Bytes>>;

/// A client for plain HTTP only: the local platform listens on loopback.
fn client() -> WebhookClient {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn deliver(fake: &Fake<impl PartnerProtocol>, client: &WebhookClient, webhook: Webhook) {
    let mut request = Request::post(&webhook.url).body(Full::new(webhook.body)).unwrap_or_default();
    *request.headers_mut() = webhook.headers;
    let answer = time::timeout(WEBHOOK_TIMEOUT, client.request(request)).await;
    let delivered = matches!(&answer, Ok(Ok(answer)) if answer.status().is_success());
    fake.webhook_answered(webhook.id, delivered);
}
