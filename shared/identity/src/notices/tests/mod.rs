mod apple;
mod facebook;
mod google;

use crate::{
    notices::{
        refusal::NoticeRefusal,
        verifier::{NoticeSettings, NoticeVerifier},
    },
    test_partner::{
        APP_SECRET, APPLE_ISSUER, APPLE_JWKS_URL, CLIENT_ID, GOOGLE_ISSUER, GOOGLE_JWKS_URL, Partner, SERVICES_ID,
    },
};
use kernel::{Error, Timestamp};
use std::{fmt, mem::discriminant};

/// An App ID, in whose name Apple may send.
const APP_ID: &str = "com.example.app";

/// The app secret that is being replaced at Facebook.
const FORMER_APP_SECRET: &str = "former app s3cret";

type Result<T> = std::result::Result<T, NoticeRefusal>;

fn settings() -> NoticeSettings {
    NoticeSettings {
        google_client_ids: vec!["phone.example".into(), CLIENT_ID.into()],
        google_issuer: GOOGLE_ISSUER.into(),
        google_jwks_url: GOOGLE_JWKS_URL.into(),
        apple_client_ids: vec![SERVICES_ID.into(), APP_ID.into()],
        apple_issuer: APPLE_ISSUER.into(),
        apple_jwks_url: APPLE_JWKS_URL.into(),
        facebook_app_secrets: vec![APP_SECRET.into(), FORMER_APP_SECRET.into()],
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
    let code = result.as_ref().err().map(|refusal| Error::from(refusal.clone()).code());
    assert_eq!(code, Some("bad_signature"), "{why}: {result:?}");
}

#[track_caller]
fn refused_because<T: fmt::Debug>(result: Result<T>, expected: &NoticeRefusal, why: &str) {
    let reason = result.as_ref().err().map(discriminant);
    assert_eq!(reason, Some(discriminant(expected)), "{why}: {result:?}");
}

#[track_caller]
fn unreadable<T: fmt::Debug>(result: Result<T>, why: &str) {
    assert!(matches!(result, Err(NoticeRefusal::UnknownForm)), "{why}: expected malformed, got {result:?}");
    assert_eq!(Error::from(NoticeRefusal::UnknownForm).code(), "malformed");
}

#[test]
fn a_wrong_configuration_fails_at_once() {
    for change in [
        (|settings: &mut NoticeSettings| settings.google_jwks_url = "keys".into()) as fn(&mut NoticeSettings),
        |settings| settings.apple_jwks_url = String::new(),
        |settings| settings.facebook_app_secrets[1] = String::new(),
    ] {
        let mut settings = settings();
        change(&mut settings);
        assert_eq!(NoticeVerifier::new(Partner::new().http(), settings).err().unwrap().code(), "internal");
    }
}

/// The alarm of refused messages counts those that are suspicious, so what anybody can send must not be.
#[test]
fn what_anybody_can_send_is_not_suspicious() {
    for (refusal, reason, code) in [
        (NoticeRefusal::NotSigned, None, "bad_signature"),
        (NoticeRefusal::UnknownKey, None, "unavailable"),
        (NoticeRefusal::NoMessage, None, "bad_signature"),
        (NoticeRefusal::Other(Error::BodyTooLarge { limit: 1 }), None, "body_too_large"),
        (NoticeRefusal::Issuer, Some("issuer"), "bad_signature"),
        (NoticeRefusal::Audience, Some("audience"), "bad_signature"),
        (NoticeRefusal::NotForUs, Some("purpose_or_time"), "bad_signature"),
        (NoticeRefusal::UnknownForm, Some("form"), "malformed"),
    ] {
        assert_eq!((refusal.suspicion(), Error::from(refusal.clone()).code()), (reason, code), "{refusal:?}");
    }
}
