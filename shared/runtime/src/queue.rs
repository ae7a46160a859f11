//! Queue functions: one kind of message each, ids only.

use crate::{
    Ctx,
    bootstrap::{self, Exit},
    init::Init,
    logs,
};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use futures_util::FutureExt;
use kernel::{Error, Result};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use std::{convert::Infallible, fmt::Debug, panic::AssertUnwindSafe, sync::Arc};

/// Runs a queue function: `build` at cold start, `handle` for each message.
pub fn serve<D, M, S, H, F>(build: impl AsyncFnOnce(&Init) -> Result<D>, handle: H) -> Exit
where
    M: DeserializeOwned,
    S: Debug,
    H: Fn(Arc<D>, Ctx, M) -> F + Clone,
    F: Future<Output = Result<S>>,
{
    bootstrap::start(build, |deps, ids| async move {
        lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
            let (deps, handle, ids) = (deps.clone(), handle.clone(), ids.clone());
            async move {
                let ctx = bootstrap::ctx(&ids, &event.context);
                Ok::<_, Infallible>(answer(&handle, deps, ctx, event.payload).await)
            }
        }))
        .await
    })
}

/// Handles a batch. A message that failed in an unexpected way is given back to SQS; all others are
/// deleted. A message that does not parse is given back too, and so ends in the dead-letter queue,
/// which has an alarm.
///
/// Public so that tests send recorded events through the same code.
pub async fn answer<D, M, S, H, F>(handle: H, deps: Arc<D>, ctx: Ctx, event: SqsEvent) -> SqsBatchResponse
where
    M: DeserializeOwned,
    S: Debug,
    H: Fn(Arc<D>, Ctx, M) -> F,
    F: Future<Output = Result<S>>,
{
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        let body = record.body.as_deref().unwrap_or_default();
        let handled = match serde_json::from_str(body) {
            // The parser's error would quote the message.
            Err(_) => Err(Error::internal("the message does not read")),
            Ok(message) => {
                let (deps, ctx) = (deps.clone(), ctx.clone());
                // Boxed, because the SDK's futures are deeper than the compiler follows otherwise.
                let handling = Box::pin(async { handle(deps, ctx, message).await });
                AssertUnwindSafe(handling)
                    .catch_unwind()
                    .await
                    .unwrap_or_else(|_| Err(Error::internal("the handler panicked")))
            }
        };
        let (request_id, message_id) = (&ctx.request_id, record.message_id.unwrap_or_default());
        match handled {
            Ok(status) => tracing::info!(request_id, message_id, ?status, "handled"),
            Err(error) => {
                tracing::error!(request_id, message_id, error = logs::chain(&error), "a message failed");
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = message_id;
                response.batch_item_failures.push(failure);
            }
        }
    }
    response
}
