//! `$default`: the pages and their assets (P03: public), and the answers where the gateway finds no route. A view of
//! a page is counted, about nobody (P07).
//!
//! The pages come from the crate `pages`. They are the same for everybody who is signed in, and for everybody who is
//! not: the presence of the refresh cookie picks the one or the other, and its content is never read (P17).
//!
//! `/openapi.json` and `/docs` have routes of their own, for their throttles. They and the assets are sent compressed to
//! clients that take gzip.
//!
//! The gateway sends everything here that matches no route: unknown paths (404), and known paths with another method
//! (405 with `Allow`). `OPTIONS` of a known path is answered with `Allow`.

mod deps;
mod files;
mod routes;
mod shown;
mod tag;

pub use deps::Deps;

use kernel::{Error, Result};
use runtime::{
    Ctx,
    http::{Request, Response, count_view},
};
use std::sync::Arc;

/// The methods of a page or an asset.
const READING: &str = "GET,HEAD";

/// Answers a page or an asset, the methods of a path, or the error of a path without this route.
///
/// # Errors
/// `no_route`, `method_not_allowed`, `internal`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let path = request.raw_path();
    let found = match files::find(&deps, &request) {
        Some(file) => Some(file),
        None => shown::find(&deps, &ctx, &request)?,
    };
    let methods = found.as_ref().map(|_| READING).or_else(|| routes::methods_of(path)).ok_or(Error::NoRoute)?;
    let allow = || format!("{}, OPTIONS", methods.replace(',', ", "));
    match (request.method(), found) {
        ("GET" | "HEAD", Some(answer)) => {
            count_view(&deps.stage, ctx.now, &request, &answer);
            Ok(answer)
        }
        ("OPTIONS", _) => Ok(Response::empty(204).header("allow", &allow())),
        // The gateway has this route and did not find it. So the path that was sent is another one, such as
        // `/v1%2Fcredits`, which the gateway decodes before it calls this function.
        (method, _) if methods.split(',').any(|known| known == method) => Err(Error::NoRoute),
        _ => Err(Error::MethodNotAllowed { allow: allow() }),
    }
}
