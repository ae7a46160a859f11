//! Deleting accounts, as people and the schedule do it.

use crate::{answer::Answer, app::App, browser::Person, event::Event};
use kernel::limits::{DELETION_GRACE, ERASURE_SETTLES};
use serde_json::{Value, json};
use std::time::Duration;

/// Hours after which a purge that something went wrong with must be through.
const HOURS: u32 = 6;

impl Person {
    /// Asks for the deletion of the account.
    pub async fn delete_account(&self) -> Answer {
        self.app().send(self.deletion_event("delete my account")).await
    }

    /// The event that asks for the deletion of the account, with what the person typed.
    #[must_use]
    pub fn deletion_event(&self, typed: &str) -> Event {
        self.event("POST", "/v1/account/deletion").json_body(&json!({ "confirm": typed }))
    }

    /// Takes the deletion back.
    pub async fn cancel_deletion(&self) -> Answer {
        self.app().send(self.event("DELETE", "/v1/account/deletion")).await
    }
}

impl App {
    /// What anybody with the code may see.
    pub async fn deletion(&self, code: &str) -> Answer {
        self.send(Event::recorded("deletion-status").fill("code", code)).await
    }

    /// An hour passes: the schedule runs, and the purges that it woke.
    pub async fn hour(&self) {
        self.world().advance(Duration::from_secs(60 * 60));
        self.tick("schedule-purges").await;
        self.work_on("purge").await;
    }

    /// Lets hours pass until a deletion has this status. Answers it.
    ///
    /// # Panics
    /// When that does not happen within a few hours.
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

    /// The whole of a purge: the grace period, the erasure, the day until it is looked for
    /// again, the receipt. Answers the deletion.
    pub async fn purge(&self, code: &str) -> Value {
        self.world().advance(DELETION_GRACE);
        self.until(code, "settling").await;
        self.world().advance(ERASURE_SETTLES);
        self.until(code, "erased").await
    }
}
