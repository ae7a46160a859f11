//! The requests to Facebook, and the answers that sign a person in.

use super::{TOKEN, debug_url, facebook, facts, me, me_url, signed_in, token_url};
use crate::{
    facebook::{client::Facebook, settings::FacebookSettings},
    profile::IdentityProfile,
    test_partner::{APP_ID, APP_SECRET, CODE, Partner, VERIFIER, facebook_settings, now, with, without},
};
use ring::hmac;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

fn proof(token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, APP_SECRET.as_bytes());
    hmac::sign(&key, token.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The query of the one request to `url`, and its access token.
fn asked(partner: &Partner, url: &str) -> (BTreeMap<String, String>, String) {
    let requests = partner.asked(url);
    let [request] = &requests[..] else { panic!("{} requests to {url}", requests.len()) };
    assert_eq!(request.method(), "GET");
    let authorization = &request.headers()["authorization"];
    assert!(authorization.is_sensitive(), "the token must not be printed");
    let token = authorization.to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let whole = Url::parse(&request.uri().to_string()).unwrap();
    let query: BTreeMap<String, String> = whole.query_pairs().into_owned().collect();
    for value in query.values() {
        assert!(!value.contains(token) && !value.contains(APP_SECRET), "a secret is in {whole}");
    }
    (query, token.to_owned())
}

fn fields<const N: usize>(expected: [(&str, &str); N]) -> BTreeMap<String, String> {
    expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[tokio::test]
async fn a_code_is_exchanged_for_the_profile_in_three_requests() {
    let partner = facebook(&facts(), &me());
    let identity = signed_in(&partner).await.unwrap();
    assert_eq!(identity.refresh_token, None);
    assert_eq!(
        identity.profile,
        IdentityProfile {
            issuer: "https://www.facebook.com".into(),
            subject: "10158".into(),
            email: Some("ada@example.com".into()),
            email_verified: false,
            is_private_email: false,
            name: Some("Ada Lovelace".into()),
            picture_url: Some("https://platform-lookaside.fbsbx.com/x".into()),
        }
    );
    assert_eq!(partner.requests(), 3);
}

#[tokio::test]
async fn the_exchange_is_a_form_with_our_secret_and_the_verifier() {
    let partner = facebook(&facts(), &me());
    signed_in(&partner).await.unwrap();
    let expected = fields([
        ("client_id", APP_ID),
        ("client_secret", APP_SECRET),
        ("code", CODE),
        ("code_verifier", VERIFIER),
        ("redirect_uri", "https://cinemaxsai.example/v1/login/facebook/callback"),
    ]);
    assert_eq!(partner.form(&token_url()), expected);
    assert!(partner.asked(&token_url())[0].uri().query().is_none(), "a secret must not be in a URL");
}

#[tokio::test]
async fn every_read_has_the_proof_of_its_access_token() {
    let partner = facebook(&facts(), &me());
    signed_in(&partner).await.unwrap();
    let ours = format!("{APP_ID}|{APP_SECRET}");
    let (query, token) = asked(&partner, &debug_url());
    assert_eq!(token, ours);
    assert_eq!(query, fields([("input_token", TOKEN), ("appsecret_proof", &proof(&ours))]));
    let (query, token) = asked(&partner, &me_url());
    assert_eq!(token, TOKEN);
    let wanted = "id,name,email,picture.width(256).height(256)";
    assert_eq!(query, fields([("fields", wanted), ("appsecret_proof", &proof(TOKEN))]));
}

#[tokio::test]
async fn all_but_the_id_may_be_missing() {
    for (me, email, name, picture) in [
        (json!({"id": "10158"}), None, None, None),
        (json!({"id": 10158, "name": null, "email": null, "picture": null}), None, None, None),
        (without(me(), "email"), None, Some("Ada Lovelace"), Some("https://platform-lookaside.fbsbx.com/x")),
        (
            with(me(), "email", json!("no address")),
            None,
            Some("Ada Lovelace"),
            Some("https://platform-lookaside.fbsbx.com/x"),
        ),
        (with(me(), "picture", json!({})), Some("ada@example.com"), Some("Ada Lovelace"), None),
        (
            with(me(), "picture", json!({"data": {"url": "http://a.example/x"}})),
            Some("ada@example.com"),
            Some("Ada Lovelace"),
            None,
        ),
        (
            with(me(), "picture", json!({"data": {"url": "https://a.example/x", "is_silhouette": true}})),
            Some("ada@example.com"),
            Some("Ada Lovelace"),
            None,
        ),
    ] {
        let profile = signed_in(&facebook(&facts(), &me)).await.unwrap().profile;
        assert_eq!((profile.email.as_deref(), profile.name.as_deref()), (email, name), "{me}");
        assert_eq!(profile.picture_url.as_deref(), picture, "{me}");
        assert!(!profile.email_verified, "Facebook never proves an address");
    }
}

#[tokio::test]
async fn the_facts_may_have_numbers_and_no_end() {
    for facts in [
        with(facts(), "app_id", json!(1_234_567_890)),
        with(facts(), "user_id", json!(10_158)),
        with(facts(), "expires_at", json!(0)),
        without(facts(), "expires_at"),
    ] {
        assert!(signed_in(&facebook(&facts, &me())).await.is_ok(), "{facts}");
    }
}

/// A token of another app, of another person, or that is none.
#[tokio::test]
async fn a_token_that_is_not_of_a_user_of_our_app_signs_nobody_in() {
    let second = now().as_second();
    let error = json!({"code": 190, "message": "Invalid OAuth access token."});
    for (name, facts) in [
        ("a token of another app", with(facts(), "app_id", json!("9876543210"))),
        ("our app id with a zero before it", with(facts(), "app_id", json!("01234567890"))),
        ("without an app", without(facts(), "app_id")),
        ("an app that is null", with(facts(), "app_id", Value::Null)),
        ("a page token", with(facts(), "type", json!("PAGE"))),
        ("a token of the app itself", with(without(facts(), "user_id"), "type", json!("APP"))),
        ("a token of a system user", with(facts(), "type", json!("SYSTEM_USER"))),
        ("the type in lower case", with(facts(), "type", json!("user"))),
        ("without a type", without(facts(), "type")),
        ("an invalid token", with(with(facts(), "is_valid", json!(false)), "error", error)),
        ("validity that is not stated", without(facts(), "is_valid")),
        ("expired just now", with(facts(), "expires_at", json!(second))),
        ("expired for an hour", with(facts(), "expires_at", json!(second - 3_600))),
        ("without a user", without(facts(), "user_id")),
        ("an empty user", with(facts(), "user_id", json!(""))),
        ("a user with a control character", with(facts(), "user_id", json!("10158\n"))),
        ("a user of 256 characters", with(facts(), "user_id", json!("1".repeat(256)))),
        ("a token of another user", with(facts(), "user_id", json!("20316"))),
    ] {
        let partner = facebook(&facts, &me());
        let refused = signed_in(&partner).await.unwrap_err();
        assert_eq!(refused.code(), "sign_in_failed", "{name}");
        let is_read = name == "a token of another user";
        assert_eq!(partner.requests(), if is_read { 3 } else { 2 }, "{name}: a wrong token must not be used");
    }
    for (name, id) in [("another person", json!("20316")), ("a longer id", json!("101580")), ("an empty id", json!(""))]
    {
        let refused = signed_in(&facebook(&facts(), &with(me(), "id", id))).await.unwrap_err();
        assert_eq!(refused.code(), "sign_in_failed", "{name}");
    }
}

#[test]
fn a_wrong_configuration_fails_at_once() {
    for change in [
        (|settings: &mut FacebookSettings| settings.graph_url = "graph".into()) as fn(&mut FacebookSettings),
        |settings| settings.app_secret = String::new(),
    ] {
        let mut settings = facebook_settings();
        change(&mut settings);
        assert_eq!(Facebook::new(Partner::new().http(), settings).err().unwrap().code(), "internal");
    }
}
