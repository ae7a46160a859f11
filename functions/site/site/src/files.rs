//! The assets, and the other files that are the same for everybody.

use crate::deps::Deps;
use pages::Asset;
use runtime::http::{GPC_SUPPORT, Request, Response};

/// An asset keeps its content for good: another content has another address.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
/// A cached file could belong to an older version of a page, so browsers ask each time.
const ASK_AGAIN: &str = "no-cache";

/// Assets with a fixed address: pages of the runtime and the reference of the API name them, and so do browsers.
const FIXED: [(&str, &str); 4] =
    [("/site.css", "site.css"), ("/icons.svg", "icons.svg"), ("/icon.svg", "icon.svg"), ("/favicon.ico", "icon.svg")];

/// Files that are sent as they are: path, content type, content.
const PLAIN: [(&str, &str, &str); 3] = [
    ("/robots.txt", "text/plain; charset=utf-8", "User-agent: *\nDisallow: /v1/\nDisallow: /sign-in\n"),
    // The service acts on the signal Global Privacy Control (P18).
    ("/.well-known/gpc.json", "application/json", GPC_SUPPORT),
    ("/docs.css", "text/css; charset=utf-8", include_str!("../assets/docs.css")),
];

/// Large files with routes of their own: path, content type, content, and the content compressed with gzip.
/// `cargo openapi` makes these two of the contracts of all routes, and build.rs the forms that are served.
const LARGE: [(&str, &str, &str, &[u8]); 2] = [
    (
        "/openapi.json",
        "application/json",
        include_str!(concat!(env!("OUT_DIR"), "/openapi.json")),
        include_bytes!(concat!(env!("OUT_DIR"), "/openapi.gz")),
    ),
    (
        "/docs",
        "text/html; charset=utf-8",
        include_str!(concat!(env!("OUT_DIR"), "/docs.html")),
        include_bytes!(concat!(env!("OUT_DIR"), "/docs.gz")),
    ),
];

/// The file at the path of a request, if there is one.
pub(crate) fn find(deps: &Deps, request: &Request) -> Option<Response> {
    let path = request.raw_path();
    let answer = if let Some(asset) = pages::asset(path) {
        send(asset, request).header("cache-control", FOR_GOOD)
    } else if let Some((_, name)) = FIXED.iter().find(|(fixed, _)| *fixed == path) {
        send(pages::named(name)?, request).header("cache-control", ASK_AGAIN)
    } else if let Some((_, content_type, content)) = PLAIN.iter().find(|(plain, ..)| *plain == path) {
        Response::empty(200).with(content_type, *content).header("cache-control", ASK_AGAIN)
    } else {
        let (_, content_type, content, compressed) = LARGE.iter().find(|(large, ..)| *large == path)?;
        either(request, content_type, content.as_bytes(), Some(compressed)).header("cache-control", ASK_AGAIN)
    };
    Some(answer.header("content-security-policy", &deps.policy))
}

fn send(asset: &Asset, request: &Request) -> Response {
    either(request, asset.content_type, asset.content, asset.compressed)
}

/// A content, compressed for a client that takes gzip.
fn either(request: &Request, content_type: &str, content: &[u8], compressed: Option<&[u8]>) -> Response {
    let Some(compressed) = compressed else { return Response::empty(200).with(content_type, content) };
    let answer = match request.takes_gzip() {
        true => Response::empty(200).with(content_type, compressed).header("content-encoding", "gzip"),
        false => Response::empty(200).with(content_type, content),
    };
    answer.header("vary", "accept-encoding")
}
