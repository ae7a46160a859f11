use http::StatusCode;
use net::{Http, RequestFailure, Response};
use url::Origin;

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
    let answer = net::open(http, url, trusted).await.map_err(|failure| match failure {
        RequestFailure::Forbidden(_) => NoOutput::Forbidden,
        _ => NoOutput::Unreachable,
    })?;
    match answer.status() {
        StatusCode::OK => Ok(answer),
        // Object stores answer these for an expired object.
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => Err(NoOutput::Gone),
        _ => Err(NoOutput::Unreachable),
    }
}
