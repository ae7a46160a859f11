use super::{ASKED, BASE, Bench, CALLBACK, NONCE};
use crate::fakes::{
    apple::{
        authorize::AppleProfile,
        knobs::{AppleFlags, AppleIdTokenMode},
    },
    response::AnswerLost,
    sign_in::{
        answers::AnswerMode,
        jwt::{ReceivedToken, part},
        test_forms::{CHALLENGE, VERIFIER, at, encoded, json_of, with},
    },
};
use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};

const HALF_A_YEAR: i64 = 15_777_000;

impl Bench {
    /// Exchanges a code of this instant, with the form changed so. Returns status and JSON.
    fn exchanged(&self, now: Timestamp, code: &str, changes: &[(&str, &str)]) -> (u16, Value) {
        let secret = self.secret(now, &[], &[]);
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "com.cinemaxsai.web"),
            ("client_secret", secret.as_str()),
            ("redirect_uri", CALLBACK),
            ("code", code),
            ("code_verifier", VERIFIER),
        ];
        let answer = self.post(now, "/auth/token", &with(&form, changes));
        (answer.status().as_u16(), json_of(&answer))
    }

    fn code(&self, now: Timestamp, changes: &[(&str, &str)]) -> String {
        self.signed_in(now, &AppleProfile::new("ada@people.test"), changes).field("code").unwrap().to_owned()
    }
}

#[test]
fn a_code_gives_tokens_once() {
    let bench = Bench::new();
    let code = bench.code(at(0), &[]);
    let (status, tokens) = bench.exchanged(at(10), &code, &[]);
    assert_eq!(status, 200, "{tokens}");
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert!(tokens["refresh_token"].as_str().unwrap().starts_with('r'), "{tokens}");
    let claims = bench.verified(tokens["id_token"].as_str().unwrap()).unwrap();
    for (claim, value) in [
        ("iss", json!(BASE)),
        ("aud", json!("com.cinemaxsai.web")),
        ("sub", json!(bench.apple.settings().subject("ada@people.test"))),
        ("iat", json!(at(10).as_second())),
        ("exp", json!(at(10).as_second() + 86_400)),
        ("auth_time", json!(at(0).as_second())),
        ("nonce", json!(NONCE)),
        ("nonce_supported", json!(true)),
        ("email", json!("ada@people.test")),
        ("email_verified", json!("true")),
        ("is_private_email", json!("false")),
    ] {
        assert_eq!(claims[claim], value, "{claim}");
    }
    assert!(claims["at_hash"].is_string() && claims["name"].is_null(), "{claims}");
    let (status, again) = bench.exchanged(at(11), &code, &[]);
    assert_eq!((status, &again["error"]), (400, &json!("invalid_grant")), "a code is valid once");
    assert_eq!(bench.apple.counts().exchanges, 1);
}

#[test]
fn an_exchange_with_a_wrong_parameter_is_refused() {
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);
    let cases: [Case<'_>; 14] = [
        ("no grant type", "invalid_request", &[("", "grant_type")]),
        ("another grant type", "unsupported_grant_type", &[("grant_type", "password")]),
        ("no client", "invalid_request", &[("", "client_id")]),
        ("another client", "invalid_client", &[("client_id", "com.another.web")]),
        ("no secret", "invalid_request", &[("", "client_secret")]),
        ("a secret that is no token", "invalid_client", &[("client_secret", "secret")]),
        ("no code", "invalid_request", &[("", "code")]),
        ("an unknown code", "invalid_grant", &[("code", "c0.0.x.y")]),
        ("no redirect URI", "invalid_grant", &[("", "redirect_uri")]),
        ("another redirect URI", "invalid_grant", &[("redirect_uri", "http://127.0.0.1:8080/elsewhere")]),
        ("no verifier", "invalid_grant", &[("", "code_verifier")]),
        (
            "a wrong verifier",
            "invalid_grant",
            &[("code_verifier", "another-verifier-of-at-least-forty-three-characters")],
        ),
        ("the challenge as verifier", "invalid_grant", &[("code_verifier", CHALLENGE)]),
        ("a short verifier", "invalid_grant", &[("code_verifier", "short")]),
    ];
    for (case, error, changes) in cases {
        let bench = Bench::new();
        let code = bench.code(at(0), &[]);
        let (status, answer) = bench.exchanged(at(1), &code, changes);
        assert_eq!((status, answer["error"].as_str()), (400, Some(error)), "{case}: {answer}");
        assert_eq!(bench.apple.counts().exchanges, 0, "{case}");
    }
    let bench = Bench::new();
    for (wait, status) in [(300, 200), (301, 400)] {
        let code = bench.code(at(0), &[]);
        assert_eq!(bench.exchanged(at(wait), &code, &[]).0, status, "a code is valid for five minutes");
    }
    let code = bench.code(at(0), &[("", "code_challenge"), ("", "code_challenge_method")]);
    assert_eq!(bench.exchanged(at(1), &code, &[]).1["error"], "invalid_grant", "a verifier without a challenge");
    let code = bench.code(at(0), &[("", "code_challenge"), ("", "code_challenge_method")]);
    assert_eq!(bench.exchanged(at(1), &code, &[("", "code_verifier")]).0, 200);
    let code = bench.code(at(0), &[]);
    assert_eq!(bench.exchanged(at(1), &code, &[("redirect_uri", "http://127.0.0.1/")]).0, 400);
    assert_eq!(bench.exchanged(at(2), &code, &[]).0, 400, "a failed exchange spends the code");
}

#[test]
fn every_member_of_a_client_secret_is_checked() {
    type Case = (&'static str, bool, Vec<(&'static str, Value)>, Vec<(&'static str, Value)>);
    let now = at(0).as_second();
    let cases: Vec<Case> = vec![
        ("right", true, vec![], vec![]),
        ("of half a year", true, vec![], vec![("exp", json!(now + HALF_A_YEAR))]),
        ("with a type", true, vec![("typ", json!("JWT"))], vec![]),
        ("longer than half a year", false, vec![], vec![("exp", json!(now + HALF_A_YEAR + 1))]),
        ("expired", false, vec![], vec![("exp", json!(now))]),
        ("without an end", false, vec![], vec![("exp", Value::Null)]),
        ("with an end in text", false, vec![], vec![("exp", json!((now + 300).to_string()))]),
        ("of the future", false, vec![], vec![("iat", json!(now + 1))]),
        ("without a beginning", false, vec![], vec![("iat", Value::Null)]),
        ("of another team", false, vec![], vec![("iss", json!("ANOTHER123"))]),
        ("of no team", false, vec![], vec![("iss", Value::Null)]),
        ("for another issuer", false, vec![], vec![("aud", json!("https://accounts.google.com"))]),
        ("for no issuer", false, vec![], vec![("aud", Value::Null)]),
        ("of another client", false, vec![], vec![("sub", json!("com.another.web"))]),
        ("of no client", false, vec![], vec![("sub", Value::Null)]),
        ("with another key id", false, vec![("kid", json!("ANOTHERKEY"))], vec![]),
        ("without a key id", false, vec![("kid", Value::Null)], vec![]),
        ("with another algorithm", false, vec![("alg", json!("ES384"))], vec![]),
        ("with an algorithm of secrets", false, vec![("alg", json!("HS256"))], vec![]),
        ("without an algorithm", false, vec![("alg", json!("none"))], vec![]),
    ];
    for (case, is_right, header, claims) in cases {
        let bench = Bench::new();
        let (code, secret) = (bench.code(at(0), &[]), bench.secret(at(0), &header, &claims));
        let (status, answer) = bench.exchanged(at(0), &code, &[("client_secret", &secret)]);
        let expected = if is_right { (200, None) } else { (400, Some("invalid_client")) };
        assert_eq!((status, answer["error"].as_str()), expected, "a secret {case}: {answer}");
    }
    let (bench, stranger) = (Bench::new(), Bench::new());
    let good = bench.secret(at(0), &[], &[]);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let header = message.split('.').next().unwrap();
    let changed = format!("{header}.{}.{signature}", part(&json!({ "iss": "CINEMAXSAI" })));
    for forged in [stranger.secret(at(0), &[], &[]), format!("{message}."), message.to_owned(), changed] {
        let code = bench.code(at(0), &[]);
        let (_, answer) = bench.exchanged(at(0), &code, &[("client_secret", &forged)]);
        assert_eq!(answer["error"], "invalid_client", "{forged}");
    }
}

#[test]
fn an_exchange_must_be_a_form() {
    let bench = Bench::new();
    let request = Request::post("/auth/token").header("content-type", "application/json").body(Bytes::from("{}"));
    let answer = bench.apple.handle(at(0), request.unwrap());
    assert_eq!((answer.status().as_u16(), &json_of(&answer)["error"]), (400, &json!("invalid_request")));
}

#[test]
fn a_hidden_address_is_one_of_the_relay_and_stays_so() {
    let bench = Bench::new();
    let profile = AppleProfile::new("ada@people.test").hiding_email();
    let claims = |profile: &AppleProfile, flags: AppleFlags| {
        bench.apple.knobs(|knobs| knobs.flags = flags);
        let code = bench.signed_in(at(0), profile, &[]).field("code").unwrap().to_owned();
        let tokens = bench.exchanged(at(0), &code, &[]).1;
        bench.verified(tokens["id_token"].as_str().unwrap()).unwrap()
    };
    let relay = json!(bench.apple.settings().relay_address("ada@people.test"));
    let first = claims(&profile, AppleFlags::Boolean);
    assert_eq!((&first["email"], &first["is_private_email"]), (&relay, &json!(true)));
    assert_eq!(first["email_verified"], json!(true));
    let second = claims(&AppleProfile::new("ada@people.test"), AppleFlags::Text);
    assert_eq!((&second["email"], &second["is_private_email"]), (&relay, &json!("true")), "the first choice stays");
}

#[test]
fn an_id_token_comes_through_the_browser_only_if_asked_for() {
    let bench = Bench::new();
    let answer = bench.signed_in(at(0), &AppleProfile::new("ada"), &[("response_type", "code id_token")]);
    let claims = bench.verified(answer.field("id_token").unwrap()).unwrap();
    assert!(claims["c_hash"].is_string() && claims["nonce"] == NONCE, "{claims}");
    let bare = bench.signed_in(at(0), &AppleProfile::new("ada"), &[("", "nonce")]);
    assert_eq!(bare.field("id_token"), None);
    let tokens = bench.exchanged(at(0), bare.field("code").unwrap(), &[]).1;
    assert!(bench.verified(tokens["id_token"].as_str().unwrap()).unwrap()["nonce"].is_null());
}

#[test]
fn a_wrong_id_token_is_wrong_in_its_way() {
    let bench = Bench::new();
    for mode in AppleIdTokenMode::WRONG {
        bench.apple.knobs(|knobs| knobs.id_token = mode);
        let tokens = bench.exchanged(at(0), &bench.code(at(0), &[]), &[]).1;
        let token = tokens["id_token"].as_str().unwrap();
        let is_signed =
            !matches!(mode, AppleIdTokenMode::UnknownKey | AppleIdTokenMode::OtherKey | AppleIdTokenMode::Unsigned);
        assert_eq!(bench.verified(token).is_some(), is_signed, "{mode:?}");
        if is_signed {
            let claims = ReceivedToken::parse(token).unwrap().claims;
            let is_right = claims["iss"] == BASE
                && claims["aud"] == "com.cinemaxsai.web"
                && claims["nonce"] == NONCE
                && claims["sub"].is_string()
                && claims["exp"].as_i64().unwrap() > at(0).as_second();
            assert!(!is_right, "{mode:?}: {claims}");
        }
    }
}

#[test]
fn a_refresh_token_is_valid_until_it_is_revoked() {
    let bench = Bench::new();
    let tokens = bench.exchanged(at(0), &bench.code(at(0), &[]), &[]).1;
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    let refreshed = |now: Timestamp, token: &str| {
        let secret = bench.secret(now, &[], &[]);
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "com.cinemaxsai.web"),
            ("client_secret", secret.as_str()),
            ("refresh_token", token),
        ];
        let answer = bench.post(now, "/auth/token", &form);
        (answer.status().as_u16(), json_of(&answer))
    };
    let revoked = |secret: &str, token: &str| {
        let form = [("client_id", "com.cinemaxsai.web"), ("client_secret", secret), ("token", token)];
        bench.post(at(100), "/auth/revoke", &form)
    };
    let (status, answer) = refreshed(at(50), refresh_token);
    assert_eq!((status, answer["refresh_token"].is_null()), (200, true), "{answer}");
    let claims = bench.verified(answer["id_token"].as_str().unwrap()).unwrap();
    assert!(claims["nonce"].is_null() && claims["sub"].is_string(), "{claims}");
    assert_eq!(refreshed(at(50), "r0.0.x.y").1["error"], "invalid_grant");
    assert_eq!(refreshed(at(50), "").1["error"], "invalid_request");

    assert_eq!(json_of(&revoked("no secret", refresh_token))["error"], "invalid_client");
    let secret = bench.secret(at(100), &[], &[]);
    assert_eq!(json_of(&revoked(&secret, ""))["error"], "invalid_request");
    assert_eq!(revoked(&secret, "garbage").status(), 200, "Apple answers 200 to any token");
    assert!(bench.apple.is_authorized("ada@people.test"));
    let answer = revoked(&secret, refresh_token);
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
    assert!(!bench.apple.is_authorized("ada@people.test"));
    assert_eq!(refreshed(at(101), refresh_token).1["error"], "invalid_grant");
    let counts = bench.apple.counts();
    assert_eq!((counts.revocations, counts.revoked), (2, 1));
    let next = bench.signed_in(at(200), &AppleProfile::new("ada@people.test"), &[]);
    assert!(next.field("user").is_some(), "after a revocation the next time is a first time");
}

#[test]
fn a_rotated_key_signs_and_the_one_before_is_still_published() {
    let bench = Bench::new();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let answer = bench.exchanged(at(0), &bench.code(at(0), &[]), &[]).1;
        tokens.push(answer["id_token"].as_str().unwrap().to_owned());
        bench.apple.rotate_key();
        let published = json_of(&bench.get(at(0), "/auth/keys"));
        assert_eq!(published["keys"].as_array().map(Vec::len), Some(2));
    }
    assert!(bench.verified(&tokens[1]).is_some());
    assert!(bench.verified(&tokens[0]).is_none(), "two rotations later the key is gone");
    assert_eq!(bench.post(at(0), "/_control/rotate", &[]).status(), 200);
    assert!(bench.verified(&tokens[1]).is_none());
}

#[test]
fn endpoints_for_servers_fail_as_the_knob_says() {
    let bench = Bench::new();
    let code = bench.code(at(0), &[]);
    bench.apple.knobs(|knobs| knobs.answers = AnswerMode::ServerError);
    assert_eq!(bench.exchanged(at(0), &code, &[]).0, 500);
    bench.apple.knobs(|knobs| knobs.answers = AnswerMode::Lost);
    let secret = bench.secret(at(0), &[], &[]);
    let form = with(&[("grant_type", "authorization_code"), ("client_secret", &secret)], &[("code", &code)]);
    let form = with(&form, &[("redirect_uri", CALLBACK), ("code_verifier", VERIFIER), ASKED[0]]);
    let answer = bench.post(at(0), "/auth/token", &form);
    assert!(answer.extensions().get::<AnswerLost>().is_some(), "{}", encoded(&form));
    assert_eq!(bench.apple.counts().exchanges, 1, "the request has its effect");
    bench.apple.knobs(|knobs| knobs.answers = AnswerMode::Given);
    assert_eq!(bench.exchanged(at(0), &code, &[]).1["error"], "invalid_grant");
}
