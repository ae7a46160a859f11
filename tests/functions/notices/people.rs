//! People with identities of several partners. The store links them, as the callback of a sign-in does.

use accounts::{AccountStore, FreshCaller, SignIn};
use aws::transact;
use credits::CreditStore;
use kernel::{AccountId, Caller};
use privacy::{DeletionStore, ReopenAccount};
use testkit::{ACCOUNTS_TABLE, CREDITS_TABLE, DELETION_RECEIPTS_TABLE};
use tests::{App, Person};

/// A subject of Apple's.
pub const APPLE: &str = "001234.0123456789abcdef0123456789abcdef.0001";
/// A user id of Facebook's.
pub const FACEBOOK: &str = "10220000000000017";

/// The accounts of this world.
pub fn store(app: &App) -> AccountStore {
    AccountStore::new(app.world().clients().dynamodb().table(ACCOUNTS_TABLE))
}

/// An identity at Apple, with a relay address and a token.
pub fn at_apple(subject: &str) -> accounts::Person {
    accounts::Person {
        provider: "apple",
        issuer: "https://appleid.apple.com".to_owned(),
        subject: subject.to_owned(),
        email: Some(format!("{subject}@privaterelay.appleid.com")),
        email_verified: true,
        is_private_email: true,
        name: None,
        picture_url: None,
        sealed_token: Some("sealed".to_owned()),
    }
}

/// An identity at Facebook, without an address.
pub fn at_facebook(subject: &str) -> accounts::Person {
    accounts::Person {
        provider: "facebook",
        issuer: "https://www.facebook.com".to_owned(),
        subject: subject.to_owned(),
        email: None,
        email_verified: false,
        is_private_email: false,
        name: Some("A person at Facebook".to_owned()),
        picture_url: None,
        sealed_token: None,
    }
}

async fn fresh(app: &App, account: AccountId, session: kernel::SessionId) -> FreshCaller {
    let caller = Caller { account, session, issued_at: app.world().now() };
    store(app).require_fresh(&caller, app.world().now()).await.unwrap()
}

/// Links an identity to the account of a person.
pub async fn link(app: &App, person: &Person, identity: &accounts::Person) {
    let (store, now) = (store(app), app.world().now());
    let decide = async || store.decide_link(person.account(), person.session(), identity, now).await;
    transact(store.db(), &app.world().ids(), decide).await.unwrap();
}

/// A person who has signed in at Google, with an identity of each other partner.
pub async fn everywhere(app: &App, name: &str) -> Person {
    let person = app.sign_in(name).await;
    link(app, &person, &at_apple(APPLE)).await;
    link(app, &person, &at_facebook(FACEBOOK)).await;
    app.world().reset_count();
    person
}

/// A person who is signed in, and whose only identity is this one.
pub async fn only_with(app: &App, name: &str, identity: &accounts::Person) -> Person {
    let person = app.sign_in(name).await;
    link(app, &person, identity).await;
    let (store, now) = (store(app), app.world().now());
    let caller = Caller { account: person.account(), session: person.session(), issued_at: now };
    let caller = store.require_recent(&caller, now).await.unwrap();
    let decide = async || store.decide_unlink(&caller, "google", None).await;
    transact(store.db(), &app.world().ids(), decide).await.unwrap();
    assert_eq!(identities(app, person.account()).await, [identity.provider]);
    app.world().reset_count();
    person
}

/// The partners of an account's identities.
pub async fn identities(app: &App, account: AccountId) -> Vec<String> {
    let listed = store(app).list_identities(account).await.unwrap();
    listed.into_iter().map(|identity| identity.provider).collect()
}

/// A new sign-in with this identity.
pub async fn sign_in_with(app: &App, account: AccountId, identity: &accounts::Person) -> FreshCaller {
    let (store, now) = (store(app), app.world().now());
    let sign_in = SignIn::new("203.0.113.9", "a browser", &app.world().ids(), now);
    let decide = async || store.decide_sign_in(account, identity, &sign_in).await;
    transact(store.db(), &app.world().ids(), decide).await.unwrap();
    fresh(app, account, sign_in.session).await
}

/// The person cancels the deletion of the account.
pub async fn cancel(app: &App, caller: &FreshCaller) {
    let db = app.world().clients().dynamodb();
    let reopen = ReopenAccount {
        deletions: DeletionStore::new(db.table(DELETION_RECEIPTS_TABLE)),
        accounts: store(app),
        credits: CreditStore::new(db.table(CREDITS_TABLE)),
    };
    reopen.reopen(caller, &app.world().ids(), app.world().now()).await.unwrap();
}
