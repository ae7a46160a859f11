//! Scheduled functions.

use crate::{
    Ctx,
    bootstrap::{self, Exit},
    init::Init,
    logs,
};
use kernel::Result;
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use std::{fmt::Debug, sync::Arc};

/// Runs a scheduled function: `build` at cold start, `handle` at each tick.
pub fn serve<D, S, H, F>(build: impl AsyncFnOnce(&Init) -> Result<D>, handle: H) -> Exit
where
    S: Debug,
    H: Fn(Arc<D>, Ctx) -> F + Clone,
    F: Future<Output = Result<S>>,
{
    bootstrap::start(build, |deps, ids| async move {
        lambda_runtime::run(service_fn(move |event: LambdaEvent<IgnoredAny>| {
            let (deps, handle, ids) = (deps.clone(), handle.clone(), ids.clone());
            async move {
                let ctx = bootstrap::ctx(&ids, &event.context);
                answer(&handle, deps, ctx).await.map_err(|error| logs::chain(&error))
            }
        }))
        .await
    })
}

/// Runs one tick and logs its status. A tick that failed is an error of the function, so
/// that the platform counts it. The next tick does the work that is left.
///
/// # Errors
/// The errors of the handler.
pub async fn answer<D, S, H, F>(handle: H, deps: Arc<D>, ctx: Ctx) -> Result<()>
where
    S: Debug,
    H: Fn(Arc<D>, Ctx) -> F,
    F: Future<Output = Result<S>>,
{
    let request_id = ctx.request_id.clone();
    match Box::pin(handle(deps, ctx)).await {
        Ok(status) => {
            tracing::info!(request_id, ?status, "ran");
            Ok(())
        }
        Err(error) => {
            tracing::error!(request_id, error = logs::chain(&error), "a scheduled run failed");
            Err(error)
        }
    }
}
