//! Which keys a token may be signed with.

use super::*;
use jsonwebtoken::Algorithm;
use std::time::Duration;

fn after(seconds: u64) -> Timestamp {
    now().checked_add(Duration::from_secs(seconds)).unwrap()
}

/// A key may have been published since the last fetch, so nothing final is said.
#[track_caller]
fn not_known_yet(result: Result<IdentityProfile>, why: &str) {
    assert!(matches!(result, Err(Error::Unavailable { .. })), "{why}: {result:?}");
}

#[tokio::test]
async fn a_token_without_a_key_id_needs_a_set_of_one_key() {
    let google = google();
    let token = Key::ours().sign(&Header::new(Algorithm::RS256), &google.claims);
    let partner = Partner::new();
    assert!(google.verified_at(&token, &google.keys(&partner), now()).await.is_ok());
    partner.publish(GOOGLE_JWKS_URL, vec![Key::ours().jwk("one"), Key::strangers().jwk("two")]);
    let keys = google.keys(&partner);
    for time in [now(), after(5)] {
        refused(
            google.verified_at(&token, &keys, time).await,
            "which key is meant: a later set would not say it either",
        );
    }
}

#[tokio::test]
async fn two_keys_with_one_id_are_none() {
    let google = google();
    let partner = Partner::new();
    for (first, second) in [(Key::ours(), Key::strangers()), (Key::strangers(), Key::ours())] {
        partner.publish(GOOGLE_JWKS_URL, vec![first.jwk("one"), second.jwk("one")]);
        refused(google.verified_at(&signed(&google.claims), &google.keys(&partner), now()).await, "two keys of one id");
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_a_new_key() {
    let google = google();
    let partner = Partner::new();
    let keys = google.keys(&partner);
    for _ in 0..3 {
        assert!(google.verified_at(&signed(&google.claims), &keys, now()).await.is_ok());
    }
    assert_eq!(partner.requests(), 1, "known keys must not be fetched again");

    partner.publish(GOOGLE_JWKS_URL, vec![Key::strangers().jwk("two")]);
    let rotated = Key::strangers().sign(&header("two"), &google.claims);
    not_known_yet(google.verified_at(&rotated, &keys, after(59)).await, "the keys were fetched within the last minute");
    assert_eq!(partner.requests(), 1);
    assert!(google.verified_at(&rotated, &keys, after(61)).await.is_ok());
    assert_eq!(partner.requests(), 2);

    let unknown = Key::strangers().sign(&header("three"), &google.claims);
    for _ in 0..5 {
        not_known_yet(google.verified_at(&unknown, &keys, after(62)).await, "a key that may have come since");
    }
    not_known_yet(google.verified_at(&signed(&google.claims), &keys, after(62)).await, "a key that was withdrawn");
    assert_eq!(partner.requests(), 2, "an unknown key may cause one fetch a minute");
}

#[tokio::test]
async fn a_token_that_cannot_be_right_fetches_no_keys() {
    let google = google();
    let partner = Partner::new();
    let wrong_type = Header { typ: Some("at+jwt".into()), ..header("two") };
    for token in [String::new(), "a.b.c".to_owned(), Key::strangers().sign(&wrong_type, &google.claims)] {
        refused(google.verified_at(&token, &google.keys(&partner), now()).await, "a wrong form");
    }
    assert_eq!(partner.requests(), 0);
}

#[tokio::test]
async fn a_withdrawn_key_is_accepted_for_an_hour_at_most() {
    let google = google();
    let partner = Partner::new();
    let keys = google.keys(&partner);
    assert!(google.verified_at(&signed(&google.claims), &keys, now()).await.is_ok());
    partner.publish(GOOGLE_JWKS_URL, vec![Key::strangers().jwk("two")]);
    let result = google.verified_at(&signed(&google.claims), &keys, after(3_600)).await;
    refused(result, "a key that was withdrawn an hour ago");
}

#[tokio::test]
async fn keys_for_other_purposes_are_left_out() {
    let google = google();
    let partner = Partner::new();
    let for_encryption = with(Key::ours().jwk("one"), "use", json!("enc"));
    let for_pss = with(Key::ours().jwk("one"), "alg", json!("PS256"));
    let elliptic = json!({"kty": "EC", "kid": "one", "crv": "P-256", "x": "AA", "y": "AA"});
    let symmetric = json!({"kty": "oct", "kid": "one", "alg": "HS256", "k": "AA"});
    for other in [for_encryption, for_pss, elliptic, symmetric] {
        partner.publish(GOOGLE_JWKS_URL, vec![other.clone(), Key::strangers().jwk("two")]);
        let result = google.verified_at(&signed(&google.claims), &google.keys(&partner), now()).await;
        refused(result, &other.to_string());
        partner.publish(GOOGLE_JWKS_URL, vec![other]);
        assert_eq!(google.keys(&partner).prepare(now()).await.unwrap_err().code(), "unavailable", "it is all there is");
    }
}

#[tokio::test]
async fn without_the_key_set_a_sign_in_is_unavailable() {
    let google = google();
    let partner = Partner::new();
    for (status, body) in [(502, "{}"), (200, "<html>")] {
        partner.answer(GOOGLE_JWKS_URL, status, body);
        let keys = google.keys(&partner);
        let error = google.verified_at(&signed(&google.claims), &keys, now()).await.unwrap_err();
        assert_eq!(error.code(), "unavailable");
        partner.publish(GOOGLE_JWKS_URL, vec![Key::ours().jwk("one")]);
        let result = google.verified_at(&signed(&google.claims), &keys, after(10)).await;
        assert!(result.is_ok(), "a failed fetch must not be remembered for longer than ten seconds");
    }
}
