//! The verdict on the counts of a run, beside the checks of Schemathesis: the statuses that may come, and those that must.

use serde_json::Value;

/// The document, as `site` serves it.
pub const DOCUMENT: &str = "functions/site/site/assets/openapi.json";

/// Statuses that no request may get in one process, also where the contract lists them: faults of ours, partners
/// that do not answer, and a violation of the program that serves all functions.
const NEVER: [u64; 3] = [500, 503, 599];

/// The statuses of the pages and of paths without a route, which the contract describes in its introduction alone.
const OF_THE_PAGES: [u64; 7] = [200, 204, 304, 404, 405, 406, 415];

/// The successes that a signed-in run cannot reach, each with the reason: operation, status, reason.
const OUT_OF_REACH: [(&str, u64, &str); 6] = [
    ("cancelDeletion", 204, "a deletion ends the session, and the next request is one of somebody else"),
    ("cancelGeneration", 202, "it depends on the time that a fake of a provider takes for a job"),
    ("loginCallback", 303, "the identity provider makes the parameters, and the attempt is in a cookie"),
    ("loginCallbackByForm", 303, "as for `loginCallback`"),
    ("refreshSession", 200, "the program keeps the refresh token to itself"),
    ("unlinkIdentity", 200, "the person has one identity, and the last one stays"),
];

/// An operation of the document.
struct Operation<'a> {
    id: &'a str,
    /// The key of its route, such as `GET /v1/credits`.
    route: String,
    statuses: Vec<u64>,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| Operation {
            id: operation["operationId"].as_str().unwrap_or_default(),
            route: format!("{} {path}", method.to_uppercase()),
            statuses: statuses(&operation["responses"]).map(|(status, _)| status).collect(),
        })
    });
    operations.collect()
}

/// The statuses that are the names of an object's fields, with the values.
fn statuses(object: &Value) -> impl Iterator<Item = (u64, &Value)> {
    let fields = object.as_object().into_iter().flatten();
    fields.filter_map(|(status, value)| Some((status.parse().ok()?, value)))
}

/// The answers that must not come: by route, those that its operation does not document, and faults.
pub fn unexpected(document: &Value, counts: &Value) -> Vec<String> {
    let operations = operations(document);
    let mut findings = Vec::new();
    for (route, counted) in counts["routes"].as_object().into_iter().flatten() {
        // `HEAD` is documented with its `GET`.
        let described = route.strip_prefix("HEAD ").map_or_else(|| route.clone(), |path| format!("GET {path}"));
        let operation = operations.iter().find(|operation| operation.route == described);
        let documented = operation.map_or(&OF_THE_PAGES[..], |operation| operation.statuses.as_slice());
        for (status, count) in statuses(counted) {
            if NEVER.contains(&status) || !documented.contains(&status) {
                findings.push(format!("{route} was answered with {status}, {count} times"));
            }
        }
    }
    findings
}

/// The successes that a signed-in run must reach, and has not.
pub fn unreached(document: &Value, counts: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for Operation { id, route, statuses } in operations(document) {
        for status in statuses.into_iter().filter(|status| *status < 400) {
            let count = counts["routes"][&route][status.to_string()].as_u64().unwrap_or_default();
            let reason = OUT_OF_REACH.iter().find(|(known, of, _)| (*known, *of) == (id, status));
            if count == 0 && reason.is_none() {
                findings.push(format!("{route} ({id}) was never answered with {status}, so its success is not tried"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::root;
    use serde_json::json;
    use std::fs;

    fn document() -> Value {
        json!({ "paths": {
            "/v1/credits": { "get": { "operationId": "getCredits", "responses": { "200": {}, "401": {}, "500": {} } } },
            "/v1/login/{provider}/callback": { "get": { "operationId": "loginCallback", "responses": { "303": {} } } },
        } })
    }

    #[test]
    fn a_fault_and_an_undocumented_status_are_found() {
        let good = json!({ "routes": {
            "GET /v1/credits": { "200": 5, "401": 2 }, "HEAD /v1/credits": { "200": 1 }, "$default": { "404": 9, "405": 1 },
        } });
        assert!(unexpected(&document(), &good).is_empty());
        for (route, status) in [
            ("GET /v1/credits", 500),
            ("GET /v1/credits", 503),
            ("GET /v1/credits", 599),
            ("GET /v1/credits", 404),
            ("HEAD /v1/credits", 404),
            ("$default", 500),
            ("$default", 303),
        ] {
            let mut counts = good.clone();
            counts["routes"][route][status.to_string()] = json!(3);
            assert_eq!(unexpected(&document(), &counts), [format!("{route} was answered with {status}, 3 times")]);
        }
    }

    #[test]
    fn a_success_that_never_came_is_found() {
        let counts = |status: &str| json!({ "routes": { "GET /v1/credits": { status: 5 } } });
        assert!(unreached(&document(), &counts("200")).is_empty());
        let found = unreached(&document(), &counts("401"));
        assert_eq!(found, ["GET /v1/credits (getCredits) was never answered with 200, so its success is not tried"]);
    }

    #[test]
    fn what_is_out_of_reach_is_in_the_contract() {
        let text = fs::read_to_string(root().join(DOCUMENT)).expect("the contract is there");
        let document: Value = serde_json::from_str(&text).expect("the contract is JSON");
        let operations = operations(&document);
        for (id, status, reason) in OUT_OF_REACH {
            let known = operations.iter().any(|operation| operation.id == id && operation.statuses.contains(&status));
            assert!(known && !reason.is_empty(), "no operation {id} has the status {status}: remove the line");
        }
    }
}
