//! Configured URLs and our redirect URI.

use crate::provider::IdentityProvider;
use kernel::{Error, Result};
use url::Url;

/// The URL to which a partner sends the browser back. It is registered at the partner, which
/// compares it byte for byte.
pub(crate) fn redirect_uri(public_origin: &str, provider: IdentityProvider) -> String {
    format!("{public_origin}/v1/login/{provider}/callback")
}

/// Parses a URL of the configuration; `name` is its name in the error.
pub(crate) fn parse_configured(name: &str, text: &str) -> Result<Url> {
    Url::parse(text).map_err(|cause| Error::internal(format!("the configured {name} is not a URL: {cause}")))
}
