use http::{Method, StatusCode, header};
use net::{Destination, Http, Request, RequestFailure, Response};
use url::{Origin, Url};

/// The number of redirects that are followed. Providers need at most one.
const REDIRECTS: usize = 3;

/// The reason why an output cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoOutput {
    /// The output was deleted or never existed. A repetition cannot help.
    #[error("the output is gone")]
    Gone,
    /// The address is not allowed: another scheme, a private address, or too many redirects.
    #[error("the output's address is not allowed")]
    Forbidden,
    /// The host did not answer. A repetition may help until the output expires.
    #[error("the host of the output did not answer")]
    Unreachable,
}

/// Opens `url` without a token. Its address and the address of each redirect must have the origin
/// `trusted` or be https on a public host.
pub(crate) async fn open(http: &Http, url: &str, trusted: &Origin) -> Result<Response, NoOutput> {
    let mut url = url.to_owned();
    for _ in 0..=REDIRECTS {
        let destination = Destination::new(&url, trusted).map_err(|_| NoOutput::Forbidden)?;
        let mut request = Request::default();
        *request.method_mut() = Method::GET;
        *request.uri_mut() = destination.as_str().parse().map_err(|_| NoOutput::Forbidden)?;
        let answer = http.stream(request).await.map_err(|failure| match failure {
            RequestFailure::Forbidden(_) => NoOutput::Forbidden,
            _ => NoOutput::Unreachable,
        })?;
        match answer.status() {
            StatusCode::OK => return Ok(answer),
            status if status.is_redirection() => url = redirect(destination.as_str(), &answer)?,
            // Object stores answer these for an expired object.
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => return Err(NoOutput::Gone),
            _ => return Err(NoOutput::Unreachable),
        }
    }
    Err(NoOutput::Forbidden)
}

fn redirect(from: &str, answer: &Response) -> Result<String, NoOutput> {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let base = Url::parse(from).map_err(|_| NoOutput::Forbidden)?;
    base.join(location.ok_or(NoOutput::Unreachable)?).map(String::from).map_err(|_| NoOutput::Forbidden)
}
