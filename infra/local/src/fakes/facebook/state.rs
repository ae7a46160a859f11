//! The state of the fake Facebook.

use super::{
    callbacks::{self, FacebookCallback, SignedCallback},
    knobs::{FacebookCounts, FacebookKnobs},
    profile::FacebookProfile,
    settings::FakeFacebookSettings,
};
use crate::fakes::{deliveries::Deliveries, text::random};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Knobs, counts, people, codes, tokens and callbacks.
#[derive(Debug, Default)]
pub struct FacebookState {
    pub(super) knobs: FacebookKnobs,
    pub(super) counts: FacebookCounts,
    /// The people who have authorized our app, as they were the last time.
    pub(super) people: BTreeMap<String, FacebookProfile>,
    pub(super) codes: BTreeMap<String, GrantedCode>,
    pub(super) tokens: BTreeMap<String, GrantedToken>,
    pub(super) deliveries: Deliveries<SignedCallback>,
    ids: u64,
}

/// A code that waits for its exchange, or that was exchanged.
#[derive(Debug, Clone)]
pub(super) struct GrantedCode {
    pub(super) at: Timestamp,
    pub(super) person: String,
    pub(super) redirect_uri: String,
    pub(super) has_email: bool,
    pub(super) challenge: Option<String>,
    pub(super) is_spent: bool,
}

/// A person's access token.
#[derive(Debug, Clone)]
pub(super) struct GrantedToken {
    pub(super) at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) person: String,
    pub(super) has_email: bool,
}

impl FacebookState {
    /// The message of a callback about the person with this id, in the mode of the knobs.
    pub(super) fn callback(&mut self, now: Timestamp, kind: FacebookCallback, user_id: &str) -> SignedCallback {
        self.counts.callbacks += 1;
        SignedCallback { kind, user_id: user_id.to_owned(), at: now, mode: self.knobs.callbacks }
    }

    /// Does what a person did at Facebook, and queues the callback. Either way our app loses the
    /// authorization.
    pub(super) fn notify(
        &mut self,
        settings: &FakeFacebookSettings,
        now: Timestamp,
        kind: FacebookCallback,
        person: &str,
    ) {
        let callback = self.callback(now, kind, &settings.user_id(person));
        callbacks::queue(&mut self.deliveries, &callback);
        self.people.remove(person);
        self.codes.retain(|_, code| code.person != person);
    }

    /// A text that looks random.
    pub(super) fn new_text(&mut self, length: usize, now: Timestamp) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        self.ids += 1;
        random(ALPHABET, length, now, self.ids)
    }
}
