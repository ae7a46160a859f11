//! The frame of every page: the bar, the banners, the messages and the footer.

use crate::assets::{FOLDER, named};
use askama::Template;
use kernel::{Error, Result, limits::ADVERTISING_AGE};

/// The partners with which a person signs in: the name in addresses, and the name for people.
const PARTNERS: [(&str, &str); 3] = [("google", "Google"), ("apple", "Apple"), ("facebook", "Facebook")];

/// The script of every page.
const SCRIPT: &str = "shell.js";

/// The page with the ways to sign in.
const SIGN_IN: &str = "/sign-in";

/// The reader and the surroundings of a page, as far as it knows them. Nothing in it is personal.
#[derive(Debug, Clone, Copy)]
pub struct Shell<'a> {
    /// Whether the browser has a session. Its script finds out whose it is.
    pub signed_in: bool,
    /// The path of the page, such as `/plans`.
    pub path: &'a str,
    /// The change of the privacy policy that is near, if there is one.
    pub notice: Option<Notice<'a>>,
    /// Whether the browser sends Global Privacy Control.
    pub gpc: bool,
    /// The tag of an advertising network, if the operator has configured one.
    pub tag: Option<Tag<'a>>,
    /// The current version of the privacy policy.
    pub policy: &'a str,
    /// The current version of the terms.
    pub terms: &'a str,
    /// The age in years that a person declares to have reached by signing in.
    pub minimum_age: u8,
}

/// A change of the privacy policy.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The new version.
    pub version: &'a str,
    /// The day on which it comes into force, for people.
    pub on: &'a str,
    /// Whether that day is still to come.
    pub ahead: bool,
}

/// The tag of an advertising network: a picture whose address tells an event and its value, and nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a> {
    /// The address, with the places `{event}` and `{value}`.
    pub url: &'a str,
}

/// The version of the text that asks for consent: the day on which it was written. A new text needs a new version.
const CONSENT_VERSION: &str = "2026-12-01";
/// The hexadecimal SHA-256 of that text.
const CONSENT_HASH: &str = env!("CONSENT_HASH");

impl Shell<'_> {
    /// The folder of the assets.
    #[must_use]
    pub fn assets(&self) -> &'static str {
        FOLDER
    }

    /// The modules that a script of a page imports. A browser that knows them from the start loads all at once, and not
    /// one level after the other. Those of the script of every page are named once.
    pub(crate) fn imports(&self, script: &str) -> impl Iterator<Item = &'static str> {
        let of = |name| named(name).map_or(&[][..], |asset| asset.imports);
        let is_known = move |module: &&str| script == SCRIPT || !of(SCRIPT).contains(module);
        of(script).iter().copied().filter(is_known)
    }

    /// `page` for the entry of the bar that leads to this page, or to the part of the site that it is in.
    #[must_use]
    pub fn at(&self, path: &str) -> &'static str {
        let within = self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if within { "page" } else { "" }
    }

    /// The version of the text that asks for consent.
    #[must_use]
    pub fn consent_version(&self) -> &'static str {
        CONSENT_VERSION
    }

    /// The hexadecimal SHA-256 of the text that asks for consent.
    #[must_use]
    pub fn consent_hash(&self) -> &'static str {
        CONSENT_HASH
    }

    /// The age in years below which nobody is asked for consent.
    #[must_use]
    pub fn advertising_age(&self) -> u8 {
        ADVERTISING_AGE
    }

    /// The partners with which a person signs in: the name in addresses, and the name for people.
    #[must_use]
    pub fn partners(&self) -> [(&'static str, &'static str); 3] {
        PARTNERS
    }

    /// The query of the links that begin a sign-in: the page to return to, and what the person accepts by following
    /// one.
    #[must_use]
    pub fn accepted(&self, return_to: &str) -> String {
        let (policy, terms, age) = (self.policy, self.terms, self.minimum_age);
        format!("return_to={}&policy={policy}&terms={terms}&age={age}", encoded(return_to))
    }

    /// The page on which to sign in, and then to come back to this one.
    #[must_use]
    pub fn sign_in(&self) -> String {
        match self.path {
            SIGN_IN => SIGN_IN.to_owned(),
            path => format!("{SIGN_IN}?return_to={}", encoded(path)),
        }
    }
}

/// A text as one value of a query.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// The page of a template.
///
/// # Errors
/// `internal` when a value cannot be written.
pub(crate) fn written(template: &impl Template) -> Result<String> {
    template.render().map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELL: Shell<'_> = Shell {
        signed_in: false,
        path: "/models/a",
        notice: None,
        gpc: false,
        tag: None,
        policy: "2026-12-15",
        terms: "2026-12-01",
        minimum_age: 16,
    };

    /// A record of consent names the text by its version and its digest.
    #[test]
    fn a_changed_question_has_a_new_version() {
        let published = [("2026-12-01", "05f59e4a17230ce75cdeb8b6d36d2c14efb6694d24d5d50fa072f99bde2ca09f")];
        let current = (CONSENT_VERSION, CONSENT_HASH);
        assert_eq!(published.last(), Some(&current), "add the new version and the new digest, and keep the old ones");
    }

    /// The text has one digest, so it names the age itself.
    #[test]
    fn the_question_names_the_age_of_advertising() {
        let question = include_str!("../templates/consent.html");
        let words = format!("With a yes you also say that you are {ADVERTISING_AGE} or older.");
        assert!(question.contains(&words), "{words} must be in the question, with a new version of it: {question}");
    }

    #[test]
    fn a_page_is_in_its_part_of_the_site() {
        assert_eq!([SHELL.at("/models"), SHELL.at("/model"), SHELL.at("/plans")], ["page", "", ""]);
    }

    #[test]
    fn an_address_is_one_value_of_a_query() {
        assert_eq!(encoded("/g/1?a=b&c=\u{e9}#\"x"), "/g/1%3Fa%3Db%26c%3D%C3%A9%23%22x");
        assert_eq!(SHELL.accepted("/"), "return_to=/&policy=2026-12-15&terms=2026-12-01&age=16");
    }
}
