//! Opens a file at a URL that a partner gave us.

use crate::{
    client::Http,
    failure::RequestFailure,
    guard::Destination,
    transport::{Request, Response},
};
use http::{Method, header};
use url::{Origin, Url};

/// The number of redirects that are followed. Partners need at most one.
const REDIRECTS: usize = 3;

/// Opens `url` with a bare `GET`: no token, no cookie, no referrer. The guard checks its address and the address of
/// each redirect, at most three: it must have the origin `trusted`, or be https on a public host.
///
/// # Errors
/// [`RequestFailure::Forbidden`] for an address that the guard refuses and for more redirects; otherwise the failure
/// of the request. An answer of any other status is `Ok`, and so is a redirect that does not say where to.
pub async fn open(http: &Http, url: &str, trusted: &Origin) -> Result<Response, RequestFailure> {
    let mut url = url.to_owned();
    for _ in 0..=REDIRECTS {
        let destination = Destination::new(&url, trusted)?;
        let mut request = Request::default();
        *request.method_mut() = Method::GET;
        *request.uri_mut() = destination.as_str().parse().map_err(|_| forbidden("not a URI"))?;
        let answer = http.stream(request).await?;
        match location(&answer) {
            Some(location) => url = joined(destination.as_str(), &location)?,
            None => return Ok(answer),
        }
    }
    Err(forbidden("too many redirects"))
}

/// The target of a redirect.
fn location(answer: &Response) -> Option<String> {
    let location = answer.headers().get(header::LOCATION).filter(|_| answer.status().is_redirection());
    location.and_then(|location| location.to_str().ok()).map(str::to_owned)
}

fn joined(base: &str, location: &str) -> Result<String, RequestFailure> {
    let target = Url::parse(base).and_then(|base| base.join(location));
    target.map(String::from).map_err(|_| forbidden("not a URL"))
}

fn forbidden(why: &str) -> RequestFailure {
    RequestFailure::Forbidden(why.to_owned())
}

#[cfg(test)]
mod tests;
