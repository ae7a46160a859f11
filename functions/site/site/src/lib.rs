//! `$default`: the pages and their assets (P03: public), and the answers where the gateway finds no route. A view of
//! a page is counted, about nobody (P07).
//!
//! The pages come from the crate `pages`. They are the same for everybody who is signed in, and for everybody who is not:
//! the presence of the refresh cookie picks the one or the other, and its content is never read (P17).
//!
//! `/openapi.json` and `/docs` have routes of their own, for their throttles. They and the assets are sent compressed to
//! clients that take gzip.
//!
//! The gateway sends everything here that matches no route: unknown paths (404), and known paths with another method
//! (405 with `Allow`). `OPTIONS` of a known path is answered with `Allow`.

mod files;
mod routes;
mod shown;
mod tag;

use billing::Plans;
use generations::{Catalogue, Paused, TrainingVendors};
use kernel::{Error, Result};
use register::operator::Operator;
use runtime::{
    Ctx, Init,
    http::{Request, Response, count_view},
};
use std::sync::Arc;

/// The methods of a page or an asset.
const READING: &str = "GET,HEAD";

/// The stage, for the count of page views, what the pages show, and their content security policies.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    catalogue: Catalogue,
    paused: Paused,
    plans: Plans,
    /// The operator, as the template's parameters state it.
    operator: Operator,
    training: TrainingVendors,
    tag: Option<tag::AdvertisingTag>,
    policy: String,
    /// The policy of a page that may load the tag.
    policy_with_tag: String,
}

impl Deps {
    /// Builds the dependencies at cold start. The policy allows the origin of the bucket, from which
    /// media are loaded and to which pictures are uploaded. A form that links an identity is redirected to the page of
    /// a partner, and browsers compare the target of that redirect with the policy too.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable or of one that cannot be read, and when a built-in file does not
    /// parse.
    pub async fn new(init: &Init) -> Result<Self> {
        let media = init.var("MEDIA_ORIGIN")?;
        let partners = ["GOOGLE_AUTHORIZE_URL", "APPLE_AUTHORIZE_URL", "FACEBOOK_AUTHORIZE_URL"];
        let partners = partners.into_iter().map(|name| init.var(name).map(tag::origin)).collect::<Result<Vec<_>>>()?;
        let partners = partners.join(" ");
        let tag = tag::AdvertisingTag::parse(init.var("ADVERTISING_TAG")?)?;
        let policy = |pictures: &str| {
            format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {media}; \
                 img-src 'self' blob: {media}{pictures}; media-src 'self' {media}; form-action 'self' {partners}; \
                 base-uri 'none'; frame-ancestors 'none'"
            )
        };
        let training = TrainingVendors::parse(init.var("ALLOW_TRAINING_VENDORS")?)?;
        let catalogue = Catalogue::for_new_generations(training.clone())?;
        Ok(Self {
            stage: init.var("STAGE")?.to_owned(),
            policy: policy(""),
            policy_with_tag: policy(&tag.as_ref().map(|tag| format!(" {}", tag.origin())).unwrap_or_default()),
            paused: Paused::parse(init.var("PAUSED")?, &catalogue)?,
            catalogue,
            plans: Plans::built_in()?,
            operator: Operator::from_variables(|name| init.var(name))?,
            training,
            tag,
        })
    }
}

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
