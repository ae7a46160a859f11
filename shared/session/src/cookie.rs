//! The cookies of a session: their names, their `Set-Cookie` values, and how they are read.
//!
//! Values consist of base64url and dots, so they need no quoting (RFC 6265 §4.1.1).

use crate::{refresh::RefreshToken, token::AccessToken};
use kernel::limits::{ACCESS_TOKEN_LIFETIME, SESSION_IDLE_LIFETIME};
use std::time::Duration;

/// The name of the cookie with the access token.
pub const SESSION: &str = "__Host-session";

/// The name of the cookie with the refresh token.
pub const REFRESH: &str = "__Host-refresh";

/// The `Set-Cookie` value that stores an access token until it expires.
#[must_use]
pub fn session(token: &AccessToken) -> String {
    set(SESSION, token.as_str(), ACCESS_TOKEN_LIFETIME)
}

/// The `Set-Cookie` value that stores a refresh token for as long as the session may stay unused.
#[must_use]
pub fn refresh(token: &RefreshToken) -> String {
    set(REFRESH, &token.to_text(), SESSION_IDLE_LIFETIME)
}

/// The `Set-Cookie` values that remove both tokens.
#[must_use]
pub fn signed_out() -> [String; 2] {
    [clear(SESSION), clear(REFRESH)]
}

/// The value of the cookie `name` in the text of a `Cookie` header, if it is there.
#[must_use]
pub fn read<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    all(header).find_map(|(found, value)| (found == name).then_some(value))
}

/// Every cookie in the text of a `Cookie` header, as name and value.
pub(crate) fn all(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').filter_map(|pair| pair.trim().split_once('='))
}

/// A `Set-Cookie` value. `SameSite=Lax` lets browsers send the cookie with top-level navigation
/// from another site, such as the redirect after a sign-in, and with no other cross-site request.
pub(crate) fn set(name: &str, value: &str, lifetime: Duration) -> String {
    format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; Secure; SameSite=Lax", lifetime.as_secs())
}

pub(crate) fn clear(name: &str) -> String {
    set(name, "", Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_cookie_lives_as_long_as_the_session_may_stay_unused() {
        let token = RefreshToken {
            account: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
            session: "01929e6b-6c01-7000-8000-0123456789ab".parse().unwrap(),
            secret: [0; 32],
        };
        assert_eq!(
            refresh(&token),
            "__Host-refresh=01929e6b-6c00-7000-8000-0123456789ab.01929e6b-6c01-7000-8000-0123456789ab.\
             AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax"
        );
    }

    #[test]
    fn signing_out_takes_both_cookies_away() {
        assert_eq!(
            signed_out(),
            [
                "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
                "__Host-refresh=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
            ]
        );
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let header = "theme=dark; __Host-session=a.b.c;__Host-refresh=d=e; x__Host-session=no; broken";
        assert_eq!(read(header, SESSION), Some("a.b.c"));
        assert_eq!(read(header, REFRESH), Some("d=e"));
        assert_eq!(read(header, "Host-session"), None);
        assert_eq!(read("", SESSION), None);
    }
}
