//! The state of the fake Apple.

use super::{
    knobs::{AppleCounts, AppleKnobs},
    notices::{self, AppleEvent, AppleNotification},
    settings::FakeAppleSettings,
};
use crate::fakes::{deliveries::Deliveries, text::random};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Knobs, counts, authorizations, codes, tokens and notifications.
#[derive(Debug, Default)]
pub struct AppleState {
    pub(super) knobs: AppleKnobs,
    pub(super) counts: AppleCounts,
    pub(super) rotations: usize,
    /// By person.
    pub(super) authorizations: BTreeMap<String, Authorization>,
    pub(super) codes: BTreeMap<String, GrantedCode>,
    /// The grant of each refresh token.
    pub(super) refresh_tokens: BTreeMap<String, GrantedCode>,
    pub(super) deliveries: Deliveries<AppleNotification>,
    ids: u64,
}

/// The choice of a person at their first authorization.
#[derive(Debug, Clone)]
pub(super) struct Authorization {
    /// The address that we get.
    pub(super) email: String,
    pub(super) is_private: bool,
}

/// A code that waits for its exchange, or that was exchanged.
#[derive(Debug, Clone)]
pub(super) struct GrantedCode {
    pub(super) at: Timestamp,
    pub(super) person: String,
    pub(super) redirect_uri: String,
    pub(super) nonce: Option<String>,
    pub(super) has_email: bool,
    pub(super) challenge: Option<String>,
    pub(super) is_spent: bool,
}

impl AppleState {
    /// Ends the authorization of a person: their tokens are dead, and their next authorization is
    /// a first one. Returns whether there was one.
    pub(super) fn end_authorization(&mut self, person: &str) -> bool {
        self.refresh_tokens.retain(|_, granted| granted.person != person);
        self.codes.retain(|_, code| code.person != person);
        self.authorizations.remove(person).is_some()
    }

    /// The notification of an event of the person with this subject, in the mode of the knobs.
    pub(super) fn notification(
        &mut self,
        settings: &FakeAppleSettings,
        now: Timestamp,
        event: AppleEvent,
        subject: &str,
    ) -> AppleNotification {
        self.counts.notices += 1;
        let known = self.authorizations.iter().find(|(person, _)| settings.subject(person) == subject);
        let email = known.map(|(_, authorization)| (authorization.email.clone(), authorization.is_private));
        let (id, mode) = (self.new_text(BASE64_URL, 22, now), self.knobs.notices);
        AppleNotification { event, subject: subject.to_owned(), email, at: now, id, mode }
    }

    /// Does what a person did at Apple, and queues the notification.
    pub(super) fn notify(&mut self, settings: &FakeAppleSettings, now: Timestamp, event: AppleEvent, person: &str) {
        let notification = self.notification(settings, now, event, &settings.subject(person));
        notices::queue(&mut self.deliveries, &notification);
        if event.ends_authorization() {
            self.end_authorization(person);
        }
    }

    /// A code or a token in the form of Apple's: codes begin with `c`, access tokens with `a`, refresh
    /// tokens with `r`.
    pub(super) fn new_token(&mut self, first: char, now: Timestamp) -> String {
        let [hex, letters, rest] =
            [(HEX, 32), (LETTERS, 5), (BASE64_URL, 22)].map(|(alphabet, length)| self.new_text(alphabet, length, now));
        format!("{first}{hex}.0.{letters}.{rest}")
    }

    fn new_text(&mut self, alphabet: &[u8], length: usize, now: Timestamp) -> String {
        self.ids += 1;
        random(alphabet, length, now, self.ids)
    }
}

const HEX: &[u8] = b"0123456789abcdef";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
