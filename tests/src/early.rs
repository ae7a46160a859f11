//! A partner that is so fast that its webhook comes before its answer.

use kernel::BoxFuture;
use local::fakes::replicate::WebhookFirst;
use net::{Failure, Request, Response, Transport};
use std::sync::Arc;
use testkit::World;
use tokio::sync::Notify;

/// HTTP to the world's partners that heeds [`WebhookFirst`]: it holds the answer back
/// until the webhook was delivered and worked on.
pub(crate) struct Early {
    pub(crate) world: World,
    pub(crate) gate: Arc<Gate>,
}

/// Where an answer waits for its webhook.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// An answer waits.
    pub(crate) waits: Notify,
    /// It may go on.
    pub(crate) opens: Notify,
}

impl Transport for Early {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Failure>> {
        Box::pin(async move {
            let answer = self.world.send(request).await?;
            if answer.extensions().get::<WebhookFirst>().is_some() {
                self.gate.waits.notify_one();
                self.gate.opens.notified().await;
            }
            Ok(answer)
        })
    }
}
