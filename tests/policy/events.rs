//! The recorded events say who may call a route, and contain no data of a real person.
//!
//! An HTTP event has the field `access`: `"protected"`, `{ "public": "<reason>" }`, or, where an access
//! token is optional, `{ "optional": "<reason>" }`. The tests in
//! `tests/functions` take their lists of routes from it.

use crate::{assert_found, assert_none, tree};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Addresses for documentation (RFC 5737).
const DOCUMENTATION: &str = "203.0.113.";

/// Every recorded event by the name of its file, without the extension.
fn recorded() -> BTreeMap<String, Value> {
    let paths = tree::files("json").into_iter().filter(|path| path.starts_with("events/"));
    let events = paths.map(|path| {
        let event =
            serde_json::from_str(&tree::read(&path)).unwrap_or_else(|error| panic!("{path} is no JSON: {error}"));
        (path.trim_start_matches("events/").trim_end_matches(".json").to_owned(), event)
    });
    events.collect()
}

/// Whether it is an event of the HTTP API.
fn is_http(event: &Value) -> bool {
    event.get("requestContext").is_some()
}

fn findings(events: &BTreeMap<String, Value>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, event) in events {
        let path = format!("events/{name}.json");
        let access = event.get("access");
        if !is_http(event) {
            findings.extend(access.map(|_| format!("{path}: nobody calls a job: take `access` away")));
            continue;
        }
        match access {
            Some(Value::String(access)) if access == "protected" => {}
            Some(Value::Object(access))
                if access.len() == 1 && ["public", "optional"].iter().any(|key| access.contains_key(*key)) =>
            {
                if !access.values().all(|reason| reason.as_str().is_some_and(|reason| !reason.trim().is_empty())) {
                    findings.push(format!(
                        "{path}: a public route needs a reason: \"access\": {{ \"public\": \"…\" }}, or \"optional\""
                    ));
                }
            }
            _ => findings.push(format!(
                "{path}: say who may call the route: \"access\": \"protected\", or {{ \"public\": \"<reason>\" }}"
            )),
        }
        let function = name.split('.').next().unwrap_or_default();
        if events.get(function).is_some_and(|main| main.get("access") != access) {
            findings.push(format!("{path}: its access must be that of events/{function}.json"));
        }
        let address = event["requestContext"]["http"]["sourceIp"].as_str().unwrap_or_default();
        if !address.starts_with(DOCUMENTATION) {
            findings.push(format!("{path}: {address:?} may belong to somebody: use {DOCUMENTATION}0/24"));
        }
    }
    findings
}

#[test]
fn every_http_event_says_who_may_call() {
    let events = recorded();
    assert!(events.values().filter(|event| is_http(event)).count() > 20, "the events must be in events/");
    assert_none(findings(&events));
}

#[test]
fn an_event_without_access_or_without_a_reason_is_found() {
    let cases = [
        ("get-account", "access", Value::Null, "events/get-account.json: say who may call"),
        ("get-account", "access", json!("open"), "events/get-account.json: say who may call"),
        ("site", "access", json!({ "public": " " }), "events/site.json: a public route needs a reason"),
        ("site", "access", json!({ "public": 1 }), "events/site.json: a public route needs a reason"),
        ("get-account.cookie", "access", json!({ "public": "x" }), "must be that of events/get-account.json"),
        ("run-generation", "access", json!("protected"), "events/run-generation.json: nobody calls a job"),
        ("site", "requestContext", json!({ "http": { "sourceIp": "198.18.0.1" } }), "may belong to somebody"),
    ];
    for (name, key, value, found) in cases {
        let mut events = recorded();
        events.get_mut(name).expect("the event is recorded")[key] = value;
        assert_found(&findings(&events), found);
    }
}
