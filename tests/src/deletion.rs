//! Deletions of accounts: the person's requests and the schedule.

use crate::{answer::Answer, app::App, browser::Person, event::Event};
use kernel::limits::{DELETION_GRACE, ERASURE_SETTLES};
use serde_json::{Value, json};
use std::time::Duration;

/// A purge must end within this many hours, also after faults.
const HOURS: u32 = 6;

impl Person {
    /// Requests the deletion of the account.
    pub async fn delete_account(&self) -> Answer {
        self.app().send(self.deletion_event("delete my account")).await
    }

    /// The event that requests the deletion of the account, with the text that the person typed.
    #[must_use]
    pub fn deletion_event(&self, typed: &str) -> Event {
        self.event("POST", "/v1/account/deletion").json_body(&json!({ "confirm": typed }))
    }

    /// Cancels the deletion.
    pub async fn cancel_deletion(&self) -> Answer {
        self.app().send(self.event("DELETE", "/v1/account/deletion")).await
    }
}

impl App {
    /// The public status of the deletion with this code.
    pub async fn deletion(&self, code: &str) -> Answer {
        self.send(Event::recorded("deletion-status").fill("code", code)).await
    }

    /// Lets an hour pass, runs the schedule, and works on the purges that it queued.
    pub async fn hour(&self) {
        self.world().advance(Duration::from_secs(60 * 60));
        self.tick("schedule-purges").await;
        self.work_on("purge").await;
    }

    /// Lets hours pass until a deletion has this status. Returns the deletion.
    ///
    /// # Panics
    /// When six hours are not enough.
    pub async fn until(&self, code: &str, status: &str) -> Value {
        for _ in 0..HOURS {
            let seen = self.deletion(code).await.expect(200).json();
            if seen["status"] == status {
                return seen;
            }
            self.hour().await;
        }
        panic!("the schedule must bring the deletion to {status} within {HOURS} hours");
    }

    /// Runs a whole purge: the grace period, the erasure, the day until the second search, and the
    /// receipt. Returns the deletion.
    pub async fn purge(&self, code: &str) -> Value {
        self.world().advance(DELETION_GRACE);
        self.until(code, "settling").await;
        self.world().advance(ERASURE_SETTLES);
        self.until(code, "erased").await
    }
}
