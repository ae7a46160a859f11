//! Sessions: their refresh tokens, the lists of sessions and sign-ins, and signing out.

use crate::{
    answer::Answer,
    app::App,
    browser::{Browser, Person},
    event::Event,
    logs::Printed,
};
use serde_json::{Value, json};
use testkit::{Fault, Faults, PUBLIC_ORIGIN};

impl App {
    /// Exchanges a refresh token for new tokens. It is sent in the body.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.send(renewal(token)).await
    }
}

impl Browser {
    /// The event that exchanges the refresh token in the cookies, from one of our pages.
    #[must_use]
    pub fn renewal(&self) -> Event {
        Event::recorded("refresh-session").cookies(&self.jar()).fill("origin", PUBLIC_ORIGIN)
    }
}

impl Person {
    /// Exchanges the refresh token for new tokens.
    ///
    /// # Panics
    /// When the exchange is refused.
    pub async fn renew(&mut self) {
        let answer = self.app().refresh(self.refresh_token()).await.expect(200);
        self.keep(&answer);
    }

    /// The event that exchanges the refresh token for new tokens. It is sent in the body.
    #[must_use]
    pub fn renewal(&self) -> Event {
        renewal(self.refresh_token())
    }

    /// The listed sessions, last used first.
    ///
    /// # Panics
    /// When the list is refused.
    pub async fn sessions(&self) -> Vec<Value> {
        let answer = self.get("/v1/sessions").await.expect(200).json();
        answer["items"].as_array().expect("a list has items").clone()
    }

    /// The ids of the listed sessions, last used first.
    ///
    /// # Panics
    /// When the list is refused.
    pub async fn session_ids(&self) -> Vec<String> {
        let id = |session: &Value| session["id"].as_str().expect("a session has an id").to_owned();
        self.sessions().await.iter().map(id).collect()
    }
}

/// Lists that show IP addresses to the person who used them.
impl Person {
    /// Checks that a list has exactly these items on one page, by header and by cookie, and that no
    /// cache may store it.
    ///
    /// # Panics
    /// When it differs.
    pub async fn expect_private_list(&self, path: &str, items: &Value) {
        for event in [self.event("GET", path), self.page_event("GET", path)] {
            let answer = self.app().send(event).await.expect(200);
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.json(), json!({ "items": items, "next_cursor": null }));
        }
    }

    /// Reads a list, and reads it again while its first and its second request to AWS fail: 503. Checks
    /// that none of this prints an address, a device or an id of the person.
    ///
    /// # Panics
    /// When an answer differs, or a line has personal data.
    pub async fn expect_failures_without_an_address(&self, path: &str) {
        let printed = Printed::in_production();
        self.get(path).await.expect(200);
        for call in 1..=2 {
            self.app().world().inject(Faults::at(call, Fault::ServerError));
            assert_eq!(self.get(path).await.outcome(), (503, "unavailable".to_owned()), "call {call}");
        }
        let text = printed.text();
        assert!(text.contains(&format!("GET {path}")), "the requests must be printed: {text}");
        for personal in ["203.0.113.", "Firefox", &self.session().to_string(), &self.account().to_string()] {
            assert!(!text.contains(personal), "{personal} must not be printed: {text}");
        }
    }
}

impl Answer {
    /// The refresh token of an answer whose refresh token was sent in the body.
    ///
    /// # Panics
    /// When the refresh was refused.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        assert_eq!(self.status(), 200, "the refresh must work: {self:?}");
        self.json()["refresh_token"].as_str().expect("a refresh by body has its tokens in the body").to_owned()
    }

    /// Checks that it signs the browser out: our two session cookies expire and no other, and the
    /// storage of our pages is cleared.
    ///
    /// # Panics
    /// When it does not.
    pub fn expect_signed_out(&self) {
        let cookies = self.cookies();
        let expired: Vec<_> = cookies.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(expired, [("__Host-refresh", ""), ("__Host-session", "")], "no other cookie may expire");
        assert_eq!(self.header("clear-site-data"), Some("\"storage\""), "the draft goes, and the cookies stay");
    }
}

/// The outcome for a caller without a valid token, or without a living session where one is needed.
#[must_use]
pub fn unauthenticated() -> (u16, String) {
    (401, "unauthenticated".to_owned())
}

fn renewal(token: &str) -> Event {
    Event::recorded("refresh-session.body").fill("refresh_token", token)
}
