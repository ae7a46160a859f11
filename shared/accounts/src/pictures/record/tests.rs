use super::*;
use crate::{
    identities::tests::{gone, link},
    sign_in::Person,
    store::tests::{ada, sign_in, store},
};
use kernel::PersonalData;
use testkit::{ACCOUNTS_TABLE, Fault, Faults, World};

fn copy(n: u8, file: bool) -> PictureCopy {
    let stored = StoredPicture { key: format!("pictures/a/{n}.jpg"), version_id: format!("v{n}") };
    PictureCopy::new(&ada().picture_url.unwrap(), Some("google"), file.then_some(stored))
}

async fn seen(world: &World, account: AccountId) -> SeenPicture {
    store(world).see_picture(account).await.unwrap().unwrap()
}

async fn record(world: &World, seen: &SeenPicture, copy: Option<&PictureCopy>) -> bool {
    store(world).record_picture(seen, copy).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_recorded_replaced_and_removed() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    let new = seen(&world, account).await;
    assert_eq!((new.next_step(), new.file()), (PictureStep::Fetch, None));
    assert_eq!((new.address(), new.source()), (ada().picture_url.as_deref(), Some("google")));
    let (recorded, counts) = world.counted(record(&world, &new, Some(&copy(1, true)))).await;
    assert!(recorded && counts.aws_total() == 1, "{counts}");
    let first = seen(&world, account).await;
    assert_eq!((first.next_step(), first.file()), (PictureStep::Keep, copy(1, true).file.as_ref()));
    assert!(record(&world, &first, Some(&copy(2, false))).await);
    let second = seen(&world, account).await;
    assert_eq!((second.next_step(), second.file()), (PictureStep::Keep, None), "there is none, as is known");
    assert!(record(&world, &second, None).await);
    assert_eq!(seen(&world, account).await.next_step(), PictureStep::Fetch);
    assert!(!format!("{new:?}").contains("example"), "no log gets the address");
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_not_recorded_for_another_address_or_beside_another_copy() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    let before = seen(&world, account).await;
    assert!(record(&world, &before, Some(&copy(1, true))).await);
    for late in [Some(&copy(2, true)), Some(&copy(2, false)), None] {
        assert!(!record(&world, &before, late).await, "{late:?}");
    }
    assert!(record(&world, &before, Some(&copy(1, true))).await, "it is recorded already");
    let before = seen(&world, account).await;
    sign_in(&world, &Person { picture_url: Some("https://pictures.example/2".into()), ..ada() }).await;
    assert!(!record(&world, &before, Some(&copy(2, true))).await);
    let now = seen(&world, account).await;
    assert_eq!((now.next_step(), now.file()), (PictureStep::Fetch, copy(1, true).file.as_ref()));
    sign_in(&world, &Person { picture_url: None, ..ada() }).await;
    assert!(!record(&world, &now, Some(&copy(2, true))).await);
    assert_eq!(seen(&world, account).await.next_step(), PictureStep::Remove);
}

#[tokio::test(start_paused = true)]
async fn a_copy_does_not_bring_an_erased_account_back() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    let before = seen(&world, account).await;
    store(&world).erase(account).await.unwrap();
    for late in [Some(&copy(1, true)), None] {
        assert!(!record(&world, &before, late).await);
    }
    assert!(store(&world).see_picture(account).await.unwrap().is_none());
    assert_eq!(world.items(ACCOUNTS_TABLE).len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_record_whose_answer_was_lost_is_known_as_its_own() {
    let world = World::new(1);
    let (account, _) = sign_in(&world, &ada()).await;
    world.let_the_sdk_repeat();
    let before = seen(&world, account).await;
    world.inject(Faults::nth("dynamodb.UpdateItem", 1, Fault::AnswerLost));
    assert!(record(&world, &before, Some(&copy(1, true))).await, "the SDK repeats the write");
    world.inject(Faults::none());
    assert_eq!(seen(&world, account).await.file(), copy(1, true).file.as_ref());
}

#[tokio::test(start_paused = true)]
async fn the_removal_of_an_identity_says_whether_the_picture_is_owed() {
    let pictured = Person { picture_url: Some("https://p.example/f".into()), ..crate::identities::tests::facebook() };
    for (unlinked, is_owed, left) in [("google", true, PictureStep::Remove), ("facebook", false, PictureStep::Keep)] {
        let world = World::new(1);
        let (account, begun) = sign_in(&world, &ada()).await;
        link(&world, account, &begun, &pictured).await.unwrap();
        assert!(record(&world, &seen(&world, account).await, Some(&copy(1, true))).await);
        let caller = kernel::Caller { account, session: begun.session, issued_at: world.now() };
        let caller = store(&world).require_recent(&caller, world.now()).await.unwrap();
        let (ids, now) = (world.ids(), world.now());
        let removal = store(&world).unlink(&caller, unlinked, None, &ids, now, |_| Ok(Vec::new())).await.unwrap();
        assert_eq!((gone(removal).owes_picture, seen(&world, account).await.next_step()), (is_owed, left));
    }
}
