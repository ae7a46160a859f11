//! `$default`: the pages and their assets (P03: public), and the answers where the gateway finds no route. A view of
//! a page is counted, about nobody (P07).
//!
//! `/openapi.json` and `/docs` have routes of their own, for their throttles. They are sent compressed to clients that
//! take gzip.
//!
//! The gateway sends everything here that matches no route: unknown paths (404), and known paths with another method
//! (405 with `Allow`). `OPTIONS` of a known path is answered with `Allow`.

use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response, count_view},
};
use std::sync::Arc;

/// The pages and their assets: path, content type, content.
const ASSETS: [(&str, &str, &str); 14] = [
    ("/", "text/html; charset=utf-8", include_str!("../assets/index.html")),
    // A link of an identity returns here.
    ("/account", "text/html; charset=utf-8", include_str!("../assets/index.html")),
    ("/contact", "text/html; charset=utf-8", include_str!("../assets/contact.html")),
    ("/app.js", "text/javascript; charset=utf-8", include_str!("../assets/app.js")),
    ("/api.js", "text/javascript; charset=utf-8", include_str!("../assets/api.js")),
    ("/attach.js", "text/javascript; charset=utf-8", include_str!("../assets/attach.js")),
    ("/notices.js", "text/javascript; charset=utf-8", include_str!("../assets/notices.js")),
    ("/price.js", "text/javascript; charset=utf-8", include_str!("../assets/price.js")),
    ("/settings.js", "text/javascript; charset=utf-8", include_str!("../assets/settings.js")),
    ("/style.css", "text/css; charset=utf-8", include_str!("../assets/style.css")),
    // `cargo openapi` makes these two of the contracts of all routes, and build.rs the forms that are served.
    ("/openapi.json", "application/json", include_str!(concat!(env!("OUT_DIR"), "/openapi.json"))),
    ("/docs", "text/html; charset=utf-8", include_str!(concat!(env!("OUT_DIR"), "/docs.html"))),
    ("/docs.css", "text/css; charset=utf-8", include_str!("../assets/docs.css")),
    ("/icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// The large assets, compressed with gzip: path, content.
const COMPRESSED: [(&str, &[u8]); 2] = [
    ("/openapi.json", include_bytes!(concat!(env!("OUT_DIR"), "/openapi.gz"))),
    ("/docs", include_bytes!(concat!(env!("OUT_DIR"), "/docs.gz"))),
];

/// The routes of the template, by path: `GET,HEAD /v1/generations/{id}`. A policy test compares the list with
/// infra/template.yaml, and prints the right text.
const ROUTES: &str = include_str!("../assets/routes.txt");

/// The methods of a page or an asset.
const READING: &str = "GET,HEAD";

/// The option of the form for messages that `/contact?kind=appeal` chooses. A link with an anchor could
/// not choose it, and the page has no script.
const APPEAL: &str = "<option value=\"appeal\"";

/// The stage, for the count of page views, and the content security policy.
#[derive(Debug)]
pub struct Deps {
    stage: String,
    content_policy: String,
}

impl Deps {
    /// Builds the dependencies at cold start. The policy allows the origin of the bucket, from which
    /// media are loaded and to which pictures are uploaded. A form that links an identity is redirected to the page of
    /// a partner, and browsers compare the target of that redirect with the policy too.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let media = init.var("MEDIA_ORIGIN")?;
        let pages = ["GOOGLE_AUTHORIZE_URL", "APPLE_AUTHORIZE_URL", "FACEBOOK_AUTHORIZE_URL"];
        let pages = pages.into_iter().map(|name| init.var(name).map(origin)).collect::<Result<Vec<_>>>()?.join(" ");
        let content_policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {media}; \
             img-src 'self' blob: {media}; media-src 'self' {media}; form-action 'self' {pages}; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        Ok(Self { stage: init.var("STAGE")?.to_owned(), content_policy })
    }
}

/// The origin of a URL.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |scheme| scheme + "://".len());
    url[host..].find('/').map_or(url, |path| &url[..host + path])
}

/// Answers a page or an asset, the methods of a path, or the error of a path without this route.
///
/// # Errors
/// `no_route`, `method_not_allowed`.
pub async fn handle(deps: Arc<Deps>, ctx: Ctx, request: Request) -> Result<Response> {
    let path = request.raw_path();
    let asset = ASSETS.iter().find(|(known, ..)| *known == path);
    let methods = asset.map(|_| READING).or_else(|| methods_of(path)).ok_or(Error::NoRoute)?;
    let allow = || format!("{}, OPTIONS", methods.replace(',', ", "));
    match (request.method(), asset) {
        ("GET" | "HEAD", Some((_, content_type, content))) => {
            let answer = show(&deps, content_type, content, &request);
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

/// A page or an asset.
fn show(deps: &Deps, content_type: &str, content: &str, request: &Request) -> Response {
    let compressed = COMPRESSED.iter().find(|(path, _)| *path == request.raw_path());
    let answer = match (compressed, request.query("kind")) {
        (Some((_, compressed)), _) if request.takes_gzip() => {
            Response::empty(200).with(content_type, *compressed).header("content-encoding", "gzip")
        }
        (None, Some("appeal")) => {
            Response::empty(200).with(content_type, content.replace(APPEAL, &format!("{APPEAL} selected")))
        }
        _ => Response::empty(200).with(content_type, content),
    };
    let answer = if compressed.is_some() { answer.header("vary", "accept-encoding") } else { answer };
    // A cached page could call routes that a newer version no longer has, so browsers ask each time.
    answer.header("content-security-policy", &deps.content_policy).header("cache-control", "no-cache")
}

/// The methods of the API's route with this path, separated by commas. The list is sorted, so a route without
/// parameters comes before one whose parameter would take the same segment.
fn methods_of(path: &str) -> Option<&'static str> {
    let mut routes = ROUTES.lines().filter_map(|line| line.split_once(' '));
    routes.find(|(_, pattern)| is_like(pattern, path)).map(|(methods, _)| methods)
}

/// Whether a path has the segments of a pattern. A parameter takes one segment that is not empty.
fn is_like(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == found || wanted.starts_with('{') && !found.is_empty() => {}
            _ => return false,
        }
    }
}
