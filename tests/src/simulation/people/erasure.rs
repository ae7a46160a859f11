//! The end: every message is acknowledged, and some accounts are erased while messages and sign-ins still come.

use super::{People, Step, cast::Known};
use crate::{event::Event, identities::StoredAccounts};
use futures_util::future::{join, join_all};
use kernel::limits::{DELETION_GRACE, ERASURE_SETTLES};
use std::time::Duration;
use testkit::{Fault, Faults, OutsideCall, Random};
use tokio::time::sleep;

/// Within this many hours, and as many days, an erasure ends.
const HOURS: u32 = 12;

/// The messages about each identity of an account that is being erased.
const MESSAGES: usize = 3;

/// A purge takes about this long when every call takes some time, in milliseconds.
const PURGE_MS: usize = 1_500;

impl People {
    /// Stops the faults, and delivers each message until it is acknowledged.
    pub(super) async fn settle_and_check(&mut self) {
        self.app.world().inject(Faults::none());
        loop {
            let waiting = self.waiting();
            let Some(at) = self.random.pick(&waiting).copied() else { break };
            self.app.world().advance(Duration::from_secs(1));
            let delivery = self.delivery(at);
            self.send(vec![delivery]).await;
        }
        self.check_times(&self.stored);
        Box::pin(self.app.rest()).await;
        self.app.check_invariants();
        if self.random.chance(0.3) {
            Box::pin(self.erase()).await;
        }
    }

    /// Somebody wants the account deleted. Every account whose deletion is due is erased. A person who comes back has a
    /// new account.
    async fn erase(&mut self) {
        if let Some(person) = self.signed_in().await {
            self.request(person.deletion_event("delete my account")).await;
        }
        let stored = StoredAccounts::of(&self.app);
        let marked = |account: &str| Some((account.to_owned(), stored.deletion(account)?.to_owned()));
        let doomed: Vec<(String, String)> = stored.accounts().filter_map(marked).collect();
        let is_doomed = |known: &Known| {
            let leads_to = stored.leads_to(&known.reverse(&self.app));
            leads_to.is_some_and(|(account, _)| doomed.iter().any(|(doomed, _)| *doomed == account))
        };
        let mut leaving = Known::all();
        leaving.retain(is_doomed);
        if doomed.is_empty() {
            return;
        }
        self.app.world().advance(DELETION_GRACE + Duration::from_secs(1));
        Box::pin(self.purge_while_messages_come(&leaving)).await;
        self.until_erased(&doomed).await;
        let changes = self.changes();
        self.check(&changes, &Step::default());
        let stored = StoredAccounts::of(&self.app);
        for (account, code) in &doomed {
            let left: Vec<_> = stored.items(account).collect();
            assert!(left.is_empty(), "{account} was erased by {code}, and this is left: {left:?}");
            self.count("an account was erased");
        }
        self.app.check_invariants();
        self.app.world().advance(Duration::from_secs(1));
        let Some(known) = self.random.pick(&leaving).copied() else { return };
        let again = self.sign_in_with(known, self.app.browser()).await;
        let again = again.expect("without faults a sign-in begins");
        self.send(vec![again]).await;
        let account = StoredAccounts::of(&self.app).leads_to(&known.reverse(&self.app)).map(|(account, _)| account);
        let account = account.expect("without faults a sign-in works");
        assert!(doomed.iter().all(|(erased, _)| *erased != account), "{account} was erased and has a session again");
        self.count("a person came back after an erasure");
    }

    /// Runs the purges that are due. Meanwhile messages come about the identities that are leaving, and their people
    /// sign in.
    async fn purge_while_messages_come(&mut self, leaving: &[Known]) {
        let mut meanwhile: Vec<(Duration, Event)> = Vec::new();
        for known in leaving {
            for _ in 0..MESSAGES {
                let message = self.harmless(*known);
                meanwhile.extend(message.map(|event| (self.some_time(), event)));
            }
            if self.random.chance(0.3) {
                let sign_in = self.sign_in_with(*known, self.app.browser()).await;
                meanwhile.extend(sign_in.map(|sign_in| (self.some_time(), sign_in.event)));
            }
        }
        assert!(self.app.tick("schedule-purges").await, "without faults the schedule runs");
        let messages = self.app.world().take_messages("purge");
        self.app.world().inject(slow_and_mortal());
        let this = &*self;
        let purges = join_all(messages.iter().map(|message| this.app.hand_over("purge-account", message)));
        let others = join_all(meanwhile.into_iter().map(|(wait, event)| async move {
            sleep(wait).await;
            this.request(event).await
        }));
        let (done, _) = join(purges, others).await;
        self.app.world().inject(Faults::none());
        for (message, done) in messages.into_iter().zip(done) {
            if !done {
                self.app.world().return_message(message);
            }
        }
    }

    fn some_time(&mut self) -> Duration {
        Duration::from_millis(self.random.below(PURGE_MS) as u64)
    }

    /// Lets hours pass until these deletions are over, and a day where they wait for their second check.
    async fn until_erased(&self, doomed: &[(String, String)]) {
        for _ in 0..HOURS {
            self.app.hour().await;
            let mut statuses = Vec::new();
            for (_, code) in doomed {
                let deletion = self.app.deletion(code).await.expect(200).json();
                statuses.push(deletion["status"].as_str().unwrap_or_default().to_owned());
            }
            if statuses.iter().all(|status| status == "erased") {
                return;
            }
            if statuses.iter().all(|status| ["erased", "settling"].contains(&status.as_str())) {
                self.app.world().advance(ERASURE_SETTLES);
            }
        }
        panic!("the accounts must be erased by now: {doomed:?}");
    }
}

/// Every call takes some time, so that others come between any two. A few processes die.
fn slow_and_mortal() -> Faults {
    Faults::with(|call: &OutsideCall, random: &mut Random| {
        let most = if call.name == "dynamodb.TransactWriteItems" { 400 } else { 20 };
        let delay = Fault::Delay(Duration::from_millis(1 + random.below(most) as u64));
        Some(if random.chance(0.004) { Fault::DieAfter } else { delay })
    })
}
