//! The profile of a person at a partner, reduced to the fields that we keep.

use kernel::text::{breaks_line, is_blank};
use url::Url;

/// The longest name that is kept, in Unicode scalar values.
const NAME_CHARS: usize = 200;

/// Longest mail address, in bytes (RFC 5321 §4.5.3.1.3 without the brackets).
const EMAIL_BYTES: usize = 254;

/// Longest picture URL that is kept, in bytes.
const PICTURE_URL_BYTES: usize = 2_048;

/// Longest subject, in ASCII characters (OpenID Connect Core §2).
const SUBJECT_CHARS: usize = 255;

/// The longest token of a partner that is kept or sent back, in bytes. Those of Facebook have about 250.
const TOKEN_BYTES: usize = 2_048;

/// A person, as the partner describes them. Issuer and subject are the key. An address may change
/// its owner, so it is never used to find an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProfile {
    /// The issuer of the partner, as configured.
    pub issuer: String,
    /// The id of the person at that issuer: 1 to 255 visible ASCII characters.
    pub subject: String,
    /// The mail address, if the partner gave one.
    pub email: Option<String>,
    /// Whether the partner has verified the address. Facebook never has.
    pub email_verified: bool,
    /// Whether the address is a relay of Apple's, which the person may switch off.
    pub is_private_email: bool,
    /// The name, at most 200 characters.
    pub name: Option<String>,
    /// The URL of the picture: https, or of the partner's own origin.
    pub picture_url: Option<String>,
}

/// The subject, if it can be a key.
pub(crate) fn subject(text: String) -> Option<String> {
    let good = (1..=SUBJECT_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then_some(text)
}

/// The token, if it can be kept and sent in a header.
pub(crate) fn opaque_token(text: String) -> Option<String> {
    let good = (1..=TOKEN_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then_some(text)
}

/// The address, if it is short enough. A truncated address could belong to another person.
pub(crate) fn email(text: String) -> Option<String> {
    let good = (3..=EMAIL_BYTES).contains(&text.len())
        && text.contains('@')
        && !text.chars().any(|c| breaks_line(c) || c.is_whitespace());
    good.then_some(text)
}

/// The name on one line, truncated, without what changes the direction of a text: Apple's comes from the browser.
pub(crate) fn name(text: &str) -> Option<String> {
    let cut: String = text.trim().chars().filter(|c| !breaks_line(*c)).take(NAME_CHARS).collect();
    let cut = cut.trim();
    (!is_blank(cut)).then(|| cut.to_owned())
}

/// The URL, if it is https or has the origin of `own`, the partner's configured address. That is https too, except on
/// the local platform.
pub(crate) fn picture_url(text: &str, own: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_own = Url::parse(own).is_ok_and(|own| own.origin() == url.origin());
    let url = (url.scheme() == "https" || is_own).then(|| String::from(url))?;
    (url.len() <= PICTURE_URL_BYTES).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_short_visible_ascii() {
        for good in ["1", "117209350413", "ada@example.com", &"9".repeat(255)] {
            assert_eq!(subject(good.to_owned()).as_deref(), Some(good));
        }
        for bad in ["", " 1", "1\n", "\u{e9}", &"9".repeat(256)] {
            assert_eq!(subject(bad.to_owned()), None, "{bad:?} must not be a key");
        }
    }

    #[test]
    fn a_token_has_no_character_that_a_header_cannot_hold() {
        for good in ["r", "r.0.abc-_~+/=", "EAAB|x"] {
            assert_eq!(opaque_token(good.to_owned()).as_deref(), Some(good));
        }
        for bad in ["", "a b", "a\r\nx: y", "\u{e9}", &"x".repeat(2_049)] {
            assert_eq!(opaque_token(bad.to_owned()), None, "{bad:?} is no token");
        }
    }

    #[test]
    fn an_address_is_kept_whole_or_not_at_all() {
        assert_eq!(email("a@b".into()).as_deref(), Some("a@b"));
        let long = format!("{}@b", "a".repeat(253));
        for bad in ["", "ada", "a b@c", "a@b\r\n", "a\u{202e}@b", "a\u{2066}@b", &long] {
            assert_eq!(email(bad.to_owned()), None, "{bad:?} must be left out");
        }
    }

    #[test]
    fn a_name_is_one_bounded_line() {
        for (given, kept) in [
            (" Ada Lovelace ", Some("Ada Lovelace")),
            ("Ada\r\nLovelace", Some("AdaLovelace")),
            ("\u{5f20}\u{4f1f}", Some("\u{5f20}\u{4f1f}")),
            ("\u{202e}ecalevoL\u{202c} \u{2067}Ada\u{2069}\u{2028}", Some("ecalevoL Ada")),
            (" \u{0} ", None),
            ("\u{202e} \u{2066}", None),
            ("\u{200b}\u{3164} \u{feff}", None),
            ("👩🏽\u{200d}🚀", Some("👩🏽\u{200d}🚀")),
            ("", None),
        ] {
            assert_eq!(name(given).as_deref(), kept, "{given:?}");
        }
        assert_eq!(name(&"\u{e9}".repeat(300)).unwrap().chars().count(), 200);
    }

    #[test]
    fn a_picture_is_fetched_over_https_or_from_the_partner_itself() {
        let (google, local) = ("https://accounts.google.com", "http://127.0.0.1:9000");
        assert!(picture_url("https://lh3.googleusercontent.com/a/x=s96-c", google).is_some());
        let long = format!("https://a.example/{}", "x".repeat(2_048));
        for bad in ["", "x", "http://a.example/x", "javascript:alert(1)", "data:image/png;base64,AA", &long] {
            assert_eq!(picture_url(bad, google), None, "{bad:?} must be left out");
        }
        let own = "http://127.0.0.1:9000/pictures/ada.png";
        assert_eq!(picture_url(own, local).as_deref(), Some(own));
        for other in ["http://127.0.0.1:9001/", "http://localhost:9000/", "http://accounts.google.com/"] {
            assert_eq!(picture_url(other, local), None, "{other} is another origin");
            assert_eq!(picture_url(other, google), None, "{other} is another origin");
        }
    }
}
