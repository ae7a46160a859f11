//! Invalid input through HTTP: the answer is a problem document with a stable code, and nothing
//! changes.

use crate::{
    answer::Answer,
    journey::{post_from, post_raw},
    person::{Person, SESSION, client, id, order, secret, send, unique},
    stack::{Stack, together},
};
use kernel::{AccountId, Caller, Credits, SessionId, limits};
use local::fakes::FakeClock;
use reqwest::{Method, header};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Event, protected};

/// Fails the test unless the person's data is that of a new account.
async fn nothing_changed(stack: &Stack, person: &Person) {
    assert_eq!(person.credits().await, (limits::WELCOME_CREDITS.0, 0), "a refused request must cost nothing");
    assert_eq!(stack.tables.kept(&person.account).await, Vec::<String>::new(), "a refused request must leave nothing");
}

#[test]
fn a_body_that_cannot_be_read_is_refused() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let padding = " ".repeat(limits::JSON_BODY_BYTES);
        let json = "application/json";
        let good = order().to_string();
        for (content_type, body, status, code) in [
            (json, format!("{good}{padding}"), 413, "body_too_large"),
            (json, good[..20].to_owned(), 400, "malformed"),
            (json, String::new(), 400, "malformed"),
            (json, "[]".to_owned(), 422, "invalid"),
            ("text/plain", good.clone(), 415, "unsupported_media_type"),
        ] {
            let answer = post_raw(&person, Some("key"), content_type, body).await;
            answer.is_problem(status, code);
        }
        nothing_changed(stack, &person).await;
    });
}

#[test]
fn an_invalid_request_is_refused_and_not_repeated() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let with = |name: &str, value: Value| {
            let mut body = order();
            body[name] = value;
            body
        };
        let long = format!("canary-{}", "x".repeat(limits::PROMPT_CHARS));
        for (body, status, code) in [
            (with("prompt", json!(long)), 422, "invalid"),
            (with("prompt", json!(" \n")), 422, "invalid"),
            (with("prompt", json!(7)), 422, "invalid"),
            (with("model", json!("canary-model")), 422, "unknown_model"),
            (with("settings", json!({"aspect_ratio": "canary-1:7"})), 422, "invalid"),
            (with("canary-field", json!(1)), 422, "invalid"),
            (with("max_cost", json!(Credits(1))), 409, "price_above_max_cost"),
        ] {
            let answer = person.generate(&format!("key-{}", unique()), &body).await;
            answer.is_problem(status, code);
            assert!(!answer.text().contains("canary"), "{answer} must not quote the request");
        }
        nothing_changed(stack, &person).await;
    });
}

#[test]
fn a_request_that_costs_credits_needs_an_idempotency_key() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let long = "x".repeat(limits::IDEMPOTENCY_KEY_CHARS + 1);
        for key in [None, Some("a b"), Some(long.as_str())] {
            let answer = post_raw(&person, key, "application/json", order().to_string()).await;
            answer.is_problem(400, "idempotency_key_required");
        }
        nothing_changed(stack, &person).await;
    });
}

#[test]
fn a_list_has_its_limits() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        for path in ["/v1/generations", "/v1/credits", "/v1/account/sign-ins"] {
            for query in ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=e30"] {
                person.get(&format!("{path}?{query}")).await.is_problem(422, "invalid");
            }
        }
    });
}

#[test]
fn another_persons_generation_is_not_found() {
    together(async |stack| {
        let (owner, other) = (Person::new(stack.base()).await, Person::new(stack.base()).await);
        let generation = id(&owner.submit().await.ok(202));
        for path in [generation.as_str(), "01929e6b-6c00-7000-8000-0123456789ab", "balance", "request%23x", "%00"] {
            other.get(&format!("/v1/generations/{path}")).await.is_problem(404, "not_found");
        }
        owner.generation(&generation).await;
    });
}

/// The answers of every route that needs a session, with this access token.
async fn with_token(base: &str, token: &str) -> Vec<Answer> {
    let mut answers = Vec::new();
    for function in protected() {
        let event = Event::recorded(function);
        let (method, path) = event.route().split_once(' ').expect("a route is a method and a path");
        let path = path.replace("{id}", "01929e6b-6c00-7000-8000-0123456789ab").replace("{provider}", "google");
        let request = client().request(method.parse().expect("it is a method"), format!("{base}{path}"));
        let request = if token.is_empty() { request } else { request.header(header::AUTHORIZATION, token) };
        answers.push(send(request, format!("{method} {path}")).await);
    }
    answers
}

#[test]
fn a_request_without_a_valid_token_is_refused() {
    together(async |stack| {
        let (base, person) = (stack.base(), Person::new(stack.base()).await);
        let seed = stack.platform.secret("session-signing-key").unwrap();
        let forged_seed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let token = |seed: &str, origin: &str, minutes: i64| {
            let issued_at = FakeClock::system().now() + jiff::SignedDuration::from_mins(minutes);
            let account: AccountId = person.account.parse().unwrap();
            let session: SessionId = person.account.parse().unwrap();
            let token = stack.signer(seed, origin).issue(&Caller { account, session, issued_at }).unwrap();
            secret(token.as_str());
            format!("Bearer {}", token.as_str())
        };
        let good = token(seed, base, 0);
        let request = client().get(format!("{base}/v1/account")).header(header::AUTHORIZATION, &good);
        let accepted = send(request, "GET /v1/account".to_owned()).await;
        assert_eq!(accepted.status, 200, "a valid token of this form must be accepted");
        let (head, signature) = good.rsplit_once('.').unwrap();
        let lifetime = i64::try_from(limits::ACCESS_TOKEN_LIFETIME.as_secs() / 60).unwrap();
        for (why, token) in [
            ("there is none", String::new()),
            ("it is expired", token(seed, base, -lifetime - 1)),
            ("it is of the future", token(seed, base, 5)),
            ("another key has signed it", token(forged_seed, base, 0)),
            ("it is for another origin", token(seed, "https://cinemaxsai.com", 0)),
            ("its signature is cut", format!("{head}.{}", &signature[1..])),
            ("it has no signature", format!("{head}.")),
            ("it is no token", "Bearer x".to_owned()),
            ("it is a password", "Basic YTpi".to_owned()),
        ] {
            for answer in with_token(base, &token).await {
                assert_eq!(answer.status, 401, "{why}: {answer}");
                answer.is_problem(401, "unauthenticated");
                assert_eq!(answer.header("www-authenticate"), "Bearer", "{why}: {}", answer.asked);
            }
        }
        nothing_changed(stack, &person).await;
    });
}

#[test]
fn a_request_that_another_site_sends_with_our_cookies_is_refused() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
            post_from(&person, origin).await.is_problem(403, "cross_origin");
        }
        nothing_changed(stack, &person).await;
    });
}

#[test]
fn a_cookie_of_another_program_does_not_hide_ours() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        let ours = format!("{SESSION}={}", person.cookie(SESSION));
        for foreign in ["name=J\u{f6}rg".as_bytes(), b"name=J\xf6rg"] {
            for cookies in [[foreign, b"; ", ours.as_bytes()].concat(), [ours.as_bytes(), b"; ", foreign].concat()] {
                let cookies = header::HeaderValue::from_bytes(&cookies).unwrap();
                let request = client().get(format!("{}/v1/account", stack.base())).header(header::COOKIE, cookies);
                let answer = send(request, "GET /v1/account".to_owned()).await;
                assert_eq!(answer.status, 200, "beside {}: {answer}", foreign.escape_ascii());
            }
        }
    });
}

#[test]
fn a_sign_in_that_was_not_begun_here_fails() {
    together(async |stack| {
        let stranger = Person::stranger(stack.base());
        for query in ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y"] {
            stranger.get(&format!("/v1/login/google/callback{query}")).await.is_problem(400, "sign_in_failed");
        }
        stranger.get("/v1/login/nobody").await.is_problem(404, "not_found");
        let mut page = stranger.request(Method::GET, "/v1/login/google/callback?code=x&state=y");
        page = page.header(header::ACCEPT, "text/html");
        let page = send(page, "GET /v1/login/google/callback".to_owned()).await;
        assert_eq!((page.status, page.header("location")), (303, "/?problem=sign_in_failed"), "{page}");
    });
}

#[test]
fn a_session_cookie_is_for_our_host_alone_and_out_of_reach_of_scripts() {
    together(async |stack| {
        let person = Person::new(stack.base()).await;
        assert!(!person.cookie(SESSION).is_empty(), "signing in must set {SESSION}");
        let request = person.request(Method::POST, "/v1/session/refresh").timeout(Duration::from_secs(30));
        let answer = send(request, "POST /v1/session/refresh".to_owned()).await;
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        for cookie in cookies.filter(|cookie| cookie.starts_with("__Host-")) {
            for part in ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"] {
                let name = cookie.split('=').next().unwrap_or_default();
                assert!(cookie.contains(part), "the cookie {name} lacks {part}");
            }
            assert!(!cookie.contains("Domain="), "a __Host- cookie has no domain");
        }
    });
}
