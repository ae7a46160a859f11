mod apple;
mod facebook;
mod google;

use crate::{
    notices::verifier::{NoticeSettings, NoticeVerifier},
    test_partner::{
        APP_SECRET, APPLE_ISSUER, APPLE_JWKS_URL, CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, Partner, SERVICES_ID,
    },
};
use kernel::{Error, Result, Timestamp};
use std::fmt;

fn settings() -> NoticeSettings {
    NoticeSettings {
        google_client_ids: vec!["phone.example".into(), CLIENT_ID.into()],
        google_issuer: GOOGLE_ISSUER.into(),
        google_jwks_url: GOOGLE_JWKS_URL.into(),
        apple_client_id: SERVICES_ID.into(),
        apple_issuer: APPLE_ISSUER.into(),
        apple_jwks_url: APPLE_JWKS_URL.into(),
        facebook_app_secret: APP_SECRET.into(),
    }
}

fn verifier(partner: &Partner) -> NoticeVerifier {
    NoticeVerifier::new(partner.http(), settings()).unwrap()
}

fn milliseconds(time: i64) -> Timestamp {
    Timestamp::from_millisecond(time).unwrap()
}

#[track_caller]
fn refused<T: fmt::Debug>(result: Result<T>, why: &str) {
    assert!(matches!(result, Err(Error::BadSignature)), "{why}: expected bad_signature, got {result:?}");
}

#[track_caller]
fn unreadable<T: fmt::Debug>(result: Result<T>, why: &str) {
    assert!(matches!(result, Err(Error::Malformed(_))), "{why}: expected malformed, got {result:?}");
}

#[test]
fn a_wrong_configuration_fails_at_once() {
    for change in [
        (|settings: &mut NoticeSettings| settings.google_jwks_url = "keys".into()) as fn(&mut NoticeSettings),
        |settings| settings.apple_jwks_url = String::new(),
        |settings| settings.facebook_app_secret = String::new(),
    ] {
        let mut settings = settings();
        change(&mut settings);
        assert_eq!(NoticeVerifier::new(Partner::new().http(), settings).err().unwrap().code(), "internal");
    }
}
