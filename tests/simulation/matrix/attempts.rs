//! Attempts to sign in and to link, from their beginning to their end.

use local::fakes::{AppleProfile, FacebookProfile};
use testkit::GoogleProfile;
use tests::{App, Event, Person};

/// The person at the partner.
pub(super) const WHO: &str = "somebody";

/// An attempt at a partner. Each run is a new one, as a person begins again after a failure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pub(super) provider: &'static str,
    /// Whether it links the identity to the account of the scene's person. Otherwise it signs somebody else in.
    pub(super) links: bool,
}

impl Attempt {
    /// Begins the attempt, signs in on the partner's page and comes back. Returns whether it succeeded.
    pub(super) async fn run(self, app: &App, person: &Person) -> bool {
        let mut browser = if self.links { person.browser().clone() } else { app.browser() };
        let begin = match self.links {
            true => person.event("POST", &format!("/v1/account/identities/{}", self.provider)),
            false => Event::recorded("login").path("provider", self.provider).cookies(&browser.jar()),
        };
        let answer = app.send(begin).await;
        if answer.status() != 303 {
            return false;
        }
        browser.keep(&answer);
        let page = answer.header("location").unwrap_or_default();
        let callback = match self.provider {
            "google" => browser.callback(&app.google().sign_in(page, &GoogleProfile::new(WHO))),
            "apple" => browser.form_callback(&browser.authorize_at_apple(page, &AppleProfile::new(WHO))),
            _ => browser.callback(&browser.authorize_at_facebook(page, &FacebookProfile::new(WHO))),
        };
        app.send(callback).await.status() == 303
    }
}
