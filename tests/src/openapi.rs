//! The published contract of the API, made of the contracts of all routes, and the check that every answer
//! keeps it.

mod unnamed;

use crate::{answer::Answer, event::Event, functions::contracts};
use contract::{Example, Operation};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};
use unnamed::unnamed;

/// Headers of the transport, which no contract lists.
const OF_THE_TRANSPORT: [&str; 2] = ["content-type", "content-length"];

/// The operations by function and method.
static OPERATIONS: LazyLock<BTreeMap<(String, &'static str), Operation>> = LazyLock::new(|| {
    let by_route = |operation: Operation| ((operation.function.clone(), operation.route.method()), operation);
    operations().into_iter().map(by_route).collect()
});

/// The document, parsed once.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| contract::document(&operations()));

/// The validators of bodies, by the place of their schema in the document.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<testkit::Validator>>>> = LazyLock::new(Mutex::default);

/// All operations of the API, in the order of their areas and paths.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let mut all: Vec<_> = contracts()
        .into_iter()
        .map(|(function, area, route)| Operation {
            function: function.to_owned(),
            area: area.to_owned(),
            examples: examples(function, route.method()),
            route,
        })
        .collect();
    all.sort_by_key(|operation| (operation.area.clone(), operation.route.path_template(), operation.route.method()));
    all
}

/// The OpenAPI document.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// The recorded requests of a function with this method, each body once.
fn examples(function: &str, method: &str) -> Vec<Example> {
    let names = Event::names().into_iter().filter(|name| name.split('.').next() == Some(function));
    let names = names.filter(|name| Event::recorded(name).route().split(' ').next() == Some(method));
    let mut examples: Vec<Example> = Vec::new();
    for mut example in names.map(|name| example(&name)) {
        if examples.iter().any(|known| known.body == example.body) {
            example.body = None;
        }
        examples.push(example);
    }
    examples
}

/// A recorded request, without what a test must fill.
fn example(name: &str) -> Example {
    let event = Event::recorded(name);
    let json = event.json();
    let is_whole = |text: &&str| !text.contains("{{");
    let media_type = json["headers"]["content-type"].as_str().unwrap_or_default();
    let text = json["body"].as_str().filter(|_| json["isBase64Encoded"] == false).filter(is_whole);
    let parts = json["pathParameters"].as_object().into_iter().flatten();
    let parts = parts.filter_map(|(part, value)| Some((part.clone(), value.as_str().filter(is_whole)?.to_owned())));
    Example {
        name: name.to_owned(),
        media_type: media_type.split(';').next().unwrap_or_default().to_owned(),
        body: text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.into())),
        path: parts.collect(),
    }
}

/// Checks that the contract of the route lists the answer: its status, its code, each of its headers, and
/// the shape of its body.
///
/// # Panics
/// When it does not.
pub(crate) fn check(event: &Event, answer: &Answer) {
    let method = event.route().split(' ').next().unwrap_or_default();
    // `HEAD` is described with its `GET`.
    let method = if method == "HEAD" { "GET" } else { method };
    let Some((_, operation)) =
        OPERATIONS.iter().find(|((function, of), _)| function == event.function() && *of == method)
    else {
        return;
    };
    let route = operation.route.key_of_route();
    let at = format!("/paths/{}/{}", escaped(operation.route.path_template()), operation.route.method().to_lowercase());
    let at = format!("{at}/responses/{}", answer.status());
    let listed = followed(&at);
    let Some((at, listed)) = listed else {
        panic!(
            "the contract of {route} does not list {} {}: add it to contract() in functions/{}/{}/src/lib.rs: {answer:?}",
            answer.status(),
            answer.code(),
            operation.area,
            operation.function
        );
    };
    let codes = listed["x-codes"].as_array();
    let code = answer.code();
    if let (Some(codes), false) = (codes, code.is_empty()) {
        assert!(codes.iter().any(|listed| *listed == code), "the contract of {route} does not list the code {code}");
    }
    check_headers(&route, listed, answer);
    check_body(&route, &at, listed, answer);
}

fn check_headers(route: &str, listed: &'static Value, answer: &Answer) {
    let status = answer.status();
    for name in answer.header_names().filter(|name| !OF_THE_TRANSPORT.contains(name)) {
        assert!(
            !listed["headers"][name].is_null(),
            "the contract of {route} does not list the header {name} of {status}"
        );
    }
    let headers = listed["headers"].as_object().into_iter().flatten();
    for (name, header) in headers {
        let header = resolved(header);
        assert!(
            header["required"] != true || answer.header_names().any(|known| known == name),
            "the contract of {route} promises the header {name} of {status}: {answer:?}"
        );
    }
}

fn check_body(route: &str, at: &str, listed: &Value, answer: &Answer) {
    let status = answer.status();
    let sent = answer.header("content-type").and_then(|sent| sent.split(';').next());
    let Some(media_type) = sent.filter(|_| !answer.body().is_empty()) else {
        assert!(listed["content"].is_null() || status == 304, "the contract of {route} promises a body of {status}");
        return;
    };
    let content = &listed["content"][media_type];
    assert!(!content.is_null(), "the contract of {route} does not list {media_type} of {status}");
    if !media_type.ends_with("json") {
        return;
    }
    let body = answer.json();
    let faults = faults(&format!("{at}/content/{}/schema", escaped(media_type)), &body);
    assert!(
        faults.is_empty(),
        "the body of {route} ({status}) has another shape than its contract: {faults:#?}\n{body:#}"
    );
}

/// What a value has that the schema at a place of the document does not allow, or does not name.
fn faults(at: &str, value: &Value) -> Vec<String> {
    let validator = validator(at);
    let errors = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path()));
    let schema = document().pointer(at).expect("the validator has found the schema there");
    let strange = unnamed(document(), schema, value).into_iter();
    errors.chain(strange.map(|at| format!("{at}: the schema does not name this property"))).collect()
}

/// Checks that an answer is a problem document as the contract describes it, also one of a path without a contract.
///
/// # Panics
/// When it is none.
pub fn assert_is_a_problem(answer: &Answer) {
    let body = answer.json();
    let faults = faults("/components/schemas/Problem", &body);
    assert!(faults.is_empty(), "this is no problem document of the contract: {faults:#?}\n{body:#}");
}

/// The validator of the schema at a place of the document.
fn validator(at: &str) -> Arc<testkit::Validator> {
    let mut known = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(at.to_owned()).or_insert_with(|| {
        let schema = document().pointer(at).unwrap_or_else(|| panic!("the document has nothing at {at}"));
        Arc::new(testkit::validator(document(), schema))
    });
    made.clone()
}

/// The value at a place of the document, behind its reference, and its own place.
fn followed(at: &str) -> Option<(String, &'static Value)> {
    let value = document().pointer(at)?;
    match value["$ref"].as_str() {
        Some(reference) => followed(reference.trim_start_matches('#')),
        None => Some((at.to_owned(), value)),
    }
}

fn resolved(value: &'static Value) -> &'static Value {
    let reference = value["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
    reference.and_then(|at| document().pointer(at)).unwrap_or(value)
}

/// A text as a part of a JSON Pointer (RFC 6901).
fn escaped(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1")
}
