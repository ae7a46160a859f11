use super::*;
use crate::{
    consents::tests::choose_and_see,
    identities::tests::{apple, facebook, link},
    pictures::copy::{PictureCopy, StoredPicture},
    preferences::Preferences,
    sign_in::SignIn,
    store::tests::{ada, sign_in, store},
};
use std::collections::BTreeSet;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, World};

/// Adds an item of another slice to the partition, and an item of another account.
async fn strangers(world: &World, account: AccountId) {
    let table = world.clients().dynamodb().table(ACCOUNTS_TABLE);
    for (pk, sk) in [(account.to_string(), "deletion"), ("01929e6b-6c00-7000-8000-000000000000".into(), "profile")] {
        table.put(&pk, sk, &json!({"theirs": true})).apply().await.unwrap();
    }
}

/// Ada with an identity of each partner, who has consented and seen a notice.
async fn everywhere(world: &World) -> (AccountId, SignIn) {
    let (account, begun) = sign_in(world, &ada()).await;
    for person in [apple(), facebook()] {
        link(world, account, &begun, &person).await.unwrap();
    }
    choose_and_see(world, account, &begun).await;
    (account, begun)
}

fn left(world: &World) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    world.items(ACCOUNTS_TABLE).iter().map(|item| (text(&item["pk"]), text(&item["sk"]))).collect()
}

#[tokio::test(start_paused = true)]
async fn every_key_that_is_written_is_claimed() {
    let world = World::new(1);
    let (account, _) = everywhere(&world).await;
    for (pk, sk) in left(&world) {
        let claims = store(&world).claims().iter().filter(|claim| match claim {
            Claim::Items { table: "Accounts", partition: "account_id", prefix } => {
                pk == account.to_string() && sk.starts_with(prefix)
            }
            Claim::Items { table: "Accounts", partition, prefix } => pk.starts_with(partition) && sk == *prefix,
            _ => false,
        });
        assert_eq!(claims.count(), 1, "{pk} {sk} must be claimed once: add it to `claims`");
    }
}

#[tokio::test(start_paused = true)]
async fn find_names_everything_that_erase_removes() {
    let world = World::new(1);
    let (account, _) = everywhere(&world).await;
    sign_in(&world, &ada()).await;
    let stored: BTreeSet<_> = left(&world).into_iter().map(|(pk, sk)| key(pk, &sk)).collect();
    strangers(&world, account).await;
    let found: BTreeSet<_> = store(&world).find(account).await.unwrap().into_iter().collect();
    assert_eq!(found, stored);
    let reverse = ["apple#001.5f", "facebook#99", "google#1172"].map(|partition| key(partition.into(), "account"));
    assert_eq!(store(&world).reverse_keys(account).await.unwrap(), reverse);

    let erased = store(&world).erase(account).await.unwrap();
    assert_eq!(erased, Erased { items: 13, objects: 0 });
    assert_eq!(store(&world).find(account).await.unwrap(), []);
    assert_eq!(left(&world).len(), 2, "items of others must stay: {:?}", left(&world));
    assert_eq!(store(&world).erase(account).await.unwrap(), Erased::default());
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_erasure_is_completed_by_the_next() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for call in 1.. {
            let world = World::new(1);
            let (account, _) = everywhere(&world).await;
            world.inject(Faults::at(call, fault));
            let run = world.run(store(&world).erase(account)).await;
            world.inject(Faults::none());
            store(&world).erase(account).await.unwrap();
            assert_eq!(left(&world), [], "{fault:?} at call {call} left something for ever");
            if run.is_ok() {
                assert!(call > 10, "the erasure made only {call} calls");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_continued_erasure_leaves_the_new_account_of_the_person() {
    let world = World::new(1);
    let (old, _) = sign_in(&world, &ada()).await;
    // The run ends right after the reverse key is removed: the query is the first call.
    world.inject(Faults::at(2, Fault::DieAfter));
    assert!(world.run(store(&world).erase(old)).await.is_err());
    world.inject(Faults::none());
    let (new, _) = sign_in(&world, &ada()).await;
    assert_ne!(new, old);
    store(&world).erase(old).await.unwrap();
    assert_eq!(store(&world).find(old).await.unwrap(), []);
    assert_eq!(store(&world).find_by_identity("google", "1172").await.unwrap(), Some(new));
    assert_eq!(left(&world).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_export_is_everything_that_a_person_can_read() {
    let world = World::new(1);
    let (account, begun) = everywhere(&world).await;
    strangers(&world, account).await;
    let file = StoredPicture { key: format!("pictures/{account}/1.jpg"), version_id: "v1".into() };
    let copy = PictureCopy::new(&ada().picture_url.unwrap(), Some("google"), Some(file));
    let seen = store(&world).see_picture(account).await.unwrap().unwrap();
    assert!(store(&world).record_picture(&seen, Some(&copy)).await.unwrap());
    let records = store(&world).export(account).await.unwrap();
    let sections: Vec<_> = records.iter().map(|record| record.section).collect();
    assert_eq!(
        sections,
        ["profile", "identities", "identities", "identities", "sessions", "sign_ins", "consents", "notices"]
    );
    let json: Vec<Value> = records.iter().map(|record| serde_json::from_str(&record.json).unwrap()).collect();
    assert_eq!(json[0]["email"], "ada@example.com");
    assert_eq!((&json[0]["name_from"], &json[0]["email_from"]), (&json!("google"), &json!("google")));
    assert_eq!(json[0]["preferences"], json!(Preferences::default()));
    assert_eq!(json[0]["picture"]["file"]["key"], format!("pictures/{account}/1.jpg"));
    assert_eq!(json[0]["created_at"], "2027-01-15T08:00:00Z");
    assert_eq!(
        json[1],
        json!({
            "provider": "apple", "issuer": "https://appleid.apple.com", "subject": "001.5f",
            "linked_at": "2027-01-15T08:00:00Z", "email": "x7@privaterelay.appleid.com", "email_verified": true,
            "is_private_email": true, "name": "Ada A.", "picture_url": null,
            "token_stored_at": "2027-01-15T08:00:00Z", "sessions_ended_until": null, "mail_disabled_at": null,
            "mail_enabled_at": null,
        })
    );
    assert_eq!((&json[2]["subject"], &json[3]["subject"]), (&json!("99"), &json!("1172")));
    assert_eq!(json[4]["id"], begun.session.to_string());
    assert_eq!(json[5]["ip"], "203.0.113.7");
    assert_eq!(
        json[6],
        json!({
            "kind": "advertising", "choice": "given", "version": "2026-12-01", "hash": "9f86d081",
            "chosen_at": "2027-01-15T07:59:00Z", "recorded_at": "2027-01-15T08:00:00Z", "gpc": false,
        })
    );
    assert_eq!(
        json[7],
        json!({
            "document": "policy", "version": "2026-12-01", "shown_at": "2027-01-15T07:59:00Z",
            "used_at": "2027-01-15T08:00:00Z",
        })
    );
    for secret in ["_hash", "sealed-1"] {
        assert!(!records.iter().any(|record| record.json.contains(secret)), "an export has no {secret}");
    }
    assert_eq!(store(&world).export(AccountId::new(world.ids().uuid_v7(world.now()))).await.unwrap(), []);
}
