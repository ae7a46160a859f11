//! Signing in with Apple and with Facebook.

use super::{Browser, Person};
use crate::{answer::Answer, event::Event};
use local::fakes::{AppleProfile, FacebookProfile, apple::AppleAnswer};
use testkit::{APPLE_ISSUER, PUBLIC_ORIGIN};
use url::Url;

impl Browser {
    /// Sends the form that Apple's page posts to our callback.
    pub async fn arrive_by_form(&mut self, form: &AppleAnswer) -> Answer {
        let answer = self.app.send(self.form_callback(form)).await;
        self.keep(&answer);
        answer
    }

    /// The event of a form that Apple's page posts to our callback. Another site posts it, so the browser
    /// sends those cookies alone that are for every site.
    ///
    /// # Panics
    /// When it does not go to our callback.
    #[must_use]
    pub fn form_callback(&self, form: &AppleAnswer) -> Event {
        assert_eq!(form.redirect_uri, format!("{PUBLIC_ORIGIN}/v1/login/apple/callback"), "it must be our callback");
        let event = Event::recorded("login-callback.apple").body_in_base64(form.body().as_bytes());
        let event = event.cookies(&self.jar_of_a_foreign_form());
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", APPLE_ISSUER),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-site", "cross-site"),
        ];
        self.sent(headers.into_iter().fold(event, |event, (name, value)| event.header(name, value)))
    }

    /// Opens the sign-in and authorizes us on Apple's page. Returns the form for our callback.
    ///
    /// # Panics
    /// When the sign-in does not begin.
    pub async fn sign_in_at_apple(&mut self, profile: &AppleProfile) -> AppleAnswer {
        let page = self.begin_at("apple").await;
        self.authorize_at_apple(&page, profile)
    }

    /// Authorizes us on Apple's page, which is open at this address. Returns the form for our callback.
    ///
    /// # Panics
    /// When Apple would show an error page, or the request lacks a protection of ours.
    #[must_use]
    pub fn authorize_at_apple(&self, page: &str, profile: &AppleProfile) -> AppleAnswer {
        assert_is_protected(page, &[("state", 16), ("nonce", 16), ("code_challenge", 43)]);
        let answer = self.app.apple().sign_in(self.app.world().now(), page, profile);
        answer.unwrap_or_else(|why| panic!("Apple refuses {page}: {why}"))
    }

    /// Opens the sign-in and authorizes us in Facebook's dialog. Returns the address of our callback.
    ///
    /// # Panics
    /// When the sign-in does not begin.
    pub async fn sign_in_at_facebook(&mut self, profile: &FacebookProfile) -> String {
        let page = self.begin_at("facebook").await;
        self.authorize_at_facebook(&page, profile)
    }

    /// Authorizes us in Facebook's dialog, which is open at this address. Returns the address of our callback.
    ///
    /// # Panics
    /// When Facebook would show an error page, or the request lacks a protection of ours.
    #[must_use]
    pub fn authorize_at_facebook(&self, page: &str, profile: &FacebookProfile) -> String {
        assert_is_protected(page, &[("state", 16), ("code_challenge", 43)]);
        let callback = self.app.facebook().sign_in(self.app.world().now(), page, profile);
        callback.unwrap_or_else(|why| panic!("Facebook refuses {page}: {why}"))
    }

    /// Signs in through Apple.
    ///
    /// # Panics
    /// When the sign-in fails.
    pub async fn sign_in_with_apple(mut self, profile: &AppleProfile) -> Person {
        let form = self.sign_in_at_apple(profile).await;
        let answer = self.arrive_by_form(&form).await;
        assert_eq!(answer.status(), 303, "the sign-in must work: {answer:?}");
        Person::of(self)
    }

    /// Signs in through Facebook.
    ///
    /// # Panics
    /// When the sign-in fails.
    pub async fn sign_in_with_facebook(mut self, profile: &FacebookProfile) -> Person {
        let callback = self.sign_in_at_facebook(profile).await;
        let answer = self.arrive(&callback).await;
        assert_eq!(answer.status(), 303, "the sign-in must work: {answer:?}");
        Person::of(self)
    }

    /// The cookies that the browser sends with a form that another site posts.
    #[must_use]
    pub fn jar_of_a_foreign_form(&self) -> Vec<String> {
        let sent = self.cookies.iter().filter(|(_, cookie)| cookie.is_for_every_site);
        sent.map(|(name, cookie)| format!("{name}={}", cookie.value)).collect()
    }
}

/// Checks that a request for an authorization has these parameters, each of at least so many characters. They
/// are ours: no partner requires all of them.
fn assert_is_protected(page: &str, least: &[(&str, usize)]) {
    let url = Url::parse(page).expect("the partner's page is a URL");
    for (name, least) in least {
        let found = url.query_pairs().find(|(known, _)| known == name).map_or(0, |(_, value)| value.len());
        assert!(found >= *least, "{name} must have at least {least} characters in {page}");
    }
}
