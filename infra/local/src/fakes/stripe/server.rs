//! The fake on a socket.

use super::{Stripe, Webhook, WebhookFirst};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use std::{io, time::Duration};
use tokio::{net::TcpListener, task::JoinSet, time};

/// How often due webhooks are looked for.
const TICK: Duration = Duration::from_millis(20);

/// How long the receiver of a webhook may take. So long does Stripe keep a buyer waiting.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// Larger than any request to Stripe.
const BODY_LIMIT: usize = 1024 * 1024;

/// Serves the fake and delivers its webhooks, until the future is dropped. It tells the
/// time by the clock of its settings.
pub async fn serve(stripe: Stripe, listener: TcpListener) {
    let mut tasks = JoinSet::new();
    tasks.spawn(deliver_for_ever(stripe.clone()));
    loop {
        tokio::select! {
            Ok((socket, _)) = listener.accept() => {
                let stripe = stripe.clone();
                tasks.spawn(async move {
                    let service = service_fn(|request| answer(stripe.clone(), request));
                    // A client that goes away is its own affair.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
                });
            }
            Some(_) = tasks.join_next() => {}
        }
    }
}

async fn answer(stripe: Stripe, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let clock = stripe.settings().clock.clone();
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(io::Error::other)?.to_bytes();
    let answer = stripe.handle(clock.now(), Request::from_parts(parts, body));
    if answer.extensions().get::<WebhookFirst>().is_some() {
        let client = client();
        for webhook in stripe.take_webhooks(clock.now()) {
            deliver(&stripe, &client, webhook).await;
        }
    }
    Ok(answer.map(Full::new))
}

async fn deliver_for_ever(stripe: Stripe) {
    let client = client();
    let mut under_way = JoinSet::new();
    loop {
        for webhook in stripe.take_webhooks(stripe.settings().clock.now()) {
            let (stripe, client) = (stripe.clone(), client.clone());
            under_way.spawn(async move { deliver(&stripe, &client, webhook).await });
        }
        time::sleep(TICK).await;
        while under_way.try_join_next().is_some() {}
    }
}

type WebhookClient = Client<HttpConnector, Full<Bytes>>;

/// Speaks plain HTTP only: the local platform is reached on loopback.
fn client() -> WebhookClient {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn deliver(stripe: &Stripe, client: &WebhookClient, webhook: Webhook) {
    let mut request = Request::post(&webhook.url).body(Full::new(webhook.body)).unwrap_or_default();
    *request.headers_mut() = webhook.headers;
    let answer = time::timeout(WEBHOOK_TIMEOUT, client.request(request)).await;
    let delivered = matches!(&answer, Ok(Ok(answer)) if answer.status().is_success());
    stripe.webhook_answered(webhook.id, delivered);
}
