//! The parts that operations share: schemas, headers, the answers of problems, and the security schemes.

use crate::{
    operation::Operation,
    problem::{PROBLEMS, problem},
    route::{JSON, PAGE},
};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The headers of every answer.
const COMMON_HEADERS: [(&str, &str); 8] = [
    ("cache-control", "`no-store`, unless the answer is the same for everybody."),
    ("content-security-policy", "An answer that is no page allows nothing."),
    ("cross-origin-opener-policy", "`same-origin`"),
    ("cross-origin-resource-policy", "`same-origin`"),
    ("permissions-policy", "Pages may not use the devices of the reader."),
    ("referrer-policy", "`same-origin`"),
    ("strict-transport-security", "Browsers use HTTPS alone."),
    ("x-content-type-options", "`nosniff`"),
];

/// The statuses that the gateway in front of the functions answers too, with a body and headers of its own.
const OF_THE_GATEWAY: [u16; 4] = [413, 429, 500, 503];

/// The status of the gateway's throttle, which every route has.
pub(crate) const THROTTLED: u16 = 429;

/// The beginning of the names of headers that a function always sends, and the gateway never.
const UNLESS_THE_GATEWAYS: &str = "of-functions-";

/// The headers of an answer to a counted request.
pub(crate) const RATE_HEADERS: [&str; 2] = ["ratelimit", "ratelimit-policy"];

/// A header that every answer may have: that to a form has it on every route.
const VARY: &str = "vary";

/// The headers of some answers: name, text, schema type.
const OTHER_HEADERS: [(&str, &str, &str); 6] = [
    ("etag", "Names this content. Sent back as `If-None-Match`, it saves the body.", "string"),
    (
        "ratelimit",
        "The requests that are left (`r`) until the next window in `t` seconds \
         (draft-ietf-httpapi-ratelimit-headers-10).",
        "string",
    ),
    ("ratelimit-policy", "The limit: `q` requests in `w` seconds.", "string"),
    (
        "retry-after",
        "The seconds after which a repetition can succeed. Every 429 and 503 of a function has it, and no answer of \
         the gateway.",
        "integer",
    ),
    (VARY, "`accept`, where a browser gets a page or a redirect, and a program gets data.", "string"),
    ("www-authenticate", "`Bearer`", "string"),
];

/// A problem document (RFC 9457).
#[derive(JsonSchema)]
#[schemars(rename = "Problem")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct ProblemDocument {
    /// `about:blank`: the status says what kind of problem it is, and `code` names it.
    r#type: String,
    /// The kind of problem, in a few words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// A sentence for people.
    detail: String,
    /// The stable code.
    code: ProblemCode,
    /// The id of the request, for support.
    request_id: String,
    /// Of `invalid`: the field of the body, as a path into it, or the parameter.
    #[schemars(required, extend("type" = "string"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

/// The body of the gateway's own answers. Its field is not required, because a client that cannot tell the two media
/// types apart reads a problem document with this schema too.
pub(crate) struct GatewayMessage;

impl JsonSchema for GatewayMessage {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GatewayMessage".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let about = "An answer of the gateway in front of the functions. It has no code, and says nothing of a wait.";
        let message = "A few words, such as `Too Many Requests`.";
        schemars::json_schema!({
            "type": "object",
            "description": about,
            "properties": { "message": { "type": "string", "description": message } },
        })
    }
}

/// The bodies of errors.
pub(crate) struct Errors {
    /// The schema of problem documents.
    pub(crate) problem: schemars::Schema,
    /// The schema of the gateway's own answers.
    pub(crate) message: schemars::Schema,
}

/// The code of a problem.
struct ProblemCode;

impl JsonSchema for ProblemCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProblemCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let codes: Vec<_> = PROBLEMS.iter().map(|problem| problem.code).collect();
        schemars::json_schema!({ "type": "string", "enum": codes, "description": "The stable code of a problem." })
    }
}

/// References to the headers of every answer with this status, and to the one that every answer may have.
pub(crate) fn common_headers(status: u16) -> Map<String, Value> {
    let beginning = if OF_THE_GATEWAY.contains(&status) { UNLESS_THE_GATEWAYS } else { "" };
    let common = COMMON_HEADERS.into_iter().map(|(name, _)| (name, header_reference(&format!("{beginning}{name}"))));
    common.chain([(VARY, header_reference(VARY))]).map(|(name, header)| (name.to_owned(), header)).collect()
}

/// A reference to a header.
pub(crate) fn header_reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// A reference to an answer.
pub(crate) fn response_reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// The name of the answer with one of these codes.
pub(crate) fn of_problems(status: u16, codes: &[&str], in_pages: bool) -> String {
    format!("{status}_{}{}", codes.join("_or_"), if in_pages { "_in_pages" } else { "" })
}

/// The Components Object.
pub(crate) fn value(operations: &[Operation], errors: &Errors, schemas: Map<String, Value>) -> Value {
    json!({
        "schemas": schemas,
        "headers": headers(),
        "responses": responses(operations, errors),
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "An access token, valid for 10 minutes.",
            },
            "cookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": "__Host-session",
                "description": "The cookie of a signed-in browser. A change must come from the service's own pages: \
                    `Origin` is the public origin, or `Sec-Fetch-Site` is `same-origin`.",
            },
            "refresh_cookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": "__Host-refresh",
                "description": "The refresh token of a signed-in browser. The request must come from the service's own \
                    pages, as a change with `__Host-session`.",
            },
        },
    })
}

fn headers() -> Value {
    let common = COMMON_HEADERS.iter().map(|(name, about)| {
        let header = json!({ "description": about, "required": true, "schema": { "type": "string" } });
        ((*name).to_owned(), header)
    });
    let of_functions = COMMON_HEADERS.iter().map(|(name, about)| {
        let about = format!("{about} The gateway's own answers do not have it.");
        let header = json!({ "description": about, "schema": { "type": "string" } });
        (format!("{UNLESS_THE_GATEWAYS}{name}"), header)
    });
    let other = OTHER_HEADERS.iter().map(|(name, about, kind)| {
        let header = json!({ "description": about, "schema": { "type": kind } });
        ((*name).to_owned(), header)
    });
    Value::Object(common.chain(of_functions).chain(other).collect())
}

/// The answers that operations refer to.
fn responses(operations: &[Operation], errors: &Errors) -> Value {
    let mut responses =
        BTreeMap::from([("304".to_owned(), not_modified()), (THROTTLED.to_string(), throttled(errors))]);
    for operation in operations {
        let mut by_status = BTreeMap::<u16, BTreeSet<&str>>::new();
        for code in &operation.route.problems {
            by_status.entry(problem(code).status).or_default().insert(code);
        }
        for (status, codes) in by_status {
            let codes: Vec<_> = codes.into_iter().collect();
            let in_pages = operation.route.explains_in_pages;
            let response = || of_status(status, &codes, errors, in_pages);
            responses.entry(of_problems(status, &codes, in_pages)).or_insert_with(response);
        }
    }
    json!(responses)
}

fn not_modified() -> Value {
    let mut headers = common_headers(304);
    headers.insert("etag".to_owned(), header_reference("etag"));
    json!({ "description": "The content is the one that `If-None-Match` names.", "headers": headers })
}

/// The answer of the gateway's throttle, on routes without a limit of their own. No function gives it.
fn throttled(errors: &Errors) -> Value {
    let codes: [&str; 0] = [];
    json!({
        "description": "The gateway refused the request: the route got more requests than its throttle admits.",
        "content": { JSON: { "schema": errors.message } },
        "x-codes": codes,
    })
}

fn of_status(status: u16, codes: &[&str], errors: &Errors, in_pages: bool) -> Value {
    let mut headers = common_headers(status);
    let own: &[&str] = match status {
        401 => &["www-authenticate"],
        429 => &["retry-after", "ratelimit", "ratelimit-policy"],
        503 => &["retry-after"],
        _ => &[],
    };
    headers.extend(own.iter().map(|name| ((*name).to_owned(), header_reference(name))));
    let sentences: Vec<_> = codes.iter().map(|code| format!("`{code}`: {}", problem(code).when)).collect();
    let mut content = json!({ "application/problem+json": { "schema": errors.problem } });
    if OF_THE_GATEWAY.contains(&status) {
        content[JSON] = json!({ "schema": errors.message });
    }
    if in_pages {
        content[PAGE] = json!({ "schema": { "type": "string" } });
    }
    json!({
        "description": sentences.join("; "),
        "headers": headers,
        "content": content,
        "x-codes": codes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{document::document, route::Route};

    fn operation(function: &str, route: Route) -> Operation {
        Operation { function: function.to_owned(), area: "account".to_owned(), route, examples: Vec::new() }
    }

    #[test]
    fn a_problem_is_a_page_only_where_a_browser_gets_pages() {
        let form = Route::post("/v1/contact", "Write").answers::<String>(201, "a case").or_page();
        let data = Route::post("/v1/quotes", "Ask").answers::<String>(200, "a price");
        let api = document(&[operation("contact", form), operation("quote", data)]);
        let answers = &api["paths"]["/v1/contact"]["post"]["responses"];
        let types: Vec<_> = answers["201"]["content"].as_object().unwrap().keys().collect();
        assert_eq!(types, ["application/json", PAGE]);
        assert_eq!(answers["500"]["$ref"], "#/components/responses/500_internal_in_pages");
        let responses = &api["components"]["responses"];
        assert!(responses["500_internal_in_pages"]["content"][PAGE].is_object());
        assert!(responses["500_internal"]["content"]["application/problem+json"].is_object());
        assert!(responses["500_internal"]["content"][PAGE].is_null(), "no page where only data is answered");
    }

    /// The gateway answers some statuses itself, in another form and without the headers of the functions.
    #[test]
    fn what_the_gateway_answers_is_told_beside_what_functions_answer() {
        let data = Route::post("/v1/quotes", "Ask").reads::<String>().answers::<String>(200, "a price");
        let limited =
            Route::post("/v1/checkouts", "Buy").answers::<String>(201, "a page").fails(&["too_many_requests"]);
        let api = document(&[operation("quote", data), operation("checkout", limited)]);
        let resolved = |path: &str, status: &str| {
            let reference = api["paths"][path]["post"]["responses"][status]["$ref"].as_str().unwrap();
            api.pointer(reference.trim_start_matches('#')).unwrap().clone()
        };
        let required = |answer: &Value| {
            let references = answer["headers"].as_object().into_iter().flat_map(|headers| headers.values());
            let places = references.map(|header| header["$ref"].as_str().unwrap().trim_start_matches('#'));
            places.filter(|at| api.pointer(at).unwrap()["required"] == true).count()
        };
        for (status, headers) in [("413", 0), ("500", 0), ("503", 0), ("406", 8), ("422", 8)] {
            let answer = resolved("/v1/quotes", status);
            let types: Vec<_> = answer["content"].as_object().unwrap().keys().map(String::as_str).collect();
            let expected: &[&str] =
                if headers == 0 { &[JSON, "application/problem+json"] } else { &["application/problem+json"] };
            assert_eq!(types, expected, "{status}");
            assert_eq!(required(&answer), headers, "{status}");
        }
        let throttled = resolved("/v1/quotes", "429");
        assert_eq!(throttled["content"].as_object().unwrap().keys().collect::<Vec<_>>(), [JSON]);
        assert_eq!(throttled["x-codes"], json!([]), "no function answers it");
        let counted = resolved("/v1/checkouts", "429");
        assert_eq!(counted["content"].as_object().unwrap().len(), 2);
        assert_eq!(counted["x-codes"], json!(["too_many_requests"]));
        assert_eq!(counted["headers"]["retry-after"]["$ref"], "#/components/headers/retry-after");
    }
}
