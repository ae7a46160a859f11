use super::{APP, ASKED, CALLBACK, EXCHANGED, SECRET, code, error_of, fake, get, post, token};
use crate::fakes::{
    facebook::{fake::FakeFacebook, knobs::FacebookTokenMode, profile::FacebookProfile},
    response::AnswerLost,
    sign_in::{
        answers::AnswerMode,
        test_forms::{CHALLENGE, at, encoded, json_of, with},
    },
};
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

const EXCHANGE: &str = "/v24.0/oauth/access_token";
const ME: &str = "/v24.0/me";
const DEBUG: &str = "/v24.0/debug_token";

/// Two months, in seconds: the life of a token.
const LIFE: i64 = 60 * 24 * 3_600;

fn ada() -> FacebookProfile {
    FacebookProfile::new("ada").named("Ada Lovelace").with_email("ada@people.test")
}

fn exchanged(facebook: &FakeFacebook, now: Timestamp, code: &str, changes: &[(&str, &str)]) -> Response<Bytes> {
    post(facebook, now, EXCHANGE, &with(&with(&EXCHANGED, &[("code", code)]), changes))
}

fn me(facebook: &FakeFacebook, now: Timestamp, token: &str, fields: &str) -> Response<Bytes> {
    let proof = facebook.settings().proof(token);
    get(facebook, now, ME, &[("access_token", token), ("appsecret_proof", &proof), ("fields", fields)])
}

fn debugged(facebook: &FakeFacebook, now: Timestamp, token: &str) -> Value {
    let app_token = facebook.settings().app_token();
    json_of(&get(facebook, now, DEBUG, &[("input_token", token), ("access_token", &app_token)]))["data"].clone()
}

#[test]
fn a_code_gives_a_token_once_by_get_and_by_post() {
    for by_post in [true, false] {
        let facebook = fake();
        let code = code(&facebook, at(0), &ada(), &[]);
        let sent = with(&EXCHANGED, &[("code", &code)]);
        let ask = |now| match by_post {
            true => post(&facebook, now, EXCHANGE, &sent),
            false => get(&facebook, now, EXCHANGE, &sent),
        };
        let answer = ask(at(300));
        let token = json_of(&answer);
        assert_eq!(answer.headers()["facebook-api-version"], "v24.0");
        assert!(token["access_token"].as_str().unwrap().starts_with("EAA"), "{token}");
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("bearer"), &json!(LIFE)));
        assert_eq!(error_of(&ask(at(300))), (100, Some(36_009), "OAuthException".to_owned()), "a code is valid once");
        assert_eq!(facebook.counts().exchanges, 1);
    }
}

#[test]
fn an_exchange_with_a_wrong_parameter_is_refused() {
    type Case<'a> = (&'a str, u64, Option<u64>, &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 13] = [
        ("no app", 101, None, &[("", "client_id")]),
        ("another app", 101, None, &[("client_id", "1")]),
        ("no secret", 1, None, &[("", "client_secret")]),
        ("another secret", 1, None, &[("client_secret", "guessed")]),
        ("no redirect URI", 191, None, &[("", "redirect_uri")]),
        ("another redirect URI", 100, Some(36_008), &[("redirect_uri", "http://127.0.0.1:8080/elsewhere")]),
        ("no code", 1, None, &[("", "code")]),
        ("an unknown code", 100, None, &[("code", "AQx")]),
        ("no verifier", 100, None, &[("", "code_verifier")]),
        ("the challenge as verifier", 100, None, &[("code_verifier", CHALLENGE)]),
        ("a short verifier", 100, None, &[("code_verifier", "short")]),
        ("another grant type", 100, None, &[("grant_type", "fb_exchange_token")]),
        ("the token of the app", 100, None, &[("grant_type", "client_credentials")]),
    ];
    for (case, number, subcode, changes) in cases {
        let facebook = fake();
        let code = code(&facebook, at(0), &ada(), &[]);
        let answer = exchanged(&facebook, at(1), &code, changes);
        assert_eq!(answer.status().as_u16(), 400, "{case}");
        assert_eq!(error_of(&answer), (number, subcode, "OAuthException".to_owned()), "{case}");
        assert_eq!(facebook.counts().exchanges, 0, "{case}");
    }
    let facebook = fake();
    let late = code(&facebook, at(0), &ada(), &[]);
    assert_eq!(
        error_of(&exchanged(&facebook, at(301), &late, &[])).1,
        Some(36_007),
        "a code is valid for five minutes"
    );
    let plain = code(&facebook, at(0), &ada(), &[("", "code_challenge"), ("", "code_challenge_method")]);
    assert_eq!(error_of(&exchanged(&facebook, at(1), &plain, &[])).0, 100, "a verifier without a challenge");
    let plain = code(&facebook, at(0), &ada(), &[("", "code_challenge"), ("", "code_challenge_method")]);
    assert_eq!(exchanged(&facebook, at(1), &plain, &[("", "code_verifier")]).status(), 200);
    let spent = code(&facebook, at(0), &ada(), &[]);
    exchanged(&facebook, at(1), &spent, &[("redirect_uri", "http://127.0.0.1/")]);
    assert_eq!(
        error_of(&exchanged(&facebook, at(2), &spent, &[])).1,
        Some(36_009),
        "a failed exchange spends the code"
    );
    let split = format!("{EXCHANGE}?client_id={APP}");
    let answer = post(&facebook, at(0), &split, &EXCHANGED);
    assert_eq!(error_of(&answer).0, 100, "a parameter in query and body: {:?}", answer.body());
}

#[test]
fn me_needs_the_proof_of_its_token() {
    let facebook = fake();
    let (ada_token, bob_token) =
        (token(&facebook, at(0), &ada()), token(&facebook, at(0), &FacebookProfile::new("bob")));
    let proof = |token: &str| facebook.settings().proof(token);
    let (ada_proof, app_token) = (proof(&ada_token), facebook.settings().app_token());
    let (app_proof, bob_proof) = (proof(&app_token), proof(&bob_token));
    let (upper, short) = (ada_proof.to_uppercase(), ada_proof[..63].to_owned());
    let by_hand = {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
        hex::encode(ring::hmac::sign(&key, ada_token.as_bytes()))
    };
    assert_eq!(by_hand, ada_proof);
    let cases: [(&str, &str, Option<&str>, u64, &str); 9] = [
        ("no token", "", Some(&ada_proof), 2500, "OAuthException"),
        ("an unknown token", "EAAx", Some(&ada_proof), 190, "OAuthException"),
        ("the token of the app", &app_token, Some(&app_proof), 2500, "OAuthException"),
        ("no proof", &ada_token, None, 100, "GraphMethodException"),
        ("an empty proof", &ada_token, Some(""), 100, "GraphMethodException"),
        ("the proof of another token", &ada_token, Some(&bob_proof), 100, "GraphMethodException"),
        ("a proof in capitals", &ada_token, Some(&upper), 100, "GraphMethodException"),
        ("a short proof", &ada_token, Some(&short), 100, "GraphMethodException"),
        ("the secret as proof", &ada_token, Some(SECRET), 100, "GraphMethodException"),
    ];
    for (case, token, proof, number, kind) in cases {
        let mut query = vec![("access_token", token)];
        query.extend(proof.map(|proof| ("appsecret_proof", proof)));
        let answer = get(&facebook, at(1), ME, &query);
        let (found, _, found_kind) = error_of(&answer);
        assert_eq!((found, found_kind.as_str()), (number, kind), "{case}");
        if case.contains("another token") {
            assert_eq!(json_of(&answer)["error"]["message"], "Invalid appsecret_proof provided in the API argument");
        }
    }
    let id = json!(facebook.settings().user_id("ada"));
    let by_query = [("access_token", ada_token.as_str()), ("appsecret_proof", ada_proof.as_str())];
    assert_eq!(json_of(&get(&facebook, at(1), ME, &by_query))["id"], id);
    for scheme in ["Bearer", "OAuth"] {
        let request = Request::get(format!("{ME}?appsecret_proof={ada_proof}&fields=id"));
        let request = request.header("authorization", format!("{scheme} {ada_token}")).body(Bytes::new()).unwrap();
        assert_eq!(json_of(&facebook.handle(at(1), request)), json!({ "id": id }), "{scheme}");
    }
    let by_form = post(&facebook, at(1), ME, &with(&by_query, &[("method", "get"), ("fields", "id")]));
    assert_eq!(json_of(&by_form), json!({ "id": id }), "by form");
    let twice =
        Request::get(format!("{ME}?{}", encoded(&by_query))).header("authorization", format!("Bearer {ada_token}"));
    assert_eq!(error_of(&facebook.handle(at(1), twice.body(Bytes::new()).unwrap())).0, 100);
    assert_eq!(error_of(&me(&facebook, at(LIFE), &ada_token, "id")), (190, Some(463), "OAuthException".to_owned()));
}

#[test]
fn me_answers_the_fields_that_exist_and_are_shared() {
    let facebook = fake();
    let ada_token = token(&facebook, at(0), &ada());
    let id = facebook.settings().user_id("ada");
    assert!(id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    let all =
        json_of(&me(&facebook, at(1), &ada_token, "id,name,first_name,last_name,email,picture.width(256).height(256)"));
    let url = format!("http://127.0.0.1:7004/platform/profilepic/?asid={id}&height=256&width=256");
    let picture = json!({ "data": { "height": 256, "is_silhouette": false, "url": url, "width": 256 } });
    let name = json!({
        "id": id, "name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace", "email": "ada@people.test",
        "picture": picture,
    });
    assert_eq!(all, name);
    for (fields, number) in [
        ("id,friends", 100),
        ("id,,name", 2500),
        ("picture.width(0)", 100),
        ("picture.width(x)", 100),
        ("picture.depth(8)", 100),
        ("name.width(8)", 100),
        ("picture.width", 2500),
    ] {
        assert_eq!(error_of(&me(&facebook, at(1), &ada_token, fields)).0, number, "{fields}");
    }
    for (profile, why) in
        [(ada().without_email(), "the account has none"), (ada().withholding_email(), "it is kept back")]
    {
        let token = token(&facebook, at(0), &profile);
        let shown = json_of(&me(&facebook, at(1), &token, "id,name,email"));
        assert_eq!(shown, json!({ "id": id, "name": "Ada Lovelace" }), "{why}");
    }
    let bare = code(&facebook, at(0), &ada(), &[("scope", "public_profile")]);
    let bare = json_of(&exchanged(&facebook, at(0), &bare, &[]))["access_token"].as_str().unwrap().to_owned();
    assert!(json_of(&me(&facebook, at(1), &bare, "email"))["email"].is_null(), "no scope, no address");
    let own = ada().with_picture("https://pictures.test/ada.jpg");
    let own = token(&facebook, at(0), &own);
    assert_eq!(
        json_of(&me(&facebook, at(1), &own, "picture"))["picture"]["data"]["url"],
        "https://pictures.test/ada.jpg"
    );
    let address = url.strip_prefix("http://127.0.0.1:7004").unwrap();
    let drawn = facebook.handle(at(1), Request::get(address).body(Bytes::new()).unwrap());
    assert_eq!((drawn.status().as_u16(), &drawn.body()[1..4]), (200, &b"PNG"[..]));
}

#[test]
fn debug_token_binds_a_token_to_our_app_and_its_person() {
    let facebook = fake();
    let (app_token, proof) =
        (facebook.settings().app_token(), facebook.settings().proof(&facebook.settings().app_token()));
    let ada_token = token(&facebook, at(0), &ada());
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u64);
    let cases: [Case<'_>; 7] = [
        ("no token", &[("input_token", &ada_token)], 104),
        ("the person's token", &[("input_token", &ada_token), ("access_token", &ada_token)], 100),
        ("a wrong secret", &[("input_token", &ada_token), ("access_token", "702300000000001|guessed")], 190),
        ("another app", &[("input_token", &ada_token), ("access_token", "1|local-facebook-app-secret")], 190),
        ("no input", &[("access_token", &app_token)], 100),
        ("a wrong proof", &[("input_token", &ada_token), ("access_token", &app_token), ("appsecret_proof", "x")], 100),
        ("an empty input", &[("input_token", ""), ("access_token", &app_token)], 100),
    ];
    for (case, query, number) in cases {
        assert_eq!(error_of(&get(&facebook, at(1), DEBUG, query)).0, number, "{case}");
    }
    let query = [
        ("input_token", ada_token.as_str()),
        ("access_token", app_token.as_str()),
        ("appsecret_proof", proof.as_str()),
    ];
    let right = json_of(&get(&facebook, at(1), DEBUG, &query))["data"].clone();
    for (member, value) in [
        ("app_id", json!(APP)),
        ("type", json!("USER")),
        ("is_valid", json!(true)),
        ("user_id", json!(facebook.settings().user_id("ada"))),
        ("issued_at", json!(at(0).as_second())),
        ("expires_at", json!(at(0).as_second() + LIFE)),
        ("scopes", json!(["email", "public_profile"])),
    ] {
        assert_eq!(right[member], value, "{member}");
    }
    assert_eq!(debugged(&facebook, at(1), "EAAx")["is_valid"], false);
    assert_eq!(debugged(&facebook, at(LIFE), &ada_token)["is_valid"], false, "it has expired");
    for mode in FacebookTokenMode::WRONG {
        facebook.knobs(|knobs| knobs.token = mode);
        let wrong = debugged(&facebook, at(1), &ada_token);
        let is_right = wrong["app_id"] == APP
            && wrong["type"] == "USER"
            && wrong["is_valid"] == true
            && wrong["user_id"] == facebook.settings().user_id("ada")
            && wrong["expires_at"].as_i64().unwrap() > at(1).as_second();
        assert!(!is_right, "{mode:?}: {wrong}");
    }
}

#[test]
fn an_unknown_path_and_a_malformed_request_are_refused() {
    let facebook = fake();
    for (method, path) in [
        (Method::GET, "/v23.0/me"),
        (Method::GET, "/me"),
        (Method::GET, "/v24.0/me/friends"),
        (Method::POST, "/v24.0/me"),
        (Method::POST, "/v24.0/debug_token"),
        (Method::DELETE, EXCHANGE),
    ] {
        let request = Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
        assert_eq!(error_of(&facebook.handle(at(0), request)).0, 2500, "{path}");
    }
    let json = Request::post(EXCHANGE).header("content-type", "application/json").body(Bytes::from("{}")).unwrap();
    assert_eq!(error_of(&facebook.handle(at(0), json)).0, 100);
    let twice = format!("{EXCHANGE}?client_id=1&client_id=2");
    assert_eq!(error_of(&facebook.handle(at(0), Request::get(twice).body(Bytes::new()).unwrap())).0, 100);
}

#[test]
fn the_graph_fails_as_the_knob_says() {
    let facebook = fake();
    let code = code(&facebook, at(0), &ada(), &[]);
    facebook.knobs(|knobs| knobs.answers = AnswerMode::ServerError);
    let answer = exchanged(&facebook, at(0), &code, &[]);
    assert_eq!((answer.status().as_u16(), error_of(&answer).0), (500, 2));
    assert_eq!(json_of(&answer)["error"]["is_transient"], true);
    assert_eq!(get(&facebook, at(0), "/v24.0/dialog/oauth", &ASKED).status(), 200, "pages for people stay");
    facebook.knobs(|knobs| knobs.answers = AnswerMode::Lost);
    let answer = exchanged(&facebook, at(0), &code, &[]);
    assert!(answer.extensions().get::<AnswerLost>().is_some());
    assert_eq!(facebook.counts().exchanges, 1, "the request has its effect");
    facebook.knobs(|knobs| knobs.answers = AnswerMode::Given);
    assert_eq!(error_of(&exchanged(&facebook, at(0), &code, &[("redirect_uri", CALLBACK)])).1, Some(36_009));
}
