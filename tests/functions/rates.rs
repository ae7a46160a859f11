//! Rate limits: whatever costs us an outbound request or a write is counted by network or by account.

use serde_json::{Value, json};
use session::RefreshToken;
use std::time::Duration;
use testkit::{GoogleProfile, TRANSIENT_TABLE};
use tests::{Answer, App, Event, Person};

/// The size of the bursts. It is more than each limit.
const BURST: usize = 60;

/// Sends the same request many times at once.
async fn burst(app: &App, events: impl IntoIterator<Item = Event>) -> Vec<Answer> {
    futures_util::future::join_all(events.into_iter().map(|event| app.send(event))).await
}

/// Each answer says how much of the limit is left, and each refusal when the next request may come.
/// Returns the number of answers that were not refused.
fn allowed(what: &str, answers: &[Answer]) -> usize {
    for answer in answers.iter().filter(|answer| answer.status() < 400 || answer.status() == 429) {
        let limit = answer.header("ratelimit").unwrap_or_else(|| panic!("{what}: {answer:?} has no RateLimit"));
        assert!(answer.header("ratelimit-policy").is_some_and(|policy| policy.contains(";q=")), "{what}: {answer:?}");
        let wait: Option<u64> = answer.header("retry-after").map(|wait| wait.parse().unwrap());
        match answer.status() {
            429 => {
                assert_eq!(answer.outcome(), (429, "too_many_requests".to_owned()), "{what}");
                assert!(limit.contains(";r=0;") && wait.is_some_and(|wait| wait >= 1), "{what}: {answer:?}");
            }
            _ => assert_eq!(wait, None, "{what}: {answer:?}"),
        }
    }
    answers.iter().filter(|answer| answer.status() != 429).count()
}

fn checkout(person: &Person, key: usize) -> Event {
    let event = person.event("POST", "/v1/checkouts").json_body(&json!({ "plan": "pack-500" }));
    event.header("idempotency-key", &format!("key-{key}"))
}

#[tokio::test(start_paused = true)]
async fn a_burst_from_one_network_is_refused_beyond_its_limit_and_another_network_is_not() {
    for (function, limit) in [("login", 40), ("contact", 10), ("report", 20)] {
        let app = App::new(1).await;
        let event = |number: usize, address: &str| {
            let event = match function {
                "contact" => Event::recorded(function).json_body(&json!({
                    "kind": "support", "text": format!("Message {number}"), "reply_to": "ada@example.com",
                })),
                "report" => Event::recorded(function).json_body(&json!({
                    "what": format!("Report {number}"), "where": "https://cinemaxsai.com/works/1", "good_faith": true,
                })),
                _ => Event::recorded(function).header("accept", "*/*"),
            };
            event.from_address(address)
        };
        // The addresses are different, and of one network.
        let answers = burst(&app, (0..BURST).map(|n| event(n, &format!("198.51.100.{n}")))).await;
        assert_eq!(allowed(function, &answers), limit, "{function}");
        let elsewhere = app.send(event(BURST, "198.51.101.1")).await;
        assert_ne!(elsewhere.status(), 429, "{function}: another network is not affected");
        let here = app.send(event(BURST + 1, "198.51.100.7")).await;
        let wait = here.header("retry-after").unwrap().parse().unwrap();
        app.world().advance(Duration::from_secs(wait));
        let later = app.send(event(BURST + 2, "198.51.100.7")).await;
        assert_ne!(later.status(), 429, "{function}: Retry-After must be enough");
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_refreshes_forty_times_a_minute_and_no_neighbour_uses_that_up() {
    let app = App::new(10).await;
    let (person, mut neighbour) = (app.sign_in("alice").await, app.sign_in("bob").await);
    // Tokens that prove no session, of the same account and network.
    let session = neighbour.session();
    let other = RefreshToken { account: person.account(), session, secret: [7; 32] }.to_text();
    let wrong = Event::recorded("refresh-session.body").fill("refresh_token", &other);
    for answer in burst(&app, (0..BURST).map(|_| wrong.clone())).await {
        assert_eq!(answer.outcome(), (401, "unauthenticated".to_owned()));
    }
    let answers = burst(&app, (0..BURST).map(|_| person.renewal())).await;
    assert_eq!(allowed("refresh-session", &answers), 40);
    neighbour.renew().await;
    app.world().advance(Duration::from_secs(60));
    assert_ne!(app.send(person.renewal()).await.status(), 429);
}

#[tokio::test(start_paused = true)]
async fn a_picture_on_another_page_uses_nothing_up() {
    let app = App::new(11).await;
    let before = app.world().items(TRANSIENT_TABLE);
    for _ in 0..BURST {
        let image = Event::recorded("login").header("sec-fetch-dest", "image").header("accept", "image/*");
        assert_eq!(app.send(image).await.outcome(), (403, "cross_origin".to_owned()));
    }
    assert_eq!(app.world().items(TRANSIENT_TABLE), before);
    app.send(Event::recorded("login").header("sec-fetch-dest", "document")).await.expect(303);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_is_fetched_beforehand_uses_nothing_up() {
    let app = App::new(15).await;
    let mut browser = app.browser();
    let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
    let before = app.world().snapshot();
    let early = [("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")];
    for (name, value) in early.into_iter().cycle().take(BURST) {
        for event in [Event::recorded("login"), browser.callback(&callback)] {
            let answer = app.send(event.header(name, value).header("accept", "*/*")).await;
            assert_eq!(answer.outcome(), (403, "cross_origin".to_owned()), "{name}: {value}");
        }
    }
    app.world().assert_unchanged(&before);
    app.send(Event::recorded("login")).await.expect(303);
    browser.arrive(&callback).await.expect(303);
}

#[tokio::test(start_paused = true)]
async fn links_of_identities_count_with_the_sign_ins_of_their_network() {
    let app = App::new(16).await;
    let person = app.sign_in("alice").await;
    let link = |number: usize| {
        let event = person.event("POST", "/v1/account/identities/apple");
        event.from_address(&format!("198.51.100.{number}"))
    };
    assert_eq!(allowed("link-identity", &burst(&app, (0..BURST).map(link)).await), 40);
    let login = Event::recorded("login").header("accept", "*/*").from_address("198.51.100.7");
    assert_eq!(app.send(login).await.outcome(), (429, "too_many_requests".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_account_signs_in_sixty_times_an_hour() {
    let app = App::new(12).await;
    for number in 0..61 {
        let mut browser = app.browser().at(&format!("198.51.{number}.1"));
        let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
        let answer = app.send(browser.callback(&callback).header("accept", "*/*")).await;
        // The first creates the account.
        assert_eq!(answer.status(), 303, "sign-in {number}");
    }
    let mut browser = app.browser().at("198.51.200.1");
    let callback = browser.sign_in_at_google(&GoogleProfile::new("alice")).await;
    let refused = app.send(browser.callback(&callback).header("accept", "*/*")).await;
    assert_eq!(refused.outcome(), (429, "too_many_requests".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn one_account_opens_ten_pages_for_a_payment_in_ten_minutes() {
    let app = App::new(2).await;
    let (person, other) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let answers = burst(&app, (0..BURST).map(|n| checkout(&person, n))).await;
    assert_eq!(allowed("checkout", &answers), 10);
    app.send(checkout(&other, 1)).await.expect(201);
    app.world().advance(Duration::from_secs(600));
    app.send(checkout(&person, 99)).await.expect(201);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn one_account_records_forty_choices_a_day() {
    let app = App::new(17).await;
    let (person, other) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let notice = |person: &Person, number: usize| {
        let version = format!("2026-{:02}-{:02}", 1 + number / 28, 1 + number % 28);
        let body = json!({
            "kind": "notice", "document": "policy", "version": version, "shown_at": "2027-01-15T08:00:00Z",
        });
        person.event("POST", "/v1/consents").json_body(&body)
    };
    let answers = burst(&app, (0..BURST).map(|number| notice(&person, number))).await;
    assert_eq!(allowed("record-consent", &answers), 40);
    app.send(notice(&other, 0)).await.expect(204);
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn a_signed_in_person_is_counted_by_account_and_not_by_network() {
    let app = App::new(3).await;
    let (person, other) = (app.sign_in("alice").await, app.sign_in("bob").await);
    let event = |person: &Person, number: usize| {
        let body = json!({ "kind": "support", "text": format!("Message {number}") });
        Event::recorded("contact").json_body(&body).bearer(person.token())
    };
    let answers = burst(&app, (0..BURST).map(|n| event(&person, n))).await;
    assert_eq!(allowed("contact", &answers), 10);
    app.send(event(&other, 1)).await.expect(201);
}

/// The messages and reports that are allowed in an hour, with one that has no mistake.
fn messages() -> [(&'static str, usize, Value); 2] {
    let contact = json!({ "kind": "support", "text": "Hello?", "reply_to": "ada@example.com" });
    let report = json!({ "what": "It shows me.", "where": "https://cinemaxsai.com/works/1", "good_faith": true });
    [("contact", 10, contact), ("report", 20, report)]
}

/// The same body with another text.
fn with_text(body: &Value, text: &str) -> Value {
    let field = if body["text"].is_string() { "text" } else { "what" };
    let mut body = body.clone();
    body[field] = json!(text);
    body
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_not_accepted_uses_nothing_up() {
    for (function, limit, body) in messages() {
        let app = App::new(13).await;
        let send = |body: &Value| Event::recorded(function).json_body(body);
        let known = send(&body).header("idempotency-key", "k");
        app.send(known).await.expect(201);
        let before = app.world().items(TRANSIENT_TABLE);
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove("reply_to");
        for number in 0..BURST {
            let reused = send(&with_text(&body, &number.to_string())).header("idempotency-key", "k");
            assert_eq!(app.send(reused).await.outcome(), (422, "idempotency_key_reused".to_owned()), "{function}");
            let wrong = send(&with_text(&body, ""));
            assert_eq!(app.send(wrong).await.outcome(), (422, "invalid".to_owned()), "{function}");
            if function == "contact" {
                assert_eq!(app.send(send(&without)).await.outcome(), (422, "invalid".to_owned()), "no address");
            }
        }
        assert_eq!(app.world().items(TRANSIENT_TABLE), before, "{function}: nothing is counted");
        let good = (0..BURST).map(|number| send(&with_text(&body, &format!("Message {number}"))));
        assert_eq!(allowed(function, &burst(&app, good).await), limit - 1, "{function}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_message_is_answered_beyond_the_limit_and_uses_nothing_up() {
    for (function, limit, body) in messages() {
        let app = App::new(14).await;
        let person = app.sign_in("alice").await;
        for (who, signed_in) in [("a stranger", false), ("a person who is signed in", true)] {
            let send = |body: &Value| {
                let event = Event::recorded(function).json_body(body);
                if signed_in { event.bearer(person.token()) } else { event }
            };
            let first = app.send(send(&body)).await.expect(201);
            let left = format!(";r={};", limit - 1);
            assert!(first.header("ratelimit").is_some_and(|rate| rate.contains(&left)), "{function}: {first:?}");
            let before = app.world().items(TRANSIENT_TABLE);
            for _ in 0..BURST {
                assert_eq!(app.send(send(&body)).await.expect(201).json(), first.json(), "{function} of {who}");
            }
            assert_eq!(app.world().items(TRANSIENT_TABLE), before, "{function} of {who}: nothing is counted");
            for number in 1..limit {
                app.send(send(&with_text(&body, &format!("Message {number}")))).await.expect(201);
            }
            let refused = app.send(send(&with_text(&body, "One more"))).await;
            assert_eq!(refused.outcome(), (429, "too_many_requests".to_owned()), "{function} of {who}");
            let again = app.send(send(&body)).await.expect(201);
            assert_eq!(again.json(), first.json(), "{function} of {who}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_drives_one_code_exchange_however_often_it_comes() {
    let app = App::new(4).await;
    let mut browser = app.browser();
    let callback = app.google().sign_in(&browser.begin().await, &GoogleProfile::new("alice"));
    let wrong = callback.replace("code=", "code=x");
    let asked = app.world().count();
    let answers = burst(&app, (0..BURST).map(|_| browser.callback(&wrong))).await;
    assert!(answers.iter().all(|answer| answer.status() >= 400), "{answers:?}");
    let now = app.world().count();
    let exchange = "http.POST oauth2.google.test/token";
    assert_eq!(now.of(exchange) - asked.of(exchange), 1, "the partner is asked once");
    assert_eq!(now.vendors_total() - asked.vendors_total(), 2, "and its keys are fetched once");
    // The attempt is used up, whatever came of it.
    let late = app.send(browser.callback(&callback)).await;
    assert!(matches!(late.status(), 400 | 429), "{late:?}");
    assert!(app.accounts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_sign_ins_of_one_network_end_at_forty_a_minute() {
    let app = App::new(5).await;
    let mut callbacks = Vec::new();
    for number in 0..BURST {
        let mut browser = app.browser().at(&format!("198.51.{number}.1"));
        let page = browser.begin().await;
        let callback = app.google().sign_in(&page, &GoogleProfile::new(&format!("person-{number}")));
        callbacks.push(browser.at("203.0.113.9").callback(&callback));
    }
    let answers = burst(&app, callbacks).await;
    assert_eq!(allowed("login-callback", &answers), 40);
    assert_eq!(app.accounts().len(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_is_refused_sees_a_page() {
    let app = App::new(6).await;
    for _ in 0..40 {
        app.send(Event::recorded("login")).await.expect(303);
    }
    let refused = app.send(Event::recorded("login").header("accept", "text/html")).await.expect(303);
    assert_eq!(refused.header("location"), Some("/?problem=too_many_requests"));
    assert_eq!(app.send(Event::recorded("login").header("accept", "*/*")).await.status(), 429);
}

#[tokio::test(start_paused = true)]
async fn a_header_that_the_client_sent_alone_changes_no_network() {
    let app = App::new(7).await;
    for number in 0..BURST {
        let viewer = format!("198.51.{number}.1");
        let event = Event::recorded("login")
            .header("x-forwarded-for", &viewer)
            .header("cloudfront-viewer-address", &format!("{viewer}:1"))
            .header("x-edge-proof", "none")
            .header("accept", "*/*");
        let answer = app.send(event).await;
        assert_eq!(answer.status() == 429, number >= 40, "request {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_counters_hold_no_address_and_expire_within_a_day() {
    let app = App::new(8).await;
    let person = app.sign_in("alice").await;
    app.send(checkout(&person, 1)).await.expect(201);
    app.send(Event::recorded("report")).await.expect(201);
    let now = app.world().now().as_second();
    let items = app.world().items(TRANSIENT_TABLE);
    assert!(items.len() >= 5, "{items:?}");
    for item in items {
        let text = item.to_string();
        for personal in ["203.0.113", "alice", "example.com"] {
            assert!(!text.contains(personal), "{text} must not have {personal}");
        }
        let expires = item["expires_at"].as_i64().unwrap_or_else(|| panic!("{text} must expire"));
        assert!((now..=now + 24 * 60 * 60).contains(&expires), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_welcome_credits_of_the_dozens_wait_until_the_person_writes() {
    let app = App::new(9).await;
    let mut people = Vec::new();
    for number in 0..45 {
        app.world().advance(Duration::from_secs(2));
        let browser = app.browser().at(&format!("198.51.100.{number}"));
        people.push(browser.sign_in(&GoogleProfile::new(&format!("person-{number}"))).await);
    }
    for (number, person) in people.iter().enumerate() {
        let credits = person.get("/v1/credits").await.expect(200).json();
        let waits = number >= 40;
        assert_eq!(credits["available"], if waits { 0 } else { 50 }, "account {number}: {credits}");
        assert_eq!(credits["lots"][0]["frozen"].is_object(), waits, "account {number}: {credits}");
        let asked = person.generate(&json!({ "model": "flux-schnell", "prompt": "a boat" })).await;
        assert_eq!(asked.status(), if waits { 402 } else { 202 }, "account {number}");
    }
    let elsewhere = app.browser().at("198.51.101.1").sign_in(&GoogleProfile::new("elsewhere")).await;
    assert_eq!(elsewhere.get("/v1/credits").await.expect(200).json()["available"], 50);
    // Nobody is banned: the account reads, and writes to us.
    let waiting = &people[44];
    let body = json!({ "kind": "appeal", "text": "I am a person." });
    app.send(Event::recorded("contact").json_body(&body).bearer(waiting.token())).await.expect(201);
    // The next sign-in gives nothing more.
    let again = app.browser().at("192.0.2.1").sign_in(&GoogleProfile::new("person-44")).await;
    assert_eq!(again.get("/v1/credits").await.expect(200).json()["available"], 0);
    app.check_invariants().none();
}
