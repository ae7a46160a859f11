//! Choices, preferences and what a page of a sign-in showed: their texts are in no line.

use super::canaries::Canaries;
use serde_json::json;
use testkit::{Fault, Faults};
use tests::{App, Event, Person};

/// The hash of the text on which the person chooses.
const HASH: &str = "ca11ab1eca11ab1e";

/// Sends right and wrong choices, notices, preferences and links to a sign-in.
pub async fn choices(app: &App, person: &Person, canaries: &mut Canaries) {
    canaries.add("a hash of a choice", HASH);
    canaries.add("a word of a choice", "canary-choice");
    canaries.add("a theme", "canary-theme");
    canaries.add("a version of a document", "canary-version");
    canaries.add("another account", "canary-account");
    let (now, word) = (app.world().now().to_string(), "canary-choice");
    let choice = |choice: &str, version: &str| {
        let kind = "advertising";
        json!({ "kind": kind, "choice": choice, "version": version, "hash": HASH, "chosen_at": now })
    };
    let notice = |document: &str, version: &str| {
        let kind = "notice";
        json!({ "kind": kind, "document": document, "version": version, "shown_at": now })
    };
    let records = person.event("POST", "/v1/consents");
    for body in [
        choice("given", "2026-12-01"),
        choice(word, "2026-12-01"),
        choice("given", "canary-version"),
        notice("policy", "2026-12-01"),
        notice(word, "2026-12-01"),
        notice("policy", "canary-version"),
        json!({ "kind": word }),
        json!({ word: word }),
        json!(word),
    ] {
        let event = records.clone().json_body(&body);
        app.send(event.clone()).await;
        app.send(event.header("x-account", "canary-account")).await;
    }
    for (calls, fault) in [
        ("dynamodb.", Fault::ServerError),
        ("dynamodb.", Fault::AnswerLost),
        ("dynamodb.TransactWriteItems", Fault::TransactionConflict),
    ] {
        app.world().inject(Faults::every(calls, fault));
        app.send(records.clone().json_body(&choice("withdrawn", "2026-12-01"))).await;
        app.world().inject(Faults::none());
    }
    let patch = person.event("PATCH", "/v1/account");
    for theme in ["dark", "canary-theme"] {
        app.send(patch.clone().json_body(&json!({ "preferences": { "theme": theme } }))).await;
    }
    for version in ["2026-12-01", "canary-version"] {
        let shown = [("policy", version), ("terms", version), ("age", version)];
        // From a network of its own, whose limit nobody else uses up.
        let login = Event::recorded("login").query(&shown).from_address("198.51.100.77");
        app.send(login).await.expect(303);
    }
}
