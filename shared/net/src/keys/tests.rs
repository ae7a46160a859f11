use super::*;
use crate::{
    failure::RequestFailure,
    transport::{Body, Request, Response, Transport},
};
use kernel::BoxFuture;
use serde_json::json;
use std::{
    future,
    sync::{Arc, Mutex as Lock},
};

/// How the partner answers.
#[derive(Clone, Copy)]
enum Answer {
    Keys(&'static [&'static str]),
    Fails,
    Hangs,
}

/// A partner with a key set, and the number of its fetches.
#[derive(Clone)]
struct Partner(Arc<Lock<(Answer, usize)>>);

impl Partner {
    fn new(answer: Answer) -> Self {
        Self(Arc::new(Lock::new((answer, 0))))
    }

    fn set(&self, answer: Answer) {
        self.0.lock().unwrap().0 = answer;
    }

    fn fetches(&self) -> usize {
        self.0.lock().unwrap().1
    }

    fn keys(&self) -> KeySet<String> {
        KeySet::new(Http::new(self.clone()), "https://partner.test/keys".to_owned(), |jwk| jwk.kid)
    }
}

impl Transport for Partner {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, RequestFailure>> {
        let mut state = self.0.lock().unwrap();
        state.1 += 1;
        let answer = state.0;
        Box::pin(async move {
            match answer {
                Answer::Keys(ids) => {
                    let keys: Vec<_> = ids.iter().map(|id| json!({ "kty": "RSA", "kid": id })).collect();
                    Ok(Response::new(Body::from(Bytes::from(json!({ "keys": keys }).to_string()))))
                }
                Answer::Fails => Err(RequestFailure::AnswerLost("reset".to_owned())),
                Answer::Hangs => future::pending().await,
            }
        })
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

async fn find(keys: &KeySet<String>, id: &str, now: Timestamp) -> Result<Search<String>> {
    keys.find(now, |keys| keys.iter().find(|key| *key == id).cloned()).await
}

async fn found(keys: &KeySet<String>, id: &str, now: Timestamp) -> Search<String> {
    find(keys, id, now).await.unwrap()
}

fn key(id: &str) -> Search<String> {
    Search::Found(id.to_owned())
}

#[track_caller]
fn unavailable<T: fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::Unavailable { .. })), "{result:?}");
}

/// The partner may have published the key since the last fetch, so nobody may be refused for good.
#[tokio::test(start_paused = true)]
async fn a_key_that_is_unknown_within_a_minute_of_a_fetch_is_not_settled() {
    let partner = Partner::new(Answer::Keys(&["one"]));
    let keys = partner.keys();
    assert_eq!(found(&keys, "two", at(0)).await, Search::Unknown);
    assert_eq!(found(&keys, "two", at(0)).await, Search::Unknown, "the same invocation has fetched the set");
    partner.set(Answer::Keys(&["one", "two"]));
    assert_eq!(found(&keys, "two", at(59)).await, Search::UnknownYet);
    assert_eq!((found(&keys, "one", at(59)).await, partner.fetches()), (key("one"), 1));
    assert_eq!((found(&keys, "two", at(60)).await, partner.fetches()), (key("two"), 2));
    assert_eq!(Search::<()>::Unknown.settled().unwrap(), None);
    unavailable(Search::<()>::UnknownYet.settled());
}

#[tokio::test(start_paused = true)]
async fn keys_of_the_last_day_are_used_while_the_set_cannot_be_fetched() {
    let partner = Partner::new(Answer::Keys(&["one"]));
    let keys = partner.keys();
    assert_eq!(found(&keys, "one", at(0)).await, key("one"));
    partner.set(Answer::Fails);
    assert_eq!((found(&keys, "one", at(3_600)).await, partner.fetches()), (key("one"), 2));
    unavailable(find(&keys, "two", at(3_700)).await);
    keys.prepare(at(3_800)).await.unwrap();
    assert_eq!(found(&keys, "one", at(86_399)).await, key("one"));
    unavailable(find(&keys, "one", at(86_410)).await);
    unavailable(keys.prepare(at(86_430)).await);
    // A set that comes again replaces them.
    partner.set(Answer::Keys(&["two"]));
    assert_eq!(found(&keys, "one", at(90_000)).await, Search::Unknown);
}

/// Otherwise a sign-in would be used up with nothing to check its answer by, and messages would be refused for good.
#[tokio::test(start_paused = true)]
async fn a_set_without_a_usable_key_replaces_no_keys() {
    let partner = Partner::new(Answer::Keys(&[]));
    unavailable(partner.keys().prepare(at(0)).await);
    partner.set(Answer::Keys(&["one"]));
    let keys = partner.keys();
    keys.prepare(at(0)).await.unwrap();
    partner.set(Answer::Keys(&[]));
    unavailable(find(&keys, "two", at(3_600)).await);
    assert_eq!(found(&keys, "one", at(3_600)).await, key("one"));
    unavailable(find(&keys, "one", at(86_410)).await);
}

#[tokio::test(start_paused = true)]
async fn a_failed_fetch_is_remembered_for_ten_seconds() {
    let partner = Partner::new(Answer::Fails);
    let keys = partner.keys();
    for seconds in [0, 0, 5, 9] {
        unavailable(find(&keys, "one", at(seconds)).await);
    }
    assert_eq!(partner.fetches(), 1);
    partner.set(Answer::Keys(&["one"]));
    unavailable(find(&keys, "one", at(9)).await);
    assert_eq!((found(&keys, "one", at(10)).await, partner.fetches()), (key("one"), 2));
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_hangs_holds_nobody_for_more_than_four_seconds() {
    let partner = Partner::new(Answer::Keys(&["one"]));
    let keys = partner.keys();
    keys.prepare(at(0)).await.unwrap();
    partner.set(Answer::Hangs);
    let moment = Duration::from_millis(1);
    unavailable(timeout(KEYS_TIMEOUT + moment, find(&keys, "two", at(100))).await.expect("the fetch must end"));
    for _ in 0..20 {
        unavailable(timeout(moment, find(&keys, "two", at(105))).await.expect("the failure is remembered"));
        assert_eq!(
            timeout(moment, found(&keys, "one", at(105))).await.expect("a known key waits for nobody"),
            key("one")
        );
    }
    assert_eq!(partner.fetches(), 2);
}
