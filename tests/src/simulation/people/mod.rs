//! The simulation of people with several identities: the second service of a seed.
//!
//! It has its own world and its own random numbers, so the first service of a seed is the same with and without it.
//! - People sign in at three partners, link and remove identities, refresh and end sessions, and delete accounts.
//! - The messages of the partners come one to five times, late and in any order.
//! - Several requests run at once, every call may fail, and processes die between any two calls.
//!
//! After each step every write is checked, and so are all accounts. In the end the faults stop, every message is
//! acknowledged, and some accounts are erased while messages and sign-ins still come.

mod act;
mod acting;
mod cast;
mod erasure;
pub(super) mod events;
mod history;
mod notice;
mod told;

use super::{
    conditions::{self, Conditions},
    coverage::{self, Coverage},
};
use crate::{
    answer::Answer,
    app::App,
    event::Event,
    identities::{FIELDS, StoredAccounts, reverse_of, text},
};
use accounts::keys;
use act::Prepared;
use cast::{Guest, Known};
use credits::Source;
use futures_util::future::join_all;
use history::{Changes, Gone, History};
use jiff::Timestamp;
use kernel::{later, limits::CLOCK_LEEWAY};
use notice::{Applied, Notice};
use std::{cell::RefCell, collections::BTreeSet, rc::Rc, time::Duration};
use testkit::{Died, Random, TracedCall};

/// Of so many seeds one has this service. With more, the tests take too long.
const EVERY: u64 = 3;

/// The statuses that an answer may have. No fault of an outside call may become an internal error.
const ALLOWED_STATUSES: [u16; 12] = [200, 202, 204, 303, 400, 401, 402, 403, 404, 409, 429, 503];

/// The pauses between two steps in seconds, beside the one that each step has.
const PAUSES_S: [u64; 6] = [0, 0, 0, 2, 30, 700];

/// Whether a seed has this service.
pub(super) fn are_in(seed: u64) -> bool {
    seed.is_multiple_of(EVERY)
}

/// Simulates people, and adds their calls and counts to those of the seed.
pub(super) async fn run(seed: u64, seen: &RefCell<(Vec<TracedCall>, Coverage)>) {
    let mut people = People::new(seed).await;
    let recorder = Recorder { people: &mut people, seen };
    for _ in 0..recorder.people.conditions.steps {
        Box::pin(recorder.people.step()).await;
    }
    Box::pin(recorder.people.settle_and_check()).await;
}

/// Records trace and counts when it is dropped, also after a panic.
struct Recorder<'a> {
    people: &'a mut People,
    seen: &'a RefCell<(Vec<TracedCall>, Coverage)>,
}

impl Drop for Recorder<'_> {
    fn drop(&mut self) {
        let People { app, conditions, events, .. } = &*self.people;
        let mut seen = self.seen.borrow_mut();
        seen.0.extend(app.world().trace());
        seen.1.add(&Coverage::of(conditions.occurred(), coverage::Transitions::default(), events.clone()));
    }
}

/// One run of the service.
struct People {
    app: App,
    random: Random,
    conditions: Conditions,
    /// The people who are signed in. Some of their sessions may have ended.
    guests: Vec<Guest>,
    /// Every message of a partner.
    notices: Vec<Notice>,
    /// The acknowledged messages that the stored state must show.
    applied: Vec<Applied>,
    history: History,
    /// The accounts after the last requests.
    stored: Rc<StoredAccounts>,
    events: coverage::Events,
}

/// The accounts before and after the requests of a step.
struct Seen {
    before: Rc<StoredAccounts>,
    after: Rc<StoredAccounts>,
    /// Whether it was one request.
    is_alone: bool,
}

/// The reasons for the changes of a step.
#[derive(Default)]
struct Step {
    /// The identities whose removal a person asked for, by account and partner.
    unlinks: Vec<(String, &'static str)>,
    /// The identities that a partner deleted, with the last instant of the message.
    deletions: Vec<(String, Timestamp)>,
    /// The identities whose sessions a message ended.
    ended: Vec<Known>,
}

impl People {
    async fn new(seed: u64) -> Self {
        let app = App::new(seed).await;
        let mut random = Random::stream(seed, "people");
        let conditions = Conditions::drawn(&mut random);
        app.replicate().knobs(|knobs| *knobs = conditions::fault_free());
        app.world().written();
        app.world().inject(conditions.faults());
        Self {
            app,
            random,
            conditions,
            guests: Vec::new(),
            notices: Vec::new(),
            applied: Vec::new(),
            history: History::default(),
            stored: Rc::default(),
            events: coverage::Events::default(),
        }
    }

    /// One to three acts at once. If a message has ended sessions, somebody may sign in in the same second.
    async fn step(&mut self) {
        let pause = *self.random.pick(&PAUSES_S).unwrap_or(&0);
        self.app.world().advance(Duration::from_secs(1 + pause));
        let mut together = Vec::new();
        for _ in 0..*self.random.pick(&[1, 1, 1, 2, 3]).unwrap_or(&1) {
            together.extend(self.prepare().await);
        }
        for known in self.send(together).await {
            if self.random.chance(0.6) {
                let sign_in = self.sign_in_with(known, self.app.browser()).await;
                self.send(sign_in.into_iter().collect()).await;
            }
        }
    }

    /// Sends requests at once, and checks everything. Returns the identities whose sessions a message ended.
    async fn send(&mut self, together: Vec<Prepared>) -> Vec<Known> {
        let (before, is_alone) = (self.stored.clone(), together.len() == 1);
        let answers = join_all(together.iter().map(|prepared| self.request(prepared.event.clone()))).await;
        let changes = self.changes();
        let seen = Seen { before, after: self.stored.clone(), is_alone };
        let mut step = Step::default();
        for (Prepared { act, .. }, answer) in together.into_iter().zip(answers) {
            self.happened(act, answer.as_ref(), &seen, &mut step);
        }
        self.check(&changes, &step);
        step.ended
    }

    /// Sends a request, in a process of its own. Returns `None` when the process died.
    async fn request(&self, event: Event) -> Option<Answer> {
        let answered = Box::pin(self.app.world().run(self.app.send(event.clone()))).await;
        let answer = answered.map_err(|Died| ()).ok()?;
        let status = answer.status();
        assert!(ALLOWED_STATUSES.contains(&status), "{} answered {status}: {answer:?}", event.function());
        Some(answer)
    }

    /// Reads the writes since the last time.
    fn changes(&mut self) -> Changes {
        let (written, now) = (self.app.world().written(), self.app.world().now());
        let changes = self.history.read(written, now);
        self.stored = Rc::new(self.history.stored());
        changes
    }

    /// Checks these changes, and all accounts.
    fn check(&mut self, changes: &Changes, step: &Step) {
        let now = self.app.world().now();
        for (account, reverse) in &changes.born {
            let provider = reverse.split('#').next().unwrap_or_default();
            self.count(&format!("{provider}: a first sign-in"));
            let account = account.parse().expect("the partition of a profile is an account");
            if self.app.entries(account).iter().any(|entry| entry.source() == Some(Source::Welcome)) {
                self.history.welcomed(reverse, now);
            }
        }
        for gone in &changes.gone {
            assert!(step.explains(gone), "nobody removed this identity: {gone:?}");
        }
        let stored = self.stored.clone();
        stored.check(&BTreeSet::new());
        self.check_applied(&stored);
        for account in stored.accounts() {
            check_fields(&stored, account);
            self.nothing_is_kept_of_others(&stored, account);
        }
    }

    /// An account has nothing that a partner said of an identity which the account does not have. The log of sign-ins
    /// may name the partner.
    fn nothing_is_kept_of_others(&self, stored: &StoredAccounts, account: &str) {
        let own: Vec<String> = stored.identities(account).map(reverse_of).collect();
        let others = Known::all().into_iter().filter(|known| !own.contains(&known.reverse(&self.app)));
        let marks: Vec<String> = others.map(Known::mark).collect();
        for item in stored.items(account).filter(|item| !text(item, "sk").starts_with(keys::SIGN_IN)) {
            let printed = item.to_string();
            let kept = marks.iter().find(|mark| printed.contains(mark.as_str()));
            assert!(kept.is_none(), "{account} keeps something of {kept:?}, which is not its identity: {printed}");
            let may_have_token = text(item, "sk").starts_with(keys::IDENTITY);
            assert!(may_have_token || item["token"].is_null(), "a token of a partner outside its identity: {item}");
        }
    }

    fn count(&mut self, what: &str) {
        coverage::count(&mut self.events, what);
    }
}

impl Step {
    /// Whether the person or the partner wanted an identity to go. A message of more than a minute before the link is no
    /// reason: the clocks of partners may be behind.
    fn explains(&self, gone: &Gone) -> bool {
        let Gone { account, key, reverse, linked_at } = gone;
        let is_unlinked = |(of, provider): &(String, &str)| of == account && keys::identity(provider) == *key;
        let is_deleted = |(of, at): &(String, Timestamp)| of == reverse && *linked_at <= Some(later(*at, CLOCK_LEEWAY));
        self.unlinks.iter().any(is_unlinked) || self.deletions.iter().any(is_deleted)
    }
}

/// Each field of a profile is that of the identity which it came from.
fn check_fields(stored: &StoredAccounts, account: &str) {
    let profile = stored.profile(account).expect("the account exists");
    for (field, source) in FIELDS.into_iter().filter(|(field, _)| !profile[*field].is_null()) {
        let identity = stored.identity(account, text(profile, source));
        let is_the_same = identity.is_some_and(|identity| identity[field] == profile[field]);
        assert!(is_the_same, "{account}: {field} must be that of the identity it came from: {profile}, {identity:?}");
    }
}
