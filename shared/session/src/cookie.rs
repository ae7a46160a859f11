//! The cookies of a session: their names, their `Set-Cookie` values, and how they are read.
//!
//! Values consist of base64url and dots, so they need no quoting (RFC 6265 §4.1.1).
//!
//! A `Cookie` header is read as bytes. Other programs of our host may set cookies with any bytes, and
//! one of theirs must not hide ours.

use crate::{refresh::RefreshToken, token::AccessToken};
use kernel::limits::ACCESS_TOKEN_LIFETIME;
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

/// The `Set-Cookie` value that stores a refresh token for `lifetime`, the rest of its session.
#[must_use]
pub fn refresh(token: &RefreshToken, lifetime: Duration) -> String {
    set(REFRESH, &token.to_text(), lifetime)
}

/// The `Set-Cookie` values that remove both tokens.
#[must_use]
pub fn signed_out() -> [String; 2] {
    [clear(SESSION), clear(REFRESH)]
}

/// The value of the cookie `name` in the bytes of a `Cookie` header, if it is there.
#[must_use]
pub fn read<'a>(header: &'a [u8], name: &str) -> Option<&'a str> {
    all(header).find_map(|(found, value)| (found == name).then_some(value))
}

/// Every readable cookie in the bytes of a `Cookie` header, as name and value. A pair is readable if
/// name and value are visible ASCII; the others are skipped.
///
/// Browsers send one space after each semicolon (RFC 6265 §4.2.1), and only that one is removed. A
/// name with any other white space is another name: if the white space were removed, a page that may
/// not set a `__Host-` cookie could set one that passes for it.
pub(crate) fn all(header: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let pairs = header.split(|byte| *byte == b';').enumerate();
    pairs.filter_map(|(number, pair)| {
        let pair = if number == 0 { pair } else { pair.strip_prefix(b" ").unwrap_or(pair) };
        let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        (is_visible(name) && is_visible(value)).then_some((name, value))
    })
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The way in which the partner sends the browser back to us. It decides whether an attempt's cookie must
/// come with a form that another site posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackBy {
    /// By a redirect, which the browser follows with GET.
    Redirect,
    /// By a form that the partner's page posts.
    Form,
}

/// A `Set-Cookie` value. `SameSite=Lax` lets browsers send the cookie with top-level navigation
/// from another site, such as the redirect after a sign-in, and with no other cross-site request.
pub(crate) fn set(name: &str, value: &str, lifetime: Duration) -> String {
    with_same_site(name, value, lifetime, "Lax")
}

/// The `Set-Cookie` value of an attempt. Browsers send no `Lax` cookie with a form of another site, so the
/// attempt's cookie alone is `SameSite=None` where the partner posts a form.
pub(crate) fn set_attempt(name: &str, value: &str, lifetime: Duration, by: CallbackBy) -> String {
    match by {
        CallbackBy::Redirect => set(name, value, lifetime),
        CallbackBy::Form => with_same_site(name, value, lifetime, "None"),
    }
}

fn with_same_site(name: &str, value: &str, lifetime: Duration, same_site: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age={}; HttpOnly; Secure; SameSite={same_site}", lifetime.as_secs())
}

/// A `Set-Cookie` value that removes a cookie, also one that was set with `SameSite=None`: a browser finds
/// the cookie by its name, host and path. It accepts this `Lax` value in the answer to a posted form,
/// because that answer is a top-level navigation.
pub(crate) fn clear(name: &str) -> String {
    set(name, "", Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_cookie_lasts_as_long_as_the_session() {
        let token = RefreshToken {
            account: "01929e6b-6c00-7000-8000-0123456789ab".parse().unwrap(),
            session: "01929e6b-6c01-7000-8000-0123456789ab".parse().unwrap(),
            secret: [0; 32],
        };
        assert_eq!(
            refresh(&token, Duration::from_secs(30 * 24 * 60 * 60)),
            "__Host-refresh=01929e6b-6c00-7000-8000-0123456789ab.01929e6b-6c01-7000-8000-0123456789ab.\
             AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax"
        );
    }

    #[test]
    fn the_attempt_of_a_posted_form_alone_goes_across_sites() {
        let lifetime = Duration::from_secs(600);
        assert_eq!(
            set_attempt("__Host-sign-in-x", "y", lifetime, CallbackBy::Form),
            "__Host-sign-in-x=y; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=None"
        );
        for lax in [
            set_attempt("__Host-sign-in-x", "y", lifetime, CallbackBy::Redirect),
            set(SESSION, "y", lifetime),
            clear("__Host-sign-in-x"),
        ] {
            assert!(lax.ends_with("; HttpOnly; Secure; SameSite=Lax"), "{lax}");
        }
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
        let header = b"theme=dark; __Host-session=a.b.c;__Host-refresh=d=e; x__Host-session=no; broken";
        assert_eq!(read(header, SESSION), Some("a.b.c"));
        assert_eq!(read(header, REFRESH), Some("d=e"));
        assert_eq!(read(header, "Host-session"), None);
        assert_eq!(read(b"", SESSION), None);
    }

    #[test]
    fn a_pair_that_cannot_be_read_hides_no_other() {
        for foreign in [
            "name=J\u{f6}rg".as_bytes(),
            b"name=J\xf6rg",
            b"\xff=\xfe",
            b"name=a\x01b",
            b"name=\"quoted text\"",
            b"broken",
            b"",
            b"__Host-session=\xff",
            b"__Host-session=a b",
        ] {
            for header in [[foreign, b"; __Host-session=a.b.c"].concat(), [b"__Host-session=a.b.c; ", foreign].concat()]
            {
                assert_eq!(read(&header, SESSION), Some("a.b.c"), "{}", header.escape_ascii());
            }
        }
    }

    #[test]
    fn a_name_with_white_space_is_not_ours() {
        for space in [" ", "\t", "\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{2003}", "\u{3000}", "\u{feff}"] {
            for pair in [
                format!("{space}__Host-session=x"),
                format!("__Host-session{space}=x"),
                format!("__Host-{space}session=x"),
                format!("a=b; {space}__Host-session=x"),
                format!("a=b; __Host-session{space}=x"),
            ] {
                assert_eq!(read(pair.as_bytes(), SESSION), None, "{}", pair.escape_debug());
            }
        }
    }
}
