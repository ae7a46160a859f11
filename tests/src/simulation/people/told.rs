//! The deliveries of the partners' messages: each comes one to five times, late and in any order.

use super::{
    People, Seen, Step,
    act::{Act, Prepared},
    cast::Known,
    notice::{Applied, Kind, Meaning, Notice},
};
use crate::{
    answer::Answer,
    event::Event,
    identities::{StoredAccounts, reverse_of, text, time},
};
use jiff::Timestamp;
use kernel::{later, limits::CLOCK_LEEWAY};

/// Most deliveries of one message.
const DELIVERIES: usize = 5;

impl People {
    /// Delivers a message: a new one, or one that has waited, sometimes twice at once.
    pub(super) fn a_notice(&mut self) -> Vec<Prepared> {
        let waiting = self.waiting();
        let is_new = waiting.is_empty() || self.random.chance(0.5);
        let chosen = match is_new {
            true => self.new_notice(),
            false => self.random.pick(&waiting).copied(),
        };
        let comes_later = is_new && self.random.chance(0.4);
        let Some(at) = chosen.filter(|_| !comes_later) else { return Vec::new() };
        let times = if self.random.chance(self.conditions.again) { 2 } else { 1 };
        (0..times).map(|_| self.delivery(at)).collect()
    }

    /// A message about an identity, mostly one that somebody has linked.
    fn new_notice(&mut self) -> Option<usize> {
        let stored = self.stored.clone();
        let mut choices = Known::all();
        if self.random.chance(0.85) {
            choices.retain(|known| stored.leads_to(&known.reverse(&self.app)).is_some());
        }
        let known = *self.random.pick(&choices)?;
        let kind = *self.random.pick(Kind::of(known.provider))?;
        let (event, at) = kind.event(&self.app, &known.subject(&self.app));
        // Two messages about one identity that cover the same time are one for the receiver.
        if self.notices.iter().any(|notice| notice.known == known && notice.at == at) {
            return None;
        }
        let left = 1 + self.random.below(DELIVERIES);
        self.notices.push(Notice { known, kind, at, event, left, deliveries: 0, is_acknowledged: false });
        Some(self.notices.len() - 1)
    }

    /// A message that deletes nothing, as of now. It is not delivered again.
    pub(super) fn harmless(&mut self, known: Known) -> Option<Event> {
        let kinds: Vec<_> = Kind::of(known.provider).iter().filter(|kind| kind.meaning() != Meaning::Delete).collect();
        let kind = **self.random.pick(&kinds)?;
        Some(kind.event(&self.app, &known.subject(&self.app)).0)
    }

    /// The messages that must still be delivered.
    pub(super) fn waiting(&self) -> Vec<usize> {
        let is_waiting = |notice: &Notice| notice.left > 0 || !notice.is_acknowledged;
        (0..self.notices.len()).filter(|at| is_waiting(&self.notices[*at])).collect()
    }

    pub(super) fn delivery(&self, at: usize) -> Prepared {
        Prepared { event: self.notices[at].event.clone(), act: Act::Notice(at) }
    }

    /// A message was delivered.
    pub(super) fn told(&mut self, at: usize, answer: Option<&Answer>, seen: &Seen, step: &mut Step) {
        let notice = &mut self.notices[at];
        let is_first = notice.deliveries == 0;
        notice.deliveries += 1;
        notice.left = notice.left.saturating_sub(1);
        let meaning = notice.kind.meaning();
        if meaning == Meaning::Delete {
            step.deletions.push((notice.known.reverse(&self.app), notice.at));
        }
        let Some(status) = answer.map(Answer::status) else { return };
        assert!(status < 300 || status == 503, "a valid message was answered {status}: {notice:?}");
        if status == 503 {
            return;
        }
        notice.is_acknowledged = true;
        let Notice { known, kind, at, .. } = notice.clone();
        self.count(&format!("{kind:?} was acknowledged"));
        let reverse = known.reverse(&self.app);
        let (was, is) = (seen.before.leads_to(&reverse), seen.after.leads_to(&reverse));
        let Some((account, linked_at)) = was.clone().filter(|(_, linked_at)| *linked_at <= at) else { return };
        if meaning == Meaning::Delete {
            if is_first && seen.is_alone {
                self.is_carried_out(seen, &account, was != is, at);
            }
        } else if was == is {
            if meaning == Meaning::EndSessions {
                step.ended.push(known);
            }
            self.applied.push(Applied { account, provider: known.provider, linked_at, meaning, at });
        }
    }

    /// A deleted identity is gone, or it was the last one. Then the account is being deleted, unless the person has
    /// used it since.
    fn is_carried_out(&mut self, seen: &Seen, account: &str, is_gone: bool, at: Timestamp) {
        if seen.before.identities(account).count() > 1 {
            assert!(is_gone, "{account}: an identity that its partner deleted at {at} stays");
            return self.count("a notice removed an identity");
        }
        assert!(!is_gone, "{account}: its last identity is gone");
        let profile = seen.after.profile(account).expect("the account exists");
        let is_used = time(profile, "signed_in_at") > Some(later(at, CLOCK_LEEWAY));
        let is_kept = is_used || time(profile, "reopened_at") > Some(at);
        let is_marked = seen.after.deletion(account).is_some();
        assert!(is_marked || is_kept, "{account}: its last identity was deleted, and it is not closing");
        if is_marked && seen.before.deletion(account).is_none() {
            self.count("a notice closed an account");
        }
    }

    /// The stored state still shows every message that was acknowledged.
    pub(super) fn check_applied(&self, stored: &StoredAccounts) {
        for applied in &self.applied {
            let Applied { account, provider, linked_at, meaning, at } = applied;
            if *meaning == Meaning::EndSessions {
                let outlives = stored.sessions(account).find(|session| time(session, "created_at") <= Some(*at));
                assert!(outlives.is_none(), "{applied:?}, and a session outlives it: {outlives:?}");
            }
            let identity = stored.identity(account, provider);
            let Some(identity) = identity.filter(|it| time(it, "linked_at") == Some(*linked_at)) else { continue };
            let until = time(identity, meaning.latest().unwrap_or_default());
            assert!(until >= Some(*at), "{applied:?}, and the identity does not show it: {identity}");
            let has_token = !text(identity, "token").is_empty();
            let keeps_token = *meaning == Meaning::EndSessions && has_token && time(identity, "token_at") <= Some(*at);
            assert!(!keeps_token, "{applied:?}, and the token of then is still stored");
        }
    }

    /// Each time that a message has left in an identity is that of a message after the link.
    pub(super) fn check_times(&self, stored: &StoredAccounts) {
        for account in stored.accounts() {
            for identity in stored.identities(account) {
                for meaning in [Meaning::EndSessions, Meaning::MailDisabled, Meaning::MailEnabled] {
                    let Some(at) = meaning.latest().and_then(|name| time(identity, name)) else { continue };
                    let reverse = reverse_of(identity);
                    let is_known = self.notices.iter().any(|notice| {
                        notice.kind.meaning() == meaning
                            && notice.at == at
                            && notice.known.reverse(&self.app) == reverse
                    });
                    assert!(is_known, "no message has the time of {meaning:?} in {identity}");
                    assert!(time(identity, "linked_at") <= Some(at), "a message of before the link: {identity}");
                }
            }
        }
    }
}
