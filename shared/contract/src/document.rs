//! The OpenAPI 3.1 document (<https://spec.openapis.org/oas/v3.1.1>).

mod components;
mod operation;

use crate::{operation::Operation, schemas::Schemas};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the contract. The first number changes when a client must change.
const VERSION: &str = "1.0.0";

/// The rules for all routes, in Markdown.
const ABOUT: &str = include_str!("document/about.md");

/// The subject of an area.
///
/// # Panics
/// If the area has no text here.
#[allow(clippy::panic, reason = "such a document must not be published")]
fn about_area(area: &str) -> &'static str {
    match area {
        "account" => "The person who is signed in, and messages to us.",
        "billing" => "Plans, purchases, credits and their statement.",
        "generations" => "Models, prices, pictures to start from, and the images and videos.",
        "identity" => "Sign-in, sessions, and the keys that verify access tokens.",
        "privacy" => "The deletion of an account.",
        "site" => "The status of the service.",
        other => panic!("say what the area {other} is about"),
    }
}

/// The document of all operations.
///
/// # Panics
/// If two types of one name have different schemas, or a link names no operation.
#[must_use]
pub fn document(operations: &[Operation]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths = BTreeMap::<&str, Map<String, Value>>::new();
    for operation in operations {
        let method = operation.route.method.to_lowercase();
        let value = operation::value(operation, &mut schemas);
        paths.entry(operation.route.path).or_default().insert(method, value);
    }
    let areas: BTreeSet<&str> = operations.iter().map(|operation| operation.area.as_str()).collect();
    let tags: Vec<_> = areas.iter().map(|area| json!({ "name": area, "description": about_area(area) })).collect();
    let errors = components::Errors {
        problem: schemas.of_answers.subschema_for::<components::ProblemDocument>(),
        message: schemas.of_answers.subschema_for::<components::GatewayMessage>(),
    };
    let components = components::value(operations, &errors, schemas.join());
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Cinemaxsai",
            "version": VERSION,
            "summary": "AI images and videos from prompts, pictures and settings.",
            "description": ABOUT,
            "contact": { "name": "Support", "url": "https://cinemaxsai.com/contact" },
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/", "description": "The origin that serves this document" }],
        "tags": tags,
        "paths": paths,
        "components": components,
    })
}
