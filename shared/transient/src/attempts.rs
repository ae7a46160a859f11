//! Attempts to sign in that were used.

use crate::keys::{self, EXPIRES_AT};
use aws::{Condition, Table, WriteOutcome, seconds};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Ids, Result, Timestamp, later, limits::SIGN_IN_LIFETIME};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// The attempts to sign in that were used, each for the time that its cookie is accepted.
#[derive(Debug, Clone)]
pub struct SignInAttempts {
    table: Table,
}

#[derive(Serialize, Deserialize)]
struct Used {
    /// A random mark of the request that used the attempt.
    mark: String,
}

impl SignInAttempts {
    /// Attempts in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Uses the attempt of this `state`, in one request. The first call succeeds. Every later one is
    /// refused, also when the sign-in failed.
    ///
    /// # Errors
    /// `sign_in_failed` when the attempt was used before; `unavailable` when AWS does not answer. Then
    /// the attempt may be used up.
    pub async fn use_up(&self, state: &str, ids: &Ids, now: Timestamp) -> Result<()> {
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, state.as_bytes()));
        let used = Used { mark: hex_of(ids.bytes::<8>()) };
        let write = self.table.put(&format!("{}{hash}", keys::ATTEMPT), keys::USED, &used);
        // An old cookie is accepted until its lifetime ends, and the clocks of two functions differ a little.
        let write = write.set(EXPIRES_AT, seconds(later(now, SIGN_IN_LIFETIME * 2))).when(Condition::Absent);
        let WriteOutcome::ConditionFailed(stored) = write.apply().await? else { return Ok(()) };
        // The SDK sends the write again when its answer is lost. So the stored item may be ours.
        let stored: Option<Used> = stored.map(aws::read).transpose()?;
        match stored.is_some_and(|stored| stored.mark == used.mark) {
            true => Ok(()),
            false => Err(Error::SignInFailed { detail: "This sign-in was used before. Start again." }),
        }
    }
}

fn hex_of(bytes: [u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::{Fault, Faults, TRANSIENT_TABLE, World};

    fn attempts(world: &World) -> SignInAttempts {
        SignInAttempts::new(world.clients().dynamodb().table(TRANSIENT_TABLE))
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_is_used_once_and_its_state_is_not_stored() {
        let world = World::new(1);
        let (attempts, ids) = (attempts(&world), world.ids());
        let (first, counts) = world.counted(attempts.use_up("id.secret", &ids, world.now())).await;
        first.unwrap();
        assert_eq!((counts.aws_total(), counts.of("dynamodb.PutItem")), (1, 1), "{counts}");
        for _ in 0..2 {
            let refused = attempts.use_up("id.secret", &ids, world.now()).await.unwrap_err();
            assert_eq!(refused.code(), "sign_in_failed");
        }
        attempts.use_up("id.other", &ids, world.now()).await.unwrap();
        let stored = world.items(TRANSIENT_TABLE);
        assert!(stored.iter().all(|item| !item.to_string().contains("secret")), "{stored:?}");
        let expiry = stored[0]["expires_at"].as_i64().unwrap();
        assert!(expiry >= seconds(world.now() + SIGN_IN_LIFETIME), "it must last as long as the cookie");
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_uses_at_once_one_succeeds() {
        let world = World::new(2);
        let (attempts, ids) = (attempts(&world), world.ids());
        let uses = (0..20).map(|_| attempts.use_up("id.secret", &ids, world.now()));
        let ended = futures_util::future::join_all(uses).await;
        assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_uses_the_attempt_up_unless_the_sdk_repeats_the_write() {
        let world = World::new(3);
        world.inject(Faults::nth("dynamodb.PutItem", 1, Fault::AnswerLost));
        let (attempts, ids) = (attempts(&world), world.ids());
        assert_eq!(attempts.use_up("id.secret", &ids, world.now()).await.unwrap_err().code(), "unavailable");
        assert_eq!(attempts.use_up("id.secret", &ids, world.now()).await.unwrap_err().code(), "sign_in_failed");

        let world = World::new(4);
        world.let_the_sdk_repeat();
        world.inject(Faults::nth("dynamodb.PutItem", 1, Fault::AnswerLost));
        let attempts = SignInAttempts::new(world.clients().dynamodb().table(TRANSIENT_TABLE));
        attempts.use_up("id.secret", &world.ids(), world.now()).await.unwrap();
        assert_eq!(world.items(TRANSIENT_TABLE).len(), 1);
    }
}
