use super::*;
use crate::{
    store::presign::Disposition,
    tests::{media, png},
};
use kernel::{AccountId, Key, PersonalData, PictureId};
use std::time::Duration;
use testkit::{MEDIA_BUCKET, World};

fn account(n: u8) -> AccountId {
    format!("01929e6b-6c00-7000-8000-0000000000{n:02}").parse().unwrap()
}

/// Writes a portrait that begins now.
async fn put(world: &World, account: AccountId) -> (String, String) {
    let id = PictureId::new(world.ids().uuid_v7(world.now()));
    media(world).put_portrait(PortraitFile { account, id }, png(3, 2)).await.unwrap()
}

fn left(world: &World) -> Vec<String> {
    world.objects(MEDIA_BUCKET).into_iter().map(|object| object.version).collect()
}

#[tokio::test(start_paused = true)]
async fn a_portrait_is_shown_by_a_link_of_minutes() {
    let world = World::new(1);
    let (key, version) = put(&world, account(1)).await;
    let prefix = format!("pictures/{}/", account(1));
    let id = key.strip_prefix(&prefix).and_then(|name| name.strip_suffix(".jpg")).unwrap();
    let lifetime = Duration::from_secs(300);
    let link = media(&world).presign(&key, &version, lifetime, Disposition::Show, world.now()).unwrap();
    let shown = world.fetch(&link);
    assert_eq!((shown.status().as_u16(), &shown.headers()["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(shown.headers()["cache-control"], "private");
    assert_eq!(shown.headers()["content-disposition"], format!("inline; filename=\"cinemaxsai-{id}.jpg\""));
}

#[tokio::test(start_paused = true)]
async fn clearing_deletes_what_is_not_kept_and_knows_the_age() {
    let world = World::new(1);
    let (store, begun) = (media(&world), world.now());
    let (old, other) = (put(&world, account(1)).await, put(&world, account(2)).await);
    world.advance(Duration::from_secs(60));
    let new = put(&world, account(1)).await;
    // A second version under the key of the first, and an object with another name.
    let again = store.put_whole(&old.0, "image/jpeg", ByteStream::from(png(1, 1))).await.unwrap();
    let strange = format!("pictures/{}/strange", account(1));
    let strange = store.put_whole(&strange, "image/jpeg", ByteStream::from(png(1, 1))).await.unwrap();
    let deleted = store.clear_portraits(account(1), |_, version, made_at| version == old.1 || made_at > Some(begun));
    assert_eq!(deleted.await.unwrap(), 2, "the second version, and the strange object");
    assert!(!left(&world).contains(&again) && !left(&world).contains(&strange));
    assert_eq!(left(&world).len(), 3);
    assert_eq!(store.clear_portraits(account(1), |_, _, _| false).await.unwrap(), 2);
    assert!(!left(&world).contains(&new.1));
    assert_eq!(left(&world), [other.1], "the portrait of another account stays");
    let (_, counts) = world.counted(store.clear_portraits(account(1), |_, _, _| false)).await;
    assert_eq!(counts.aws_total(), 1, "there is nothing to delete: {counts}");
}

#[tokio::test(start_paused = true)]
async fn portraits_are_found_exported_and_erased_with_their_account() {
    let world = World::new(1);
    let (ours, theirs) = (put(&world, account(1)).await, put(&world, account(2)).await);
    let store = media(&world);
    let found = vec![Key::Object { bucket: "Media", key: ours.0.clone(), version: ours.1 }];
    assert_eq!(store.find(account(1)).await.unwrap(), found);
    let exported = store.export(account(1)).await.unwrap();
    assert!(exported.len() == 1 && exported[0].json.contains(&ours.0), "{exported:?}");
    assert_eq!(store.erase(account(1)).await.unwrap().objects, 1);
    assert_eq!(store.find(account(1)).await.unwrap(), []);
    assert_eq!(left(&world), [theirs.1]);
}
