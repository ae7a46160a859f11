//! `$default`: the page and its assets (P03: open to everybody), and the answer for paths
//! that no route has.

use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// The page and its assets: path, content type, content.
const ASSETS: [(&str, &str, &str); 7] = [
    ("/", "text/html; charset=utf-8", include_str!("../assets/index.html")),
    ("/app.js", "text/javascript; charset=utf-8", include_str!("../assets/app.js")),
    ("/api.js", "text/javascript; charset=utf-8", include_str!("../assets/api.js")),
    ("/attach.js", "text/javascript; charset=utf-8", include_str!("../assets/attach.js")),
    ("/price.js", "text/javascript; charset=utf-8", include_str!("../assets/price.js")),
    ("/style.css", "text/css; charset=utf-8", include_str!("../assets/style.css")),
    ("/icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// What the function may touch: nothing but what is built in.
#[derive(Debug)]
pub struct Deps {
    content_policy: String,
}

impl Deps {
    /// At cold start. Images and videos come from the bucket's origin, and pictures are sent
    /// there.
    ///
    /// # Errors
    /// `internal`, with the name of a variable that is missing.
    pub async fn new(init: &Init) -> Result<Self> {
        let media = init.var("MEDIA_ORIGIN")?;
        let content_policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {media}; \
             img-src 'self' blob: {media}; media-src 'self' {media}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        Ok(Self { content_policy })
    }
}

/// Answers an asset, or that there is no such route.
///
/// # Errors
/// `no_route`.
pub async fn handle(deps: Arc<Deps>, _: Ctx, request: Request) -> Result<Response> {
    let asset = ASSETS.iter().find(|(path, ..)| *path == request.raw_path() && request.reads());
    let (_, content_type, content) = asset.ok_or(Error::NoRoute)?;
    let answer = Response::empty(200).with(content_type, *content);
    // A page of an older version would call routes of a newer one: browsers ask each time.
    Ok(answer.header("content-security-policy", &deps.content_policy).header("cache-control", "no-cache"))
}
