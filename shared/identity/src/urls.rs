//! Configured URLs and our redirect URI.

use crate::provider::IdentityProvider;
use kernel::{Error, Result};
use url::Url;

/// The page of ours for a browser whose sign-in ended with this error. It shows the problem and offers
/// another attempt. `None` for an error that a page does not explain.
#[must_use]
pub fn problem_page(error: &Error) -> Option<String> {
    match error {
        Error::SignInFailed { .. } | Error::TooManyRequests(_) => Some(format!("/?problem={}", error.code())),
        _ => None,
    }
}

/// The URL to which a partner sends the browser back. It is registered at the partner, which
/// compares it byte for byte.
pub(crate) fn redirect_uri(public_origin: &str, provider: IdentityProvider) -> String {
    format!("{public_origin}/v1/login/{provider}/callback")
}

/// Parses a URL of the configuration; `name` is its name in the error.
pub(crate) fn parse_configured(name: &str, text: &str) -> Result<Url> {
    Url::parse(text).map_err(|cause| Error::internal(format!("the configured {name} is not a URL: {cause}")))
}
