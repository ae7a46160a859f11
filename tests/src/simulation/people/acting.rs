//! The acts of people: each is prepared until its last request, so that several can be sent at once.

use super::{
    People, Seen, Step,
    act::{Act, Prepared},
    cast::{Guest, Known, PARTNERS},
};
use crate::{
    answer::Answer,
    browser::{Browser, Person},
    event::Event,
    identities::text,
    stored::prompt,
};
use accounts::keys;
use kernel::SessionId;
use serde_json::Value;

/// Most people who are signed in at once.
const GUESTS: usize = 4;

impl People {
    /// Prepares an act. It may be several requests, or none if the preparation failed.
    pub(super) async fn prepare(&mut self) -> Vec<Prepared> {
        match self.random.below(25) {
            0..6 => self.a_sign_in().await.into_iter().collect(),
            6..12 => self.a_link().await.into_iter().collect(),
            12..15 => self.removals().await,
            15 | 16 => self.a_refresh().into_iter().collect(),
            17 => self.an_end().await.into_iter().collect(),
            18 => self.a_wish().await.into_iter().collect(),
            _ => self.a_notice(),
        }
    }

    /// Somebody signs in with any identity, in a new browser or in one that has a session.
    async fn a_sign_in(&mut self) -> Option<Prepared> {
        let known = *self.random.pick(&Known::all())?;
        let has_session = self.random.chance(0.3);
        let guest = self.random.pick(&self.guests).filter(|_| has_session);
        let browser = guest.map_or_else(|| self.app.browser(), |guest| guest.person.browser().clone());
        self.sign_in_with(known, browser).await
    }

    /// Goes to the partner's page and back, until the callback.
    pub(super) async fn sign_in_with(&self, known: Known, mut browser: Browser) -> Option<Prepared> {
        let begin = Event::recorded("login").path("provider", known.provider).cookies(&browser.jar());
        let event = self.at_partner(begin, known, &mut browser).await?;
        Some(Prepared { event, act: Act::SignIn(known, browser) })
    }

    /// Somebody links an identity, mostly one of a partner that the account lacks.
    async fn a_link(&mut self) -> Option<Prepared> {
        let person = self.signed_in().await?;
        let (account, stored) = (person.account().to_string(), self.stored.clone());
        let mut choices = Known::all();
        if self.random.chance(0.65) {
            let is_free = |known: &Known| stored.leads_to(&known.reverse(&self.app)).is_none();
            choices.retain(|known| stored.identity(&account, known.provider).is_none() && is_free(known));
        }
        let known = *self.random.pick(&choices)?;
        let mut browser = person.browser().clone();
        let begin = person.event("POST", &path(known.provider));
        let event = self.at_partner(begin, known, &mut browser).await?;
        Some(Prepared { event, act: Act::Link(known) })
    }

    /// Begins an attempt and signs in on the partner's page. Returns the event of the callback.
    async fn at_partner(&self, begin: Event, known: Known, browser: &mut Browser) -> Option<Event> {
        let answer = self.request(begin).await.filter(|answer| answer.status() == 303)?;
        browser.keep(&answer);
        let page = answer.header("location").expect("a redirect has a location");
        Some(known.sign_in(&self.app, browser, page))
    }

    /// Somebody removes an identity, or all of them at once.
    async fn removals(&mut self) -> Vec<Prepared> {
        let Some(person) = self.signed_in().await else { return Vec::new() };
        let (account, stored) = (person.account().to_string(), self.stored.clone());
        let mut providers = PARTNERS.to_vec();
        providers.retain(|provider| stored.identity(&account, provider).is_some());
        let chosen: Vec<&'static str> = match self.random.below(4) {
            0 => providers,
            1 => self.random.pick(&PARTNERS).into_iter().copied().collect(),
            _ => self.random.pick(&providers).into_iter().copied().collect(),
        };
        let removal = |provider: &'static str| {
            let act = Act::Unlink { account: account.clone(), provider };
            Prepared { event: person.event("DELETE", &path(provider)), act }
        };
        chosen.into_iter().map(removal).collect()
    }

    fn a_refresh(&mut self) -> Option<Prepared> {
        let guest = self.random.pick(&self.guests)?;
        let act = Act::Refresh(guest.person.session());
        Some(Prepared { event: guest.person.browser().renewal(), act })
    }

    async fn an_end(&mut self) -> Option<Prepared> {
        let person = self.signed_in().await?;
        Some(Prepared { event: person.event("DELETE", "/v1/session"), act: Act::End(person.session()) })
    }

    /// Somebody wants a picture, wants the account deleted, or takes that back.
    async fn a_wish(&mut self) -> Option<Prepared> {
        let person = self.signed_in().await?;
        let event = match self.random.below(4) {
            0 => person.deletion_event("delete my account"),
            1 => person.event("DELETE", "/v1/account/deletion"),
            _ => person.keyed_event(&self.random.hex(16), &prompt("a boat of a person with several identities")),
        };
        Some(Prepared { event, act: Act::Other })
    }

    /// Somebody who is signed in, with an access token that has not expired.
    pub(super) async fn signed_in(&mut self) -> Option<Person> {
        let guest = self.random.pick(&self.guests)?.clone();
        let session = guest.person.session();
        if self.app.world().now() >= guest.token_until {
            let answer = self.request(guest.person.browser().renewal()).await;
            self.refreshed(session, answer.as_ref());
        }
        self.guests.iter().find(|guest| guest.person.session() == session).map(|guest| guest.person.clone())
    }

    fn refreshed(&mut self, session: SessionId, answer: Option<&Answer>) {
        let now = self.app.world().now();
        match answer.map(Answer::status) {
            Some(200) => {
                let found = self.guests.iter_mut().find(|guest| guest.person.session() == session);
                if let (Some(guest), Some(answer)) = (found, answer) {
                    let mut browser = guest.person.browser().clone();
                    browser.keep(answer);
                    *guest = Guest::of(browser, now);
                }
            }
            Some(401) => self.guests.retain(|guest| guest.person.session() != session),
            _ => {}
        }
    }

    /// An act was done. `None` is the answer of a process that died.
    pub(super) fn happened(&mut self, act: Act, answer: Option<&Answer>, seen: &Seen, step: &mut Step) {
        let (status, code) = answer.map(Answer::outcome).unwrap_or_default();
        match act {
            Act::SignIn(known, browser) => self.signed_in_or_not(known, browser, answer, seen),
            Act::Link(known) => {
                let before = seen.before.leads_to(&known.reverse(&self.app));
                match (status, code.as_str()) {
                    (303, _) if before.is_none() => self.count(&format!("{}: a link", known.provider)),
                    (409, code) => self.count(&format!("a link was refused: {code}")),
                    _ => {}
                }
            }
            Act::Unlink { account, provider } => {
                match (status, code.as_str()) {
                    (200, _) => {
                        self.count(&format!("{provider}: a removal"));
                        let is_session = |item: &&Value| text(item, "sk").starts_with(keys::SESSION);
                        let sessions = seen.after.items(&account).filter(is_session).count();
                        assert!(!seen.is_alone || sessions == 1, "a removal leaves the caller's session: {sessions}");
                    }
                    (403 | 409, code) => self.count(&format!("a removal was refused: {code}")),
                    _ => {}
                }
                step.unlinks.push((account, provider));
            }
            Act::Refresh(session) => self.refreshed(session, answer),
            Act::End(session) if status == 204 => self.guests.retain(|guest| guest.person.session() != session),
            Act::Notice(at) => self.told(at, answer, seen, step),
            Act::End(_) | Act::Other => {}
        }
    }

    fn signed_in_or_not(&mut self, known: Known, mut browser: Browser, answer: Option<&Answer>, seen: &Seen) {
        let Some(answer) = answer else { return };
        match answer.status() {
            303 => {
                if seen.before.leads_to(&known.reverse(&self.app)).is_some() {
                    self.count(&format!("{}: a later sign-in", known.provider));
                }
                browser.keep(answer);
                self.guests.push(Guest::of(browser, self.app.world().now()));
                if self.guests.len() > GUESTS {
                    self.guests.remove(0);
                }
            }
            400 => {
                let detail = answer.json()["detail"].to_string();
                assert_eq!(answer.code(), "sign_in_failed", "{detail}");
                if detail.contains("Sessions of this account were ended") {
                    self.count("a sign-in of before the end of sessions was refused");
                }
            }
            _ => {}
        }
    }
}

fn path(provider: &str) -> String {
    format!("/v1/account/identities/{provider}")
}
