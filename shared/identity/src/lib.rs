//! Who a person is, according to the partner that they sign in with.
//!
//! An [`Authorize`] makes the URL that the person is sent to, and a partner such as
//! [`Google`] turns the code that comes back into a [`Profile`]. Nothing here stores
//! anything: access and refresh tokens of the partner are dropped unread, because the
//! ID token says all that is promised to be taken.
//!
//! No token, code or address stands in any error.

mod authorize;
mod google;
mod id_token;
mod keys;
mod pkce;
mod profile;
mod provider;
#[cfg(test)]
mod test_partner;

pub use authorize::Authorize;
pub use google::{Google, GoogleSettings};
pub use pkce::{challenge, fresh_nonce, fresh_verifier};
pub use profile::Profile;
pub use provider::Provider;

use kernel::{Error, Result};
use url::Url;

/// Largest answer of a partner that is read, in bytes. Google's have about 3,000.
const ANSWER_BYTES: u64 = 64 * 1024;

/// Where a partner sends the person back to. Registered with the partner, byte for byte.
fn redirect_uri(public_origin: &str, provider: Provider) -> String {
    format!("{public_origin}/v1/login/{provider}/callback")
}

fn configured_url(what: &str, text: &str) -> Result<Url> {
    Url::parse(text).map_err(|cause| Error::internal(format!("the configured {what} is not a URL: {cause}")))
}
