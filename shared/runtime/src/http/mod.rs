//! HTTP functions: one path each, and one method, with `HEAD` beside `GET`.

mod accept;
mod body;
mod caller;
mod conditional;
mod edge;
mod form;
mod gpc;
mod page;
mod problem;
mod request;
mod response;
#[cfg(test)]
mod sample;
mod views;
mod who;

pub use edge::Edge;
pub use form::FormField;
pub use gpc::GPC_SUPPORT;
pub use request::Request;
pub use response::Response;
pub use views::count_view;

use crate::{
    Ctx,
    bootstrap::{self, Exit},
    init::Init,
    logs,
};
use futures_util::FutureExt;
use kernel::{Error, Result};
use lambda_http::{LambdaEvent, lambda_runtime, request::LambdaRequest, service_fn};
use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc};

/// Runs an HTTP function: `build` at cold start, `handle` for each request.
pub fn serve<D, H, F>(build: impl AsyncFnOnce(&Init) -> Result<D>, handle: H) -> Exit
where
    H: Fn(Arc<D>, Ctx, Request) -> F + Clone,
    F: Future<Output = Result<Response>>,
{
    bootstrap::start(build, |deps, ids| async move {
        lambda_runtime::run(service_fn(move |event: LambdaEvent<LambdaRequest>| {
            let (deps, handle, ids) = (deps.clone(), handle.clone(), ids.clone());
            async move {
                let ctx = bootstrap::ctx(&ids, &event.context);
                let request = Request::new(event.payload);
                Ok::<_, Infallible>(answer(&handle, deps, ctx, request).await.into_lambda())
            }
        }))
        .await
    })
}

/// Answers one request. Every error becomes a problem document, or a page for a browser that sends a
/// form, opens a sign-in or asks for an unknown path. A panic becomes a 500, every answer gets the
/// security headers, and one line is logged. The line has the pseudonym of the caller (`who`), which no
/// other line has.
///
/// A request whose client takes none of our types (`Accept`) is refused before the handler runs. An answer
/// that clients may store gets an `ETag`, and is 304 for a client that has it. `HEAD` is answered as `GET`:
/// the HTTP layer of the gateway leaves the body out.
///
/// Public so that tests send recorded events through the same code.
pub async fn answer<D, H, F>(handle: H, deps: Arc<D>, ctx: Ctx, request: Request) -> Response
where
    H: Fn(Arc<D>, Ctx, Request) -> F,
    F: Future<Output = Result<Response>>,
{
    let (request_id, route, who) = (ctx.request_id.clone(), request.route().to_owned(), request.who().clone());
    let (reader, dependence) = (page::Reader::of(&request), page::Dependence::of(&request));
    let condition = conditional::Condition::of(&request);
    // Boxed, because the SDK's futures are deeper than the compiler follows otherwise.
    let handling = Box::pin(async {
        accept::check(&request)?;
        handle(deps, ctx, request).await
    });
    let handled = AssertUnwindSafe(handling).catch_unwind().await;
    // The panic hook has printed the panic. Its text may hold anything, so this line does not
    // repeat it.
    let result = handled.unwrap_or_else(|_| Err(Error::internal("the handler panicked")));
    let response = match result {
        Ok(response) => response,
        Err(error) => {
            if error.cause().is_some() {
                tracing::error!(request_id, route, error = logs::chain(&error), "a request failed");
            }
            reader.explain(&error, &request_id)
        }
    };
    let response = condition.apply(dependence.mark(response).secured());
    tracing::info!(request_id, route, status = response.status(), code = response.code(), who = who.text(), "answered");
    response
}
