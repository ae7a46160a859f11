//! The members of a patch: what each takes, and the words with which it refuses.

use super::{account, change, defaults, patch_event, profile};
use accounts::Name;
use kernel::limits;
use serde_json::{Value, json};
use tests::{App, Event, document};

/// A text that no answer may repeat.
const CANARY: &str = "canary-in-the-coal-mine";

/// The sentence about a value of another type than the member has. The place follows.
const TYPE: &str = "The body does not have the expected shape: a value of the wrong type (line 1, column ";

/// The sentence about a name in which nothing can be seen.
const EMPTY: &str = "name is empty: nothing in it can be seen.";

/// The sentence about a name that is too long.
const LENGTH: &str = "name has 1 to 200 characters.";

/// The sentence about a name with a character that no name has.
const ONE_LINE: &str =
    "name is one line, without control characters and without those that change the direction of a text.";

/// The sentence about another theme.
const THEMES: &str = "preferences.theme is system, light or dark.";

/// The sentence about a model that the catalogue does not have.
const NO_MODEL: &str = "There is no such model. GET /v1/models lists them.";

/// The end of the sentence about a member that a place does not have.
fn known(members: &str) -> String {
    format!("The fields in this place are: {members}.")
}

/// The wrong forms of every member: the patch, the code, and a part of the sentence.
fn wrong() -> Vec<(Value, &'static str, String)> {
    let preference = |member: &str, value: Value| json!({ "preferences": { member: value } });
    let news = |value: Value| preference("emails", json!({ "news": value }));
    let mut wrong = vec![
        (json!([]), "invalid", TYPE.to_owned()),
        (json!("Ada"), "invalid", TYPE.to_owned()),
        (json!(null), "invalid", TYPE.to_owned()),
        (json!({ CANARY: 1 }), "invalid", known("name, preferences")),
        (json!({ "name": "Ada", "email": "ada@example.com" }), "invalid", known("name, preferences")),
        (json!({ "name": "Ada", "status": "active" }), "invalid", known("name, preferences")),
        (preference(CANARY, json!(1)), "invalid", known("theme, default_model, emails")),
        (preference("emails", json!({ CANARY: true })), "invalid", known("news")),
        (preference("theme", json!("")), "invalid", THEMES.to_owned()),
        (preference("theme", json!("Dark")), "invalid", THEMES.to_owned()),
        (preference("theme", json!(CANARY)), "invalid", THEMES.to_owned()),
        (preference("default_model", json!("")), "unknown_model", NO_MODEL.to_owned()),
        (preference("default_model", json!("Flux-Schnell")), "unknown_model", NO_MODEL.to_owned()),
        (preference("default_model", json!(CANARY)), "unknown_model", NO_MODEL.to_owned()),
        (json!({ "name": "" }), "invalid", EMPTY.to_owned()),
        (json!({ "name": " \u{3000}" }), "invalid", EMPTY.to_owned()),
        (json!({ "name": "\u{200B}\u{3164}" }), "invalid", EMPTY.to_owned()),
        (json!({ "name": "é".repeat(limits::NAME_CHARS + 1) }), "invalid", LENGTH.to_owned()),
    ];
    for strange in ["\n", "\t", "\0", "\u{1b}", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\u{2067}"] {
        wrong.push((json!({ "name": format!("Ada{strange}") }), "invalid", ONE_LINE.to_owned()));
    }
    for value in [json!(7), json!(true), json!([CANARY]), json!({ "first": CANARY })] {
        wrong.push((json!({ "name": value }), "invalid", TYPE.to_owned()));
        wrong.push((preference("theme", value.clone()), "invalid", TYPE.to_owned()));
        wrong.push((preference("default_model", value), "invalid", TYPE.to_owned()));
    }
    for value in [json!(7), json!(true), json!([]), json!([CANARY]), json!(CANARY)] {
        wrong.push((json!({ "preferences": value }), "invalid", TYPE.to_owned()));
        wrong.push((preference("emails", value), "invalid", TYPE.to_owned()));
    }
    wrong
        .extend([json!(1), json!("true"), json!([]), json!({})].map(|value| (news(value), "invalid", TYPE.to_owned())));
    wrong
}

#[tokio::test(start_paused = true)]
async fn every_wrong_form_is_refused_with_its_sentence_and_changes_nothing() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let before = app.world().snapshot();
    for (patch, code, sentence) in wrong() {
        let answer = change(&person, &patch).await;
        assert_eq!(answer.outcome(), (422, code.to_owned()), "{patch}");
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&sentence), "{patch} is refused with {detail:?} instead of {sentence:?}");
        assert!(!problem.to_string().contains(CANARY), "a refusal must not repeat the request: {problem}");
        // Right members beside a wrong one are not stored either.
        if let Value::Object(mut members) = patch {
            members.entry("name").or_insert(json!("Ada"));
            let beside = Value::Object(members);
            assert_eq!(change(&person, &beside).await.outcome(), (422, code.to_owned()), "{beside}");
        }
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_no_patch_is_refused() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let patch = patch_event(&person, &json!({ "name": "Ada" }));
    let typed = |content_type: &str| patch.clone().header("content-type", content_type);
    let large = format!(r#"{{"name":"Ada"{}}}"#, " ".repeat(limits::JSON_BODY_BYTES));
    let cases: [(Event, u16, &str); 10] = [
        (patch.clone().body(""), 400, "malformed"),
        (patch.clone().body(r#"{"name":"Ada""#), 400, "malformed"),
        (patch.clone().body(r#"{"name":"Ada"}{}"#), 400, "malformed"),
        (patch.clone().body("name=Ada"), 400, "malformed"),
        (patch.clone().body(r#"{"name":"Ada","name":"Bob"}"#), 422, "invalid"),
        (patch.clone().body(&large), 413, "body_too_large"),
        (typed("application/json-patch+json"), 415, "unsupported_media_type"),
        (typed("text/plain"), 415, "unsupported_media_type"),
        (typed("application/x-www-form-urlencoded"), 415, "unsupported_media_type"),
        (patch.clone().without_header("content-type"), 415, "unsupported_media_type"),
    ];
    let before = app.world().snapshot();
    for (event, status, code) in cases {
        let what = event.json()["body"].as_str().unwrap_or_default().chars().take(40).collect::<String>();
        assert_eq!(app.send(event).await.outcome(), (status, code.to_owned()), "{what}");
    }
    app.world().assert_unchanged(&before);
}

#[tokio::test(start_paused = true)]
async fn a_member_that_is_left_out_stays_and_null_gives_it_its_default() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let chosen = json!({ "theme": "dark", "default_model": "flux-schnell", "emails": { "news": true } });
    let preferences = |member: &str, value: Value| {
        let mut expected = chosen.clone();
        expected[member] = value;
        expected
    };
    let no_news = json!({ "news": false });
    for (patch, expected) in [
        (json!({ "preferences": { "theme": "light" } }), preferences("theme", json!("light"))),
        (json!({ "preferences": { "theme": null } }), preferences("theme", json!("system"))),
        (json!({ "preferences": { "default_model": null } }), preferences("default_model", Value::Null)),
        (
            json!({ "preferences": { "default_model": "wan-2.2-t2v-fast" } }),
            preferences("default_model", json!("wan-2.2-t2v-fast")),
        ),
        (json!({ "preferences": { "emails": { "news": false } } }), preferences("emails", no_news.clone())),
        (json!({ "preferences": { "emails": { "news": null } } }), preferences("emails", no_news.clone())),
        (json!({ "preferences": { "emails": null } }), preferences("emails", no_news)),
        (json!({ "preferences": null }), defaults()),
        (json!({ "preferences": { "emails": {} } }), chosen.clone()),
        (json!({ "preferences": {} }), chosen.clone()),
        (json!({}), chosen.clone()),
        (json!({ "name": null }), chosen.clone()),
    ] {
        change(&person, &json!({ "name": "Ada", "preferences": chosen })).await.expect(200);
        let answer = change(&person, &patch).await.expect(200).json();
        let name = if patch.get("name").is_some() { Value::Null } else { json!("Ada") };
        assert_eq!((&answer["preferences"], &answer["name"]), (&expected, &name), "{patch}");
        assert_eq!(account(&person).await, answer, "{patch}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_is_stored_without_white_space_at_its_ends() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let longest = "é".repeat(limits::NAME_CHARS);
    for (sent, name) in [
        ("  Ada Lovelace\u{3000}", "Ada Lovelace"),
        ("O\u{2019}Neil-Šimić", "O\u{2019}Neil-Šimić"),
        ("נועה", "נועה"),
        ("李小龍", "李小龍"),
        ("👩🏽\u{200d}🚀", "👩🏽\u{200d}🚀"),
        (&longest, &longest),
    ] {
        assert_eq!(change(&person, &json!({ "name": sent })).await.expect(200).json()["name"], name);
        let stored = profile(&app, &person);
        assert_eq!((&stored["name"], &stored["name_from"]), (&json!(name), &json!("person")));
    }
}

#[tokio::test(start_paused = true)]
async fn the_account_of_before_the_preferences_has_their_defaults_and_can_be_changed() {
    let app = App::new(1).await;
    let person = app.sign_in("alice").await;
    let table = app.world().clients().dynamodb().table(testkit::ACCOUNTS_TABLE);
    let mut older = table.update(&person.account().to_string(), "profile").when(aws::Condition::Exists);
    for attribute in ["preferences", "name_from", "email_from", "picture_from"] {
        older = older.remove(attribute);
    }
    older.apply().await.unwrap();
    assert_eq!(account(&person).await["preferences"], defaults());
    let answer = change(&person, &json!({ "preferences": { "theme": "dark" } })).await.expect(200).json();
    assert_eq!(answer["preferences"]["theme"], "dark");
    assert_eq!(answer["name"], "Person alice");
    assert_eq!(change(&person, &json!({ "name": "Ada" })).await.expect(200).json()["name"], "Ada");
}

/// The contract says by a pattern what the function says by code.
#[test]
fn the_contract_takes_the_names_that_the_function_takes() {
    let schema = document().pointer("/components/schemas/AccountChange/properties/name").expect("a change has a name");
    let validator = testkit::validator(document(), schema);
    assert!(validator.is_valid(&Value::Null) && !validator.is_valid(&json!(7)));
    let every = (0..=0x3100_u32).filter_map(char::from_u32);
    for char in every.chain(['\u{d7ff}', '\u{e000}', '\u{fffd}', '\u{feff}', '\u{1f3ac}', '\u{10ffff}']) {
        for name in [format!("{char}"), format!("A{char}B")] {
            assert_eq!(validator.is_valid(&json!(name)), Name::parse(&name).is_ok(), "{name:?}");
        }
    }
    for chars in [0, 1, limits::NAME_CHARS, limits::NAME_CHARS + 1] {
        let name = "é".repeat(chars);
        assert_eq!(validator.is_valid(&json!(name)), Name::parse(&name).is_ok(), "{chars} characters");
    }
}
