//! Configured URLs and our redirect URI.

use crate::{provider::IdentityProvider, token::CLOCKS_DIFFER};
use kernel::{Error, Result};
use url::Url;

/// The page of ours for a browser whose sign-in ended with this error. It shows the problem and offers
/// another attempt. `None` for an error that a page does not explain.
///
/// `reason=clock` is added if the partner's clock and ours differ: then another attempt at once does not
/// help.
#[must_use]
pub fn problem_page(error: &Error) -> Option<String> {
    let reason = match error {
        Error::SignInFailed { detail } if *detail == CLOCKS_DIFFER => "&reason=clock",
        Error::SignInFailed { .. } | Error::TooManyRequests(_) => "",
        _ => return None,
    };
    Some(format!("/?problem={}{reason}", error.code()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_a_clock_that_is_off_from_other_problems() {
        let page = |detail| problem_page(&Error::SignInFailed { detail });
        assert_eq!(page("Start again.").as_deref(), Some("/?problem=sign_in_failed"));
        assert_eq!(page(CLOCKS_DIFFER).as_deref(), Some("/?problem=sign_in_failed&reason=clock"));
        assert_eq!(problem_page(&Error::NotFound), None);
    }

    #[test]
    fn each_partner_sends_the_browser_to_its_own_path() {
        for provider in IdentityProvider::ALL {
            let path = format!("https://c.example/v1/login/{}/callback", provider.as_str());
            assert_eq!(redirect_uri("https://c.example", provider), path);
        }
    }
}
