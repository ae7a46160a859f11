//! `$default`: the pages and their assets (P03: public), and the answer to unknown paths.

use kernel::{Error, Result};
use runtime::{
    Ctx, Init,
    http::{Request, Response},
};
use std::sync::Arc;

/// The pages and their assets: path, content type, content.
const ASSETS: [(&str, &str, &str); 10] = [
    ("/", "text/html; charset=utf-8", include_str!("../assets/index.html")),
    ("/contact", "text/html; charset=utf-8", include_str!("../assets/contact.html")),
    ("/app.js", "text/javascript; charset=utf-8", include_str!("../assets/app.js")),
    ("/api.js", "text/javascript; charset=utf-8", include_str!("../assets/api.js")),
    ("/attach.js", "text/javascript; charset=utf-8", include_str!("../assets/attach.js")),
    ("/notices.js", "text/javascript; charset=utf-8", include_str!("../assets/notices.js")),
    ("/price.js", "text/javascript; charset=utf-8", include_str!("../assets/price.js")),
    ("/settings.js", "text/javascript; charset=utf-8", include_str!("../assets/settings.js")),
    ("/style.css", "text/css; charset=utf-8", include_str!("../assets/style.css")),
    ("/icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// The option of the form for messages that `/contact?kind=appeal` chooses. A link with an anchor could
/// not choose it, and the page has no script.
const APPEAL: &str = "<option value=\"appeal\"";

/// The built-in assets and their content security policy.
#[derive(Debug)]
pub struct Deps {
    content_policy: String,
}

impl Deps {
    /// Builds the dependencies at cold start. The policy allows the origin of the bucket, from which
    /// media are loaded and to which pictures are uploaded.
    ///
    /// # Errors
    /// `internal`, with the name of a missing variable.
    pub async fn new(init: &Init) -> Result<Self> {
        let media = init.var("MEDIA_ORIGIN")?;
        let content_policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {media}; \
             img-src 'self' blob: {media}; media-src 'self' {media}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        Ok(Self { content_policy })
    }
}

/// Answers an asset, or the error for unknown paths.
///
/// # Errors
/// `no_route`.
pub async fn handle(deps: Arc<Deps>, _: Ctx, request: Request) -> Result<Response> {
    let asset = ASSETS.iter().find(|(path, ..)| *path == request.raw_path() && request.reads());
    let (_, content_type, content) = asset.ok_or(Error::NoRoute)?;
    let content = match request.query("kind") {
        Some("appeal") => content.replace(APPEAL, &format!("{APPEAL} selected")),
        _ => (*content).to_owned(),
    };
    let answer = Response::empty(200).with(content_type, content);
    // A cached page could call routes that a newer version no longer has, so browsers ask each time.
    Ok(answer.header("content-security-policy", &deps.content_policy).header("cache-control", "no-cache"))
}
