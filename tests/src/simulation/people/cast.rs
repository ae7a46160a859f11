//! The identities of people at the partners, and people who are signed in.

use crate::{
    app::App,
    browser::{Browser, Person},
    event::Event,
};
use accounts::keys;
use jiff::Timestamp;
use kernel::limits;
use local::fakes::{AppleProfile, FacebookProfile};
use testkit::GoogleProfile;

/// The partners, by their names in paths and keys.
pub(super) const PARTNERS: [&str; 3] = ["google", "apple", "facebook"];

/// The names of the people, each of whom has an identity at each partner.
const NAMES: [&str; 3] = ["alice", "bob", "carol"];

/// The person who keeps the mail address back.
const HIDING: &str = "carol";

/// A person's identity at a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) provider: &'static str,
    who: &'static str,
}

impl Known {
    /// Every identity that anybody has.
    pub(super) fn all() -> Vec<Self> {
        PARTNERS.iter().flat_map(|provider| NAMES.iter().map(|who| Self { provider, who })).collect()
    }

    /// A text in all that the partner says of the person. So what is stored shows where it came from.
    pub(super) fn mark(self) -> String {
        format!("{}-at-{}", self.who, self.provider)
    }

    /// The person's id at the partner.
    pub(super) fn subject(self, app: &App) -> String {
        match self.provider {
            "google" => self.who.to_owned(),
            "apple" => app.apple().settings().subject(self.who),
            _ => app.facebook().settings().user_id(self.who),
        }
    }

    /// The partition of the reverse key.
    pub(super) fn reverse(self, app: &App) -> String {
        keys::reverse(self.provider, &self.subject(app))
    }

    /// The person signs in on the partner's page. Returns the event of our callback.
    pub(super) fn sign_in(self, app: &App, browser: &Browser, page: &str) -> Event {
        let (who, mark, hides) = (self.who, self.mark(), self.who == HIDING);
        let (name, email) = (format!("{mark} Person"), format!("{mark}@example.com"));
        match self.provider {
            "google" => {
                let picture = format!("https://pictures.google.test/{mark}.png");
                let profile =
                    GoogleProfile { email, name: Some(name), picture: Some(picture), ..GoogleProfile::new(who) };
                browser.callback(&app.google().sign_in(page, &profile))
            }
            "apple" => {
                let profile = AppleProfile::new(who).named(&mark, "Person").with_email(&email);
                let profile = if hides { profile.hiding_email() } else { profile };
                browser.form_callback(&browser.authorize_at_apple(page, &profile))
            }
            _ => {
                let picture = format!("https://pictures.facebook.test/{mark}.jpg");
                let profile = FacebookProfile::new(who).named(&name).with_email(&email).with_picture(&picture);
                let profile = if hides { profile.withholding_email() } else { profile };
                browser.callback(&browser.authorize_at_facebook(page, &profile))
            }
        }
    }
}

/// Somebody who is signed in, in one browser.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub(super) person: Person,
    /// The time at which the access token expires.
    pub(super) token_until: Timestamp,
}

impl Guest {
    /// The person whose session is in this browser's cookies since `now`.
    pub(super) fn of(browser: Browser, now: Timestamp) -> Self {
        let token_until = now.saturating_add(limits::ACCESS_TOKEN_LIFETIME).expect("the time is in range");
        Self { person: Person::of(browser), token_until }
    }
}
