//! One operation of the document.

use crate::{
    answer::Answer,
    document::components,
    operation::{Example, Operation},
    parameter::{Parameter, Place},
    problem::{PROBLEMS, Problem, problem},
    route::{Access, Body, Caching, FORM, Route},
    schemas::Schemas,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The Operation Object of a route.
pub(crate) fn value(operation: &Operation, schemas: &mut Schemas) -> Value {
    let route = &operation.route;
    let mut value = json!({
        "operationId": id(route.name.unwrap_or(&operation.function)),
        "summary": route.summary,
        "description": description(route),
        "tags": [operation.area],
        "security": security(route),
        "responses": responses(route, schemas),
    });
    if !route.parameters.is_empty() {
        let parameters = route.parameters.iter().map(|it| parameter(it, &operation.examples, schemas));
        value["parameters"] = parameters.collect();
    }
    if let Some(body) = &route.body {
        value["requestBody"] = request_body(body, &operation.examples, schemas);
    }
    value
}

/// The id of the operation: the name of the function, or the route's own, in camel case.
pub(crate) fn id(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |id, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        id + &initial.to_uppercase() + rest
    })
}

/// The text for people: the contract's own words, the limits, and the problems by code.
fn description(route: &Route) -> String {
    let mut text = String::new();
    if !route.about.is_empty() {
        text += &format!("{}\n\n", route.about);
    }
    for policy in &route.limits {
        text += &format!("Limit `{}`: {policy}.\n\n", policy.name);
    }
    text += "Problems:\n";
    for problem in problems(route) {
        text += &format!("- {} `{}`: {}\n", problem.status, problem.code, problem.when);
    }
    text
}

/// The problems of a route, in the order of their statuses.
fn problems(route: &Route) -> impl Iterator<Item = &'static Problem> {
    PROBLEMS.iter().filter(|problem| route.problems.contains(problem.code))
}

fn security(route: &Route) -> Value {
    match route.access {
        Access::Public if route.takes_refresh_cookie => json!([{}, { "refresh_cookie": [] }]),
        Access::Public => json!([]),
        Access::Optional => json!([{}, { "bearer": [] }, { "cookie": [] }]),
        Access::Protected => json!([{ "bearer": [] }, { "cookie": [] }]),
    }
}

fn parameter(parameter: &Parameter, examples: &[Example], schemas: &mut Schemas) -> Value {
    let mut value = json!({
        "name": parameter.name,
        "in": parameter.place.as_str(),
        "required": parameter.is_required,
        "description": parameter.about,
        "schema": (parameter.schema)(&mut schemas.of_requests),
    });
    let recorded = examples.iter().find_map(|example| example.path.get(parameter.name));
    if let (Place::Path, Some(recorded)) = (parameter.place, recorded) {
        value["example"] = json!(recorded);
    }
    value
}

fn request_body(body: &Body, examples: &[Example], schemas: &mut Schemas) -> Value {
    let schema = (body.schema)(&mut schemas.of_requests);
    let contents = body.media_types.iter().map(|media_type| {
        let mut content = json!({ "schema": match *media_type {
            FORM => schemas.of_form(&schema),
            _ => schema.clone(),
        } });
        let of_type = examples.iter().filter(|example| example.media_type == *media_type);
        // The text of a form is no example of its fields.
        let named =
            of_type.filter_map(|example| Some((example.name.clone(), json!({ "value": example.body.clone()? }))));
        let named: Map<String, Value> = named.filter(|_| *media_type != FORM).collect();
        if !named.is_empty() {
            content["examples"] = named.into();
        }
        ((*media_type).to_owned(), content)
    });
    json!({ "required": body.is_required, "content": contents.collect::<Map<_, _>>() })
}

/// The answers by status, and the problems by status.
fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let mut responses = BTreeMap::<String, Value>::new();
    for it in &route.answers {
        responses.insert(it.status.to_string(), answer(route, it, schemas));
    }
    if route.caching == Caching::Public {
        responses.insert("304".to_owned(), components::response_reference("304"));
    }
    let mut codes = BTreeMap::<u16, Vec<&str>>::new();
    for code in &route.problems {
        codes.entry(problem(code).status).or_default().push(code);
    }
    for (status, codes) in codes {
        let name = components::of_problems(status, &codes, route.explains_in_pages);
        responses.insert(status.to_string(), components::response_reference(&name));
    }
    let throttled = components::THROTTLED.to_string();
    responses.entry(throttled).or_insert_with_key(|status| components::response_reference(status));
    json!(responses)
}

fn answer(route: &Route, answer: &Answer, schemas: &mut Schemas) -> Value {
    let mut headers = components::common_headers(answer.status);
    if route.caching == Caching::Public {
        headers.insert("etag".to_owned(), components::header_reference("etag"));
    }
    if !route.limits.is_empty() {
        for name in components::RATE_HEADERS {
            headers.insert(name.to_owned(), components::header_reference(name));
        }
    }
    for header in &answer.headers {
        let value = json!({
            "description": header.about,
            "required": header.is_required,
            "schema": { "type": "string" },
        });
        headers.insert(header.name.to_owned(), value);
    }
    let mut value = json!({ "description": answer.about, "headers": headers });
    let contents = answer.contents.iter().map(|content| {
        let schema = match content.schema {
            Some(schema) => schema(&mut schemas.of_answers).to_value(),
            None => json!({ "type": "string" }),
        };
        (content.media_type.to_owned(), json!({ "schema": schema }))
    });
    let contents: Map<_, _> = contents.collect();
    if !contents.is_empty() {
        value["content"] = contents.into();
    }
    let links = answer.links.iter().map(|link| {
        let target = json!({ "operationId": id(link.function), "parameters": { link.parameter: link.value } });
        (id(link.function), target)
    });
    let links: Map<_, _> = links.collect();
    if !links.is_empty() {
        value["links"] = links.into();
    }
    value
}
