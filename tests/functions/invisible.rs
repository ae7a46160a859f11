//! Texts in which nothing can be seen are empty, in every field of every route. What joins or cuts characters inside a
//! visible text is kept.

use serde_json::{Value, json};
use testkit::PUBLIC_ORIGIN;
use tests::{App, Event, Person};
use url::form_urlencoded;

/// Texts in which nothing can be seen.
const INVISIBLE: [(&str, &str); 16] = [
    ("nothing", ""),
    ("white space", " \t\n\u{A0}\u{3000}"),
    ("a zero width space", "\u{200B}"),
    ("a filler of Hangul", "\u{3164}"),
    ("a byte order mark", "\u{FEFF}"),
    ("an empty pattern of Braille", "\u{2800}"),
    ("joiners", "\u{200C}\u{200D}\u{2060}"),
    ("a soft hyphen", "\u{AD}"),
    ("variation selectors", "\u{FE0F}\u{E0100}"),
    ("tags", "\u{E0067}\u{E0062}\u{E007F}"),
    ("marks of direction", "\u{200E}\u{202E}\u{2069}"),
    ("further fillers", "\u{115F}\u{1160}\u{FFA0}\u{17B4}"),
    ("control characters", "\0\u{7F}\u{9F}"),
    ("characters for private use", "\u{E000}\u{10FFFD}"),
    ("code points that are no characters", "\u{FFFF}\u{1FFFE}"),
    ("several kinds between white space", " \u{200B}\n\u{3164}\u{FEFF} "),
];

/// Texts that need characters which show nothing by themselves.
const JOINED: [(&str, &str); 7] = [
    ("an emoji of three", "👩🏽\u{200D}🚀"),
    ("an emoji with its style", "❤\u{FE0F}"),
    ("a flag of tags", "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"),
    ("Persian", "می\u{200C}خواهم"),
    ("Hindi", "क\u{94D}\u{200D}ष"),
    ("Hebrew between marks", "\u{200F}נועה\u{200F}"),
    ("a word with a soft hyphen", "co\u{AD}operate"),
];

/// A request with this text in each field that takes a text of a person, by the name of the field.
fn requests(person: &Person, id: &str, text: &str) -> Vec<(&'static str, Event)> {
    let signed = |function: &str, body: &Value| Event::recorded(function).json_body(body).bearer(person.token());
    let settings = json!({ "negative_prompt": text });
    let with_settings =
        json!({ "model": "stable-diffusion-3.5-large", "prompt": "a boat", "settings": settings.clone() });
    let priced = json!({ "model": "stable-diffusion-3.5-large", "settings": settings });
    let prompted = json!({ "model": "flux-schnell", "prompt": text });
    let link = "https://example.com/1";
    let report = json!({ "what": text, "where": link, "good_faith": true });
    let place = json!({ "what": "It shows me.", "where": text, "good_faith": true });
    let host = json!({ "what": "It shows me.", "where": format!("https://{text}/1"), "good_faith": true });
    let reporter = json!({ "what": "It shows me.", "where": link, "good_faith": true, "reply_to": text });
    let generation = format!("/v1/generations/{id}");
    vec![
        ("prompt", person.keyed_event("a-key", &prompted)),
        ("settings.negative_prompt", person.keyed_event("a-key", &with_settings)),
        ("settings.negative_prompt of a quote", signed("quote", &priced)),
        ("title", person.event("PATCH", &generation).json_body(&json!({ "title": text }))),
        ("text of a search", person.event("GET", "/v1/generations").query(&[("text", text)])),
        ("name", person.event("PATCH", "/v1/account").json_body(&json!({ "name": text }))),
        ("text of a message", signed("contact", &json!({ "kind": "support", "text": text }))),
        ("reply_to of a message", signed("contact", &json!({ "kind": "support", "text": "x", "reply_to": text }))),
        ("text of a form", form(person, text)),
        ("what of a report", signed("report", &report)),
        ("where of a report", signed("report", &place)),
        ("the host in where of a report", signed("report", &host)),
        ("reply_to of a report", signed("report", &reporter)),
        ("the words that delete the account", person.deletion_event(text)),
    ]
}

/// The form of the page `/contact`, sent by a program, which reads errors as problem documents.
fn form(person: &Person, text: &str) -> Event {
    let body =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("kind", "support"), ("text", text)]).finish();
    let event = Event::recorded("contact.form").fill("origin", PUBLIC_ORIGIN).bearer(person.token());
    event.header("accept", "*/*").body(&body)
}

#[tokio::test(start_paused = true)]
async fn a_text_in_which_nothing_can_be_seen_is_refused_everywhere_and_writes_nothing() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let id = person.ask_for("a boat").await;
    app.settle().await;
    let (before, submits) = (app.world().snapshot(), app.replicate().counts().submits);
    for (what, text) in INVISIBLE {
        for (field, event) in requests(&person, &id, text) {
            let answer = app.send(event).await;
            assert_eq!(answer.outcome(), (422, "invalid".to_owned()), "{field}: {what}: {answer:?}");
            app.world().assert_unchanged(&before);
        }
    }
    assert_eq!(app.replicate().counts().submits, submits, "nothing may be sent to a provider");
    app.check_invariants().none();
}

#[tokio::test(start_paused = true)]
async fn what_joins_and_cuts_inside_a_text_is_kept() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    for (what, text) in JOINED {
        let id = person.ask_for(text).await;
        app.settle().await;
        let path = format!("/v1/generations/{id}");
        let titled = app.send(person.event("PATCH", &path).json_body(&json!({ "title": text }))).await.expect(200);
        assert_eq!((&titled.json()["prompt"], &titled.json()["title"]), (&json!(text), &json!(text)), "{what}");
        let found = app.send(person.event("GET", "/v1/generations").query(&[("text", text)])).await.expect(200).json();
        assert_eq!(found["items"][0]["id"], json!(id), "{what}");
        let named = app.send(person.event("PATCH", "/v1/account").json_body(&json!({ "name": text }))).await;
        assert_eq!(named.expect(200).json()["name"], json!(text), "{what}");
        let case = json!({ "kind": "support", "text": text });
        let case =
            app.send(Event::recorded("contact").json_body(&case).bearer(person.token())).await.expect(201).json();
        let stored = app.world().items(testkit::CASES_TABLE);
        let stored = stored.iter().find(|item| item["pk"] == case["number"]).unwrap();
        assert_eq!(stored["text"], json!(text), "{what}");
    }
    app.check_invariants().none();
}

/// One prompt of scalar values beyond U+FFFF: each is one character, whatever it takes in UTF-8 or UTF-16.
#[tokio::test(start_paused = true)]
async fn lengths_count_scalar_values() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let most = kernel::limits::PROMPT_CHARS;
    for (text, status) in [("🚀".repeat(most), 202), ("🚀".repeat(most + 1), 422)] {
        let answer = person.generate(&json!({ "model": "flux-schnell", "prompt": text })).await;
        assert_eq!(answer.status(), status, "{} characters", text.chars().count());
    }
}
