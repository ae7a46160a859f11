//! The identities of an account in a store: sign-ins, links, removals and notices, and their races.

mod links;
mod notices;
mod races;
mod sign_ins;
mod unlinks;

use crate::{
    fresh::{FreshCaller, RecentCaller},
    identities::{
        linked::SealedToken,
        notice::{NoticeOutcome, PartnerNotice},
        unlinking::{Removal, Unlinked},
    },
    items::{Identity, Profile, Subject},
    keys,
    sign_in::{Person, SignIn},
    store::tests::{ada, sign_in, store},
};
use aws::transact;
use kernel::{AccountId, Caller, Result, SessionId, Timestamp};
use serde_json::Value;
use std::time::Duration;
use testkit::{ACCOUNTS_TABLE, World};

const SECOND: Duration = Duration::from_secs(1);

/// Ada at Apple, at her first sign-in there.
pub(crate) fn apple() -> Person {
    Person {
        provider: "apple",
        issuer: "https://appleid.apple.com".into(),
        subject: "001.5f".into(),
        email: Some("x7@privaterelay.appleid.com".into()),
        email_verified: true,
        is_private_email: true,
        name: Some("Ada A.".into()),
        picture_url: None,
        sealed_token: Some("sealed-1".into()),
    }
}

/// Ada at Facebook, where she has no mail address.
pub(crate) fn facebook() -> Person {
    Person {
        provider: "facebook",
        issuer: "https://www.facebook.com".into(),
        subject: "99".into(),
        email: None,
        email_verified: false,
        is_private_email: false,
        name: Some("Ada F.".into()),
        picture_url: None,
        sealed_token: None,
    }
}

/// Links as the callback of an attempt does. `meanwhile` runs in the first round, after the decision.
async fn link_while(
    world: &World,
    (account, by): (AccountId, SessionId),
    person: &Person,
    meanwhile: impl AsyncFn(),
) -> Result<()> {
    let (store, now, mut first) = (store(world), world.now(), true);
    transact(&world.clients().dynamodb(), &world.ids(), async || {
        let decided = store.decide_link(account, by, person, now).await;
        if std::mem::take(&mut first) {
            meanwhile().await;
        }
        decided
    })
    .await
}

/// Links in the session of a sign-in.
pub(crate) async fn link(world: &World, account: AccountId, by: &SignIn, person: &Person) -> Result<()> {
    link_while(world, (account, by.session), person, async || {}).await
}

async fn fresh(world: &World, account: AccountId, of: &SignIn) -> Result<FreshCaller> {
    let caller = Caller { account, session: of.session, issued_at: world.now() };
    store(world).require_fresh(&caller, world.now()).await
}

/// The outcome of a notice that removes the identity of a person from Ada's account, whose picture is Google's and has
/// no copy.
fn removed(person: &Person) -> NoticeOutcome {
    let Person { provider, issuer, subject, .. } = person.clone();
    NoticeOutcome::Removed { identity: Subject { issuer, subject }, owes_picture: provider != "google" }
}

async fn recent(world: &World, account: AccountId, of: &SignIn) -> Result<RecentCaller> {
    let caller = Caller { account, session: of.session, issued_at: world.now() };
    store(world).require_recent(&caller, world.now()).await
}

/// The token of the identity that [`apple`] links.
fn sealed_at_apple() -> SealedToken {
    SealedToken { provider: "apple".into(), subject: "001.5f".into(), sealed: "sealed-1".into() }
}

/// The identity of a removal that was carried out.
#[track_caller]
pub(crate) fn gone(removal: Removal) -> Unlinked {
    match removal {
        Removal::Removed(unlinked) => unlinked,
        Removal::HasToken(token) => panic!("the partner was asked about no {token:?} that is stored now"),
    }
}

/// Unlinks after Apple was asked about the token of the link.
async fn unlink(world: &World, account: AccountId, by: &SignIn, provider: &str) -> Result<Unlinked> {
    unlink_by(world, &recent(world, account, by).await?, provider).await
}

async fn unlink_by(world: &World, caller: &RecentCaller, provider: &str) -> Result<Unlinked> {
    let (store, ids, now) = (store(world), world.ids(), world.now());
    let removal = store.unlink(caller, provider, Some(&sealed_at_apple()), &ids, now, |_| Ok(Vec::new())).await;
    removal.map(gone)
}

/// Unlinks by the decision alone. `meanwhile` runs in the first round, after the decision.
async fn unlink_while(
    world: &World,
    caller: &RecentCaller,
    provider: &str,
    meanwhile: impl AsyncFn(),
) -> Result<Unlinked> {
    let (store, asked, mut first) = (store(world), sealed_at_apple(), true);
    transact(&world.clients().dynamodb(), &world.ids(), async || {
        let decided = store.decide_unlink(caller, provider, Some(&asked)).await;
        if std::mem::take(&mut first) {
            meanwhile().await;
        }
        decided
    })
    .await
    .map(gone)
}

/// Applies a notice. `meanwhile` runs in the first round, after the decision.
async fn notice_while(
    world: &World,
    account: AccountId,
    person: &Person,
    notice: PartnerNotice,
    meanwhile: impl AsyncFn(),
) -> Result<NoticeOutcome> {
    let (store, mut first) = (store(world), true);
    transact(&world.clients().dynamodb(), &world.ids(), async || {
        let decided = store.decide_notice(account, person.provider, &person.subject, notice).await;
        if std::mem::take(&mut first) {
            meanwhile().await;
        }
        decided
    })
    .await
}

async fn notice(world: &World, account: AccountId, person: &Person, notice: PartnerNotice) -> NoticeOutcome {
    notice_while(world, account, person, notice, async || {}).await.unwrap()
}

async fn profile(world: &World, account: AccountId) -> Profile {
    store(world).read_profile_of(account).await.unwrap().unwrap()
}

async fn identity(world: &World, account: AccountId, provider: &str) -> Option<Identity> {
    store(world).table().get(&account.to_string(), &keys::identity(provider)).await.unwrap()
}

/// The account to which a person's identity leads.
async fn leads_to(world: &World, person: &Person) -> Option<AccountId> {
    store(world).find_by_identity(person.provider, &person.subject).await.unwrap()
}

/// Whether the sessions of these sign-ins are alive.
async fn alive(world: &World, account: AccountId, of: &[&SignIn]) -> Vec<bool> {
    let mut alive = Vec::new();
    for of in of {
        alive.push(fresh(world, account, of).await.is_ok());
    }
    alive
}

/// The partners of an account, by its list.
async fn partners(world: &World, account: AccountId) -> Vec<String> {
    let identities = store(world).list_identities(account).await.unwrap();
    identities.into_iter().map(|identity| identity.provider).collect()
}

/// Every reverse key of the world must lead to an account with the identity, and every identity must have one.
#[track_caller]
fn assert_whole(world: &World) {
    let items = world.items(ACCOUNTS_TABLE);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut led: Vec<_> = Vec::new();
    let mut linked: Vec<_> = Vec::new();
    for item in &items {
        match text(&item["sk"]).as_str() {
            keys::ACCOUNT => led.push((text(&item["pk"]), text(&item["account"]))),
            key if key.starts_with(keys::IDENTITY) => {
                linked.push((keys::reverse(&text(&item["provider"]), &text(&item["subject"])), text(&item["pk"])));
            }
            _ => {}
        }
    }
    led.sort();
    linked.sort();
    assert_eq!(led, linked, "reverse keys and identities must fit together");
}

/// Ada with her account of Google and a link to Apple: the account, and the sign-in that linked.
async fn linked(world: &World) -> (AccountId, SignIn) {
    let (account, begun) = sign_in(world, &ada()).await;
    world.advance(SECOND);
    link(world, account, &begun, &apple()).await.unwrap();
    (account, begun)
}

/// A time, `seconds` after the start of the world's clock.
pub(crate) fn at(seconds: u32) -> Timestamp {
    "2027-01-15T08:00:00Z".parse::<Timestamp>().unwrap() + SECOND * seconds
}
