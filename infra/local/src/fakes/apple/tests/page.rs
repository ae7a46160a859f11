use super::{ASKED, Bench, CALLBACK};
use crate::fakes::{
    apple::authorize::AppleProfile,
    sign_in::test_forms::{at, encoded, json_of, text_of, with},
};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

#[test]
fn the_page_refuses_what_apple_refuses() {
    let bench = Bench::new();
    let secure = CALLBACK.replace("http:", "https:");
    let (longer, upper) = (format!("{CALLBACK}/"), CALLBACK.to_uppercase());
    type Case<'a> = (&'a str, &'a str, Vec<(&'a str, &'a str)>);
    let cases: [Case<'_>; 17] = [
        ("no client", "invalid_client", vec![("", "client_id")]),
        ("another client", "invalid_client", vec![("client_id", "com.another.web")]),
        ("no redirect URI", "invalid_request", vec![("", "redirect_uri")]),
        ("another scheme", "invalid_request", vec![("redirect_uri", &secure)]),
        ("a longer path", "invalid_request", vec![("redirect_uri", &longer)]),
        ("other letters", "invalid_request", vec![("redirect_uri", &upper)]),
        ("another host", "invalid_request", vec![("redirect_uri", "http://localhost:8080/v1/login/apple/callback")]),
        ("no response type", "unsupported_response_type", vec![("", "response_type")]),
        ("an implicit flow", "unsupported_response_type", vec![("response_type", "id_token")]),
        ("no response mode", "invalid_request", vec![("", "response_mode")]),
        ("an answer in the query", "invalid_request", vec![("response_mode", "query")]),
        ("an answer in the fragment", "invalid_request", vec![("response_mode", "fragment")]),
        ("another scope", "invalid_scope", vec![("scope", "name email phone")]),
        ("PKCE without a method", "invalid_request", vec![("", "code_challenge_method")]),
        ("PKCE by plain", "invalid_request", vec![("code_challenge_method", "plain")]),
        ("PKCE without a challenge", "invalid_request", vec![("", "code_challenge")]),
        ("a short challenge", "invalid_request", vec![("code_challenge", "short")]),
    ];
    for (case, error, changes) in cases {
        let query = encoded(&with(&ASKED, &changes));
        let answers = [
            bench.get(at(0), &format!("/auth/authorize?{query}")),
            bench.post(at(0), &format!("/auth/authorize?{query}"), &[("person", "ada"), ("action", "continue")]),
        ];
        for answer in answers {
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{case}");
            assert!(text_of(&answer).contains(&format!("<p id=\"error\">{error}</p>")), "{case}: {}", text_of(&answer));
        }
        let url = format!("{}?{query}", bench.apple.settings().authorize_url());
        assert!(bench.apple.sign_in(at(0), &url, &AppleProfile::new("ada")).is_err(), "{case}");
    }
    let twice = format!("/auth/authorize?{}&state=another", encoded(&ASKED));
    assert_eq!(bench.get(at(0), &twice).status(), StatusCode::BAD_REQUEST, "a repeated parameter");
    let elsewhere = format!("http://localhost:9/auth/authorize?{}", encoded(&ASKED));
    assert!(bench.apple.sign_in(at(0), &elsewhere, &AppleProfile::new("ada")).is_err(), "another page");
    assert_eq!(bench.apple.counts().authorizations, 0, "nobody may be signed in");
}

#[test]
fn a_route_has_its_methods() {
    let bench = Bench::new();
    for (method, path, status) in [
        (Method::GET, "/auth/token", 405),
        (Method::GET, "/auth/revoke", 405),
        (Method::POST, "/auth/keys", 405),
        (Method::PUT, "/auth/authorize", 405),
        (Method::GET, "/auth/userinfo", 404),
    ] {
        let request = Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
        assert_eq!(bench.apple.handle(at(0), request).status().as_u16(), status, "{path}");
    }
}

#[test]
fn a_person_goes_through_the_pages_to_a_form_for_us() {
    let bench = Bench::new();
    let page = format!("/auth/authorize?{}", encoded(&ASKED));
    let who = bench.get(at(0), &page);
    assert!(text_of(&who).contains("This is a stand-in") && text_of(&who).contains("name=\"person\""));
    assert_eq!(who.headers()["content-type"], "text/html; charset=utf-8");
    let nobody = bench.post(at(0), &page, &[("person", " "), ("action", "continue")]);
    assert_eq!(nobody.status(), StatusCode::BAD_REQUEST);
    let first = text_of(&bench.post(at(0), &page, &[("person", "ada@people.test")]));
    let relay = bench.apple.settings().relay_address("ada@people.test");
    for field in ["first_name", "last_name", "value=\"hide\"", "ada@people.test", &relay] {
        assert!(first.contains(field), "the first consent has {field}: {first}");
    }
    let chosen = [
        ("person", "ada@people.test"),
        ("action", "continue"),
        ("first_name", "Ada <b>"),
        ("last_name", "L"),
        ("email", "hide"),
    ];
    let back = text_of(&bench.post(at(0), &page, &chosen));
    assert!(back.contains(&format!("method=\"post\" action=\"{CALLBACK}\"")), "{back}");
    for field in ["name=\"code\"", "name=\"state\" value=\"a state of ours\"", "name=\"user\"", "&lt;b&gt;", &relay] {
        assert!(back.contains(field), "the form has {field}: {back}");
    }
    assert!(!back.contains("id_token") && !back.contains("<b>"), "{back}");
    let again = text_of(&bench.post(at(0), &page, &[("person", "ada@people.test")]));
    assert!(!again.contains("first_name") && again.contains(&relay), "later only consent is asked: {again}");
    let who = text_of(&bench.get(at(0), &page));
    assert!(who.contains("<button class=\"person\" name=\"person\" value=\"ada@people.test\">"), "{who}");
    let canceled = text_of(&bench.post(at(0), &page, &[("action", "cancel")]));
    assert!(canceled.contains("name=\"error\" value=\"user_cancelled_authorize\""), "{canceled}");
    assert!(canceled.contains("a state of ours") && !canceled.contains("name=\"code\""), "{canceled}");
}

#[test]
fn the_name_comes_at_the_first_authorization_alone() {
    let bench = Bench::new();
    let profile = AppleProfile::new("ada@people.test").named("Ada", "Lovelace");
    let user = bench.signed_in(at(0), &profile, &[]).field("user").map(str::to_owned).unwrap();
    let user: Value = serde_json::from_str(&user).unwrap();
    assert_eq!(user["name"], json!({ "firstName": "Ada", "lastName": "Lovelace" }));
    assert_eq!(user["email"], "ada@people.test");
    let second = bench.signed_in(at(60), &profile, &[]);
    assert_eq!((second.field("user"), second.field("state")), (None, Some("a state of ours")));
    // Another person has a first time of their own, and each scope its part.
    let nameless = bench.signed_in(at(0), &AppleProfile::new("bob").hiding_email(), &[("scope", "email")]);
    let relay = bench.apple.settings().relay_address("bob");
    assert_eq!(nameless.field("user"), Some(format!("{{\"email\":\"{relay}\"}}").as_str()));
    let bare = bench.signed_in(at(0), &AppleProfile::new("cem"), &[("", "scope")]);
    assert_eq!(bare.field("user"), None);
    assert!(!bare.body().contains("user"), "{}", bare.body());
}

#[test]
fn subjects_have_apples_form() {
    let settings = Bench::new().apple.settings().clone();
    let subject = settings.subject("ada");
    let parts: Vec<_> = subject.split('.').collect();
    assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [6, 32, 4], "{subject}");
    assert!([parts[0], parts[2]].concat().bytes().all(|byte| byte.is_ascii_digit()), "{subject}");
    assert_ne!(subject, settings.subject("bob"));
    assert_eq!(settings.authorize_url(), "http://localhost:7003/auth/authorize", "another site than ours");
}

#[test]
fn the_knobs_turn_over_http() {
    let bench = Bench::new();
    let patch = |body: &'static str| {
        let request = Request::patch("/_control").body(Bytes::from(body)).unwrap();
        bench.apple.handle(at(0), request)
    };
    let turned = json_of(&patch(r#"{"flags":"boolean","notices":"twice"}"#));
    assert_eq!((&turned["knobs"]["flags"], &turned["knobs"]["id_token"]), (&json!("boolean"), &json!("good")));
    assert_eq!(patch(r#"{"flag":"boolean"}"#).status(), StatusCode::BAD_REQUEST);
    let reset = json_of(&bench.post(at(0), "/_control/reset", &[]));
    assert_eq!(reset["knobs"]["flags"], "text");
    assert_eq!(bench.get(at(0), "/_control/nowhere").status(), StatusCode::BAD_REQUEST);
}
