//! The list of an account's sessions, with the IP addresses of their sign-ins.

use crate::{
    fresh::FreshCaller,
    items::{Session, SignInEntry},
    keys,
    store::AccountStore,
};
use kernel::{Result, SessionId, Timestamp, limits::LIST_MAX};
use std::{cmp::Reverse, collections::HashMap, fmt};

/// Most pages of DynamoDB that one list reads, each in one request. A page ends at 1 MB, which holds
/// the sessions and sign-ins of about 1,700 sign-ins, so almost every list takes one page. Without the
/// bound, a list of an account with very many sign-ins would take longer than a client waits.
///
/// Sessions sort before sign-ins. So beyond the bound, the list lacks addresses before it lacks sessions.
const PAGES: usize = 4;

/// A sort key after those of all sign-ins.
const AFTER_SIGN_INS: &str = "signin#~";

/// A session that has neither ended nor expired.
#[derive(Clone, PartialEq, Eq)]
pub struct ActiveSession {
    /// The session.
    pub id: SessionId,
    /// The coarse family of browser and operating system, as [`device`](crate::device::device) says.
    pub device: String,
    /// The IP address of the sign-in. `None` once the sign-in log no longer has it.
    pub ip: Option<String>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When the current refresh token was made: at the last refresh, or at the sign-in.
    pub last_used_at: Timestamp,
}

/// Without device and address, so that no log gets them.
impl fmt::Debug for ActiveSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveSession").field("id", &self.id).finish_non_exhaustive()
    }
}

impl AccountStore {
    /// Lists the active sessions of the caller's account, last used first, at most
    /// [`LIST_MAX`]. Takes one consistent request, and up to four for an account with thousands of
    /// sign-ins.
    ///
    /// It has no cursor. The order by last use is not the order of the keys, so it needs all sessions
    /// at once. The session of an intruder is in use, so it is at the top.
    ///
    /// # Errors
    /// `unavailable` when AWS does not answer.
    pub async fn list_sessions(&self, caller: &FreshCaller, now: Timestamp) -> Result<Vec<ActiveSession>> {
        let pk = caller.account().to_string();
        let (mut sessions, mut addresses, mut cursor) = (Vec::new(), HashMap::new(), None);
        for _ in 0..PAGES {
            let range = self.table().query(&pk).between(keys::SESSION, AFTER_SIGN_INS).after(cursor.as_ref());
            let page = range.items().await?;
            for item in page.items {
                let sort_key = item.get("sk").and_then(|key| key.as_s().ok());
                if sort_key.is_some_and(|key| key.starts_with(keys::SESSION)) {
                    sessions.push(aws::read::<Session>(item)?);
                } else {
                    let SignInEntry { session, ip, expires_at, .. } = aws::read(item)?;
                    addresses.extend(ip.filter(|_| now < expires_at).map(|ip| (session, ip)));
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(active_sessions(sessions, addresses, now))
    }
}

/// The sessions that are alive at `now`, each with its address.
fn active_sessions(
    sessions: Vec<Session>,
    mut addresses: HashMap<SessionId, String>,
    now: Timestamp,
) -> Vec<ActiveSession> {
    let alive = sessions.into_iter().filter(|session| session.tokens.is_alive(now));
    let mut active: Vec<_> = alive
        .map(|Session { session: id, device, tokens }| ActiveSession {
            id,
            device,
            ip: addresses.remove(&id),
            created_at: tokens.began_at,
            last_used_at: tokens.rotated_at,
        })
        .collect();
    active.sort_by_key(|session| Reverse((session.last_used_at, session.id)));
    active.truncate(LIST_MAX as usize);
    active
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sign_in::{Person, SignIn},
        store::{
            Refreshed,
            tests::{ada, proven, sign_in, store},
        },
    };
    use aws::transact;
    use kernel::{
        AccountId, Caller,
        limits::{SESSION_IDLE_LIFETIME, SIGN_IN_LOG_LIFETIME},
    };
    use std::time::Duration;
    use testkit::World;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    async fn fresh(world: &World, account: AccountId, sign_in: &SignIn) -> FreshCaller {
        let caller = Caller { account, session: sign_in.session, issued_at: world.now() };
        store(world).require_fresh(&caller, world.now()).await.unwrap()
    }

    async fn list(world: &World, caller: &FreshCaller) -> Vec<ActiveSession> {
        store(world).list_sessions(caller, world.now()).await.unwrap()
    }

    fn ids(sessions: &[ActiveSession]) -> Vec<SessionId> {
        sessions.iter().map(|session| session.id).collect()
    }

    /// Signs Ada in once more, from this address.
    async fn sign_in_from(world: &World, account: AccountId, ip: &str) -> SignIn {
        let sign_in = SignIn::new(ip, "curl/8.14.1", &world.ids(), world.now());
        let (store, db) = (store(world), world.clients().dynamodb());
        let decide = async || store.decide_sign_in(account, &ada(), &sign_in).await;
        transact(&db, &world.ids(), decide).await.unwrap();
        sign_in
    }

    /// Stores a session whose item has `bytes` of text.
    async fn store_session(world: &World, account: AccountId, bytes: usize) -> SessionId {
        let session = Session { device: "x".repeat(bytes), ..Session::of(&proven(world)) };
        let table = store(world).table().clone();
        table.put(&account.to_string(), &keys::session(session.session), &session).apply().await.unwrap();
        session.session
    }

    async fn refresh(world: &World, account: AccountId, sign_in: &SignIn) {
        let (ids, now) = (world.ids(), world.now());
        store(world).refresh(account, sign_in.session, &sign_in.secret, &ids, now, async || Ok(())).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_are_listed_with_their_addresses_last_used_first_in_one_request() {
        let world = World::new(1);
        let began = world.now();
        let (account, laptop) = sign_in(&world, &ada()).await;
        world.advance(DAY);
        let phone = sign_in_from(&world, account, "2001:db8::7").await;
        let caller = fresh(&world, account, &laptop).await;
        let (listed, counts) = world.counted(list(&world, &caller)).await;
        assert_eq!(ids(&listed), [phone.session, laptop.session]);
        let addresses: Vec<_> = listed.iter().map(|session| session.ip.as_deref().unwrap()).collect();
        assert_eq!(addresses, ["2001:db8::7", "203.0.113.7"]);
        assert_eq!((counts.aws_total(), counts.of("dynamodb.Query")), (1, 1), "{counts}");

        world.advance(DAY);
        refresh(&world, account, &laptop).await;
        let listed = list(&world, &caller).await;
        assert_eq!(ids(&listed), [laptop.session, phone.session]);
        let expected = ActiveSession {
            id: laptop.session,
            device: "Firefox on Linux".to_owned(),
            ip: Some("203.0.113.7".to_owned()),
            created_at: began,
            last_used_at: world.now(),
        };
        assert!(listed[0] == expected, "device, address and times must be those of the session");
        assert!(!format!("{listed:?}").contains("203.0.113."), "a debug output must have no address");
    }

    #[tokio::test(start_paused = true)]
    async fn ended_and_expired_sessions_are_left_out_although_their_items_are_there() {
        let world = World::new(1);
        let (account, expired) = sign_in(&world, &ada()).await;
        world.advance(DAY);
        let (_, reused) = sign_in(&world, &ada()).await;
        let (_, removed) = sign_in(&world, &ada()).await;
        let (_, alive) = sign_in(&world, &ada()).await;
        let caller = fresh(&world, account, &alive).await;
        assert_eq!(list(&world, &caller).await.len(), 4);

        refresh(&world, account, &reused).await;
        world.advance(DAY);
        refresh(&world, account, &reused).await;
        let removed = Caller { account, session: removed.session, issued_at: world.now() };
        store(&world).end_session(&removed).await.unwrap();
        assert_eq!(ids(&list(&world, &caller).await), [alive.session, expired.session]);

        world.advance(SESSION_IDLE_LIFETIME - 2 * DAY - Duration::from_secs(1));
        assert_eq!(list(&world, &caller).await.len(), 2, "the older one lasts for another second");
        world.advance(Duration::from_secs(1));
        assert_eq!(ids(&list(&world, &caller).await), [alive.session]);
        for session in [expired.session, reused.session] {
            let item = world.item(testkit::ACCOUNTS_TABLE, &account.to_string(), &keys::session(session));
            assert!(item.is_some(), "the list must decide it, because DynamoDB removes items late");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_is_gone_after_ninety_days_or_with_its_entry() {
        let world = World::new(1);
        let (account, begun) = sign_in(&world, &ada()).await;
        let caller = fresh(&world, account, &begun).await;
        let mut secret = begun.secret.clone();
        let ip = async || list(&world, &caller).await[0].ip.clone();
        for _ in 0..4 {
            world.advance(SIGN_IN_LOG_LIFETIME / 4 - Duration::from_millis(250));
            let refreshed = store(&world)
                .refresh(account, begun.session, &secret, &world.ids(), world.now(), async || Ok(()))
                .await;
            let Refreshed::Continued { secret: next, .. } = refreshed.unwrap() else { panic!("the session is alive") };
            secret = next;
        }
        assert_eq!(ip().await.as_deref(), Some("203.0.113.7"), "one second is left");
        world.advance(Duration::from_secs(1));
        assert_eq!(ip().await, None, "the entry has expired, although DynamoDB still has it");

        let (_, other) = sign_in(&world, &ada()).await;
        let entry = keys::sign_in(other.at, &other.mark);
        store(&world).table().delete(&account.to_string(), &entry).apply().await.unwrap();
        let listed = list(&world, &caller).await;
        assert_eq!((ids(&listed).contains(&other.session), listed.len()), (true, 2));
        assert!(listed.iter().all(|session| session.ip.is_none()), "DynamoDB has removed the entry");
    }

    #[tokio::test(start_paused = true)]
    async fn another_accounts_sessions_are_not_listed() {
        let world = World::new(1);
        let (hers, ada_session) = sign_in(&world, &ada()).await;
        let (_, other) = sign_in(&world, &Person { subject: "2".into(), ..ada() }).await;
        let listed = list(&world, &fresh(&world, hers, &ada_session).await).await;
        assert_eq!(ids(&listed), [ada_session.session]);
        assert_ne!(other.session, ada_session.session);
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_sessions_those_used_last_are_listed() {
        let world = World::new(1);
        let (account, begun) = sign_in(&world, &ada()).await;
        let caller = fresh(&world, account, &begun).await;
        let mut stored = Vec::new();
        for _ in 0..LIST_MAX {
            world.advance(Duration::from_secs(1));
            // 1.5 MB in all: more than a page.
            stored.push(store_session(&world, account, 15_000).await);
        }
        let (listed, counts) = world.counted(list(&world, &caller)).await;
        stored.reverse();
        assert_eq!(ids(&listed), stored, "the first session was used longest ago");
        assert_eq!(counts.aws_total(), 2, "one request for each page: {counts}");
        world.advance(Duration::from_secs(1));
        refresh(&world, account, &begun).await;
        let listed = list(&world, &caller).await;
        assert_eq!((listed[0].id, listed.len()), (begun.session, LIST_MAX as usize));
        assert_eq!(listed[0].ip.as_deref(), Some("203.0.113.7"), "its sign-in is on the second page");
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_reads_a_bounded_number_of_pages() {
        let world = World::new(1);
        let (account, begun) = sign_in(&world, &ada()).await;
        let caller = fresh(&world, account, &begun).await;
        for _ in 0..60 {
            store_session(&world, account, 100_000).await;
        }
        let (listed, counts) = world.counted(list(&world, &caller)).await;
        assert_eq!(counts.aws_total(), PAGES as u64, "{counts}");
        assert!((30..60).contains(&listed.len()), "the rest is beyond the bound: {}", listed.len());
    }
}
