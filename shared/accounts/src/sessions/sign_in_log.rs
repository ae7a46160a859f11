//! The list of an account's sign-ins.

use crate::{fresh::FreshCaller, items::SignInEntry, keys, store::AccountStore};
use aws::{Cursor, Page};
use kernel::{Result, SessionId, Timestamp};
use std::fmt;

/// One sign-in of the last 90 days.
#[derive(Clone, PartialEq, Eq)]
pub struct LoggedSignIn {
    /// When the person signed in.
    pub at: Timestamp,
    /// The IP address. `None` if the person has objected to its storage.
    pub ip: Option<String>,
    /// The coarse family of browser and operating system, as [`device`](crate::device::device) says.
    pub device: String,
    /// The partner's name, such as `google`.
    pub provider: String,
    /// The session that began. It may have ended by now.
    pub session: SessionId,
}

/// Without address and device, so that no log gets them.
impl fmt::Debug for LoggedSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedSignIn").field("at", &self.at).field("session", &self.session).finish_non_exhaustive()
    }
}

impl AccountStore {
    /// Lists one page of the sign-ins of the caller's account, newest first, in one consistent request.
    /// Entries that have expired are left out, although DynamoDB may still have them. They are the
    /// oldest, so the list ends at the first of them.
    ///
    /// # Errors
    /// `invalid` when the cursor belongs to another list; `unavailable` when AWS does not answer.
    pub async fn list_sign_ins(
        &self,
        caller: &FreshCaller,
        limit: u32,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<Page<LoggedSignIn>> {
        let log = self.table().query(&caller.account().to_string()).prefix(keys::SIGN_IN).descending();
        let page: Page<SignInEntry> = log.limit(limit).after(cursor).page().await?;
        let read = page.items.len();
        let kept = page.items.into_iter().take_while(|entry| now < entry.expires_at);
        let items: Vec<_> = kept.map(LoggedSignIn::from).collect();
        let next = page.next.filter(|_| items.len() == read);
        Ok(Page { items, next })
    }
}

impl From<SignInEntry> for LoggedSignIn {
    fn from(SignInEntry { at, ip, device, provider, session, .. }: SignInEntry) -> Self {
        Self { at, ip, device, provider, session }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sign_in::{Person, SignIn},
        store::tests::{ada, sign_in, store},
    };
    use kernel::{AccountId, Caller, limits::SIGN_IN_LOG_LIFETIME};
    use std::time::Duration;
    use testkit::World;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    async fn fresh(world: &World, account: AccountId, of: &SignIn) -> FreshCaller {
        let caller = Caller { account, session: of.session, issued_at: world.now() };
        store(world).require_fresh(&caller, world.now()).await.unwrap()
    }

    async fn list(
        world: &World,
        caller: &FreshCaller,
        limit: u32,
        cursor: Option<&Cursor>,
    ) -> Result<Page<LoggedSignIn>> {
        store(world).list_sign_ins(caller, limit, cursor, world.now()).await
    }

    fn sessions(page: &Page<LoggedSignIn>) -> Vec<SessionId> {
        page.items.iter().map(|entry| entry.session).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn sign_ins_come_newest_first_in_pages_of_one_request() {
        let world = World::new(1);
        let mut begun = Vec::new();
        for _ in 0..5 {
            begun.push(sign_in(&world, &ada()).await);
            world.advance(Duration::from_secs(1));
        }
        sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
        let (account, last) = begun.last().unwrap();
        let caller = fresh(&world, *account, last).await;
        let (mut found, mut cursor) = (Vec::new(), None);
        for left in [3, 1, 0] {
            let (page, counts) = world.counted(list(&world, &caller, 2, cursor.as_ref())).await;
            let page = page.unwrap();
            assert_eq!(counts.aws_total(), 1, "{counts}");
            assert_eq!(page.next.is_some(), left > 0);
            found.extend(sessions(&page));
            cursor = page.next;
        }
        let newest_first: Vec<_> = begun.iter().rev().map(|(_, sign_in)| sign_in.session).collect();
        assert_eq!(found, newest_first);
        let newest = list(&world, &caller, 1, None).await.unwrap().items.remove(0);
        assert_eq!((newest.ip.as_deref(), newest.device.as_str()), (Some("203.0.113.7"), "Firefox on Linux"));
        assert_eq!((newest.at, newest.provider.as_str()), (last.at, "google"));
        assert!(!format!("{newest:?}").contains("203.0.113."), "a debug output must have no address");
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_in_is_listed_for_ninety_days_although_its_item_stays() {
        let world = World::new(1);
        let (account, first) = sign_in(&world, &ada()).await;
        world.advance(DAY);
        sign_in(&world, &ada()).await;
        world.advance(SIGN_IN_LOG_LIFETIME - DAY - Duration::from_secs(1));
        let (_, last) = sign_in(&world, &ada()).await;
        let caller = fresh(&world, account, &last).await;
        let pages = list(&world, &caller, 2, None).await.unwrap();
        let cursor = pages.next.unwrap();
        assert_eq!(sessions(&list(&world, &caller, 2, Some(&cursor)).await.unwrap()), [first.session]);
        world.advance(Duration::from_secs(1));
        assert_eq!(list(&world, &caller, 9, None).await.unwrap().items.len(), 2);
        let page = list(&world, &caller, 2, Some(&cursor)).await.unwrap();
        assert!(page.items.is_empty() && page.next.is_none(), "the cursor is still good, and the list ends");
        world.advance(DAY);
        let page = list(&world, &caller, 1, None).await.unwrap();
        let page = list(&world, &caller, 1, page.next.as_ref()).await.unwrap();
        assert!(page.items.is_empty() && page.next.is_none(), "an expired entry ends the list");
        let stored = world.items(testkit::ACCOUNTS_TABLE);
        let entries = stored.iter().filter(|item| item["sk"].as_str().unwrap().starts_with(keys::SIGN_IN));
        assert_eq!(entries.count(), 3, "the list must decide it, because DynamoDB removes items late");
    }

    #[tokio::test(start_paused = true)]
    async fn the_cursor_of_another_list_is_refused() {
        let world = World::new(1);
        let (account, begun) = sign_in(&world, &ada()).await;
        let caller = fresh(&world, account, &begun).await;
        for key in [keys::session(begun.session), "profile".to_owned(), "x".to_owned()] {
            let refused = list(&world, &caller, 2, Some(&Cursor::at(key))).await;
            assert_eq!(refused.unwrap_err().code(), "invalid");
        }
    }
}
