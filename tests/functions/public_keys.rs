//! The published keys, with which anybody can verify our access tokens.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use tests::{App, Event, token_part};

#[tokio::test(start_paused = true)]
async fn the_key_that_a_token_names_is_published_and_verifies_it() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let (answer, counts) = app.world().counted(app.send(Event::recorded("public-keys"))).await;
    let answer = answer.expect(200);
    assert_eq!((counts.aws_total(), counts.vendors_total()), (0, 0), "{counts}");
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    let header: Value = serde_json::from_slice(&token_part(person.token(), 0)).unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).expect("the token's key is published");
    let shown = [&key["kty"], &key["crv"], &key["use"], &key["alg"]];
    assert_eq!(shown, [&json!("OKP"), &json!("Ed25519"), &json!("sig"), &json!("EdDSA")]);
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let (message, _) = person.token().rsplit_once('.').unwrap();
    UnparsedPublicKey::new(&ED25519, bytes).verify(message.as_bytes(), &token_part(person.token(), 2)).unwrap();
    for key in &keys {
        let mut names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"], "a private part must never be published");
    }
}
