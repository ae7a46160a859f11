use http::{Method, StatusCode, header};
use net::{Destination, Failure, Http, Request, Response};
use url::{Origin, Url};

/// Redirects that are followed. Providers need one or none.
const REDIRECTS: usize = 3;

/// Why an output cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoOutput {
    /// It is no longer there, or never was. Asking again cannot help.
    #[error("the output is gone")]
    Gone,
    /// It lies where we do not go: another scheme, a private address, too many redirects.
    #[error("the output's address is not allowed")]
    Forbidden,
    /// Its host could not be asked. Asking again may help while the output lives.
    #[error("the output's host could not be asked")]
    Unreachable,
}

/// Opens `url`; its origin must be `trusted` or https on a public host, and so must that
/// of every redirect. No token is sent along.
pub(crate) async fn open(http: &Http, url: &str, trusted: &Origin) -> Result<Response, NoOutput> {
    let mut url = url.to_owned();
    for _ in 0..=REDIRECTS {
        let destination = Destination::new(&url, trusted).map_err(|_| NoOutput::Forbidden)?;
        let mut request = Request::default();
        *request.method_mut() = Method::GET;
        *request.uri_mut() = destination.as_str().parse().map_err(|_| NoOutput::Forbidden)?;
        let answer = http.stream(request).await.map_err(|failure| match failure {
            Failure::Forbidden(_) => NoOutput::Forbidden,
            _ => NoOutput::Unreachable,
        })?;
        match answer.status() {
            StatusCode::OK => return Ok(answer),
            status if status.is_redirection() => url = redirect(destination.as_str(), &answer)?,
            // What a store answers for an object that has expired.
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
