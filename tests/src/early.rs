//! A provider whose webhook arrives before its answer to the submission.

use kernel::BoxFuture;
use local::fakes::replicate::WebhookFirst;
use net::{Request, RequestFailure, Response, Transport};
use std::sync::Arc;
use testkit::World;
use tokio::sync::Notify;

/// HTTP to the world's partners. It delays an answer marked [`WebhookFirst`] until the webhook has
/// been delivered and its message worked on.
pub(crate) struct Early {
    pub(crate) world: World,
    pub(crate) gate: Arc<Gate>,
}

/// The point at which an answer waits for its webhook.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Notified when an answer waits.
    pub(crate) waits: Notify,
    /// Notified when the answer may go on.
    pub(crate) opens: Notify,
}

impl Transport for Early {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
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
