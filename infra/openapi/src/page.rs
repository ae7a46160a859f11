//! The page for people: the OpenAPI document as HTML, without script.

mod html;
mod schema;

use html::{code, escaped, inline, list, markdown, table, text};
use serde_json::Value;

/// The page. `session` is the session with curl, as text.
pub(crate) fn page(document: &Value, session: &str) -> String {
    let tags: Vec<_> = list(&document["tags"]).filter_map(|tag| tag["name"].as_str()).collect();
    let mut page = HEAD.to_owned();
    page += &format!("<nav aria-label=\"On this page\"><ul>{}</ul></nav>\n", contents(&tags));
    page += &section("about", "The API", &markdown(text(&document["info"]["description"])));
    page += &section(
        "session",
        "A session with curl",
        &format!("{SESSION}<pre tabindex=\"0\"><code>{}</code></pre>\n", escaped(session)),
    );
    page += &section("errors", "Errors", &errors());
    for tag in &tags {
        page += &section(tag, tag, &operations(document, tag));
    }
    page += &section("schemas", "Schemas", &schema::all(document));
    page + FOOT
}

const HEAD: &str = r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The API · Cinemaxsai</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/site.css">
<link rel="stylesheet" href="/docs.css">
<link rel="alternate" href="/openapi.json" type="application/openapi+json">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="bar">
  <a class="mark" href="/"><svg role="img" aria-label="Cinemaxsai, home"><use href="/icons.svg#wordmark"/></svg></a>
  <div class="me"><a href="/openapi.json">OpenAPI document</a></div>
</header>
<main id="main" class="page">
<h1>The API of Cinemaxsai</h1>
"##;

const FOOT: &str = "</main>\n</body>\n</html>\n";

const SESSION: &str = "<p>It signs in, starts a picture, waits for it and saves it. On the local platform the sign-in \
    needs no browser; elsewhere a person opens <code>/v1/login/google</code>.</p>\n";

fn contents(tags: &[&str]) -> String {
    let fixed = [("about", "The API"), ("session", "A session with curl"), ("errors", "Errors")];
    let all = fixed.into_iter().chain(tags.iter().map(|tag| (*tag, *tag))).chain([("schemas", "Schemas")]);
    all.map(|(id, title)| format!("<li><a href=\"#{id}\">{}</a></li>", escaped(title))).collect()
}

fn section(id: &str, title: &str, content: &str) -> String {
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{content}</section>\n", escaped(title))
}

fn errors() -> String {
    let rows = contract::PROBLEMS
        .iter()
        .map(|problem| [problem.status.to_string(), code(problem.code), inline(problem.when), inline(problem.advice)]);
    table(["Status", "Code", "When", "What to do"], rows)
}

/// The operations of an area, in the order of the document.
fn operations(document: &Value, tag: &str) -> String {
    let mut all = String::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if list(&operation["tags"]).any(|known| known == tag) {
                all += &self::operation(document, &format!("{} {path}", method.to_uppercase()), operation);
            }
        }
    }
    all
}

fn operation(document: &Value, route: &str, operation: &Value) -> String {
    let id = text(&operation["operationId"]);
    let mut part = format!("<article id=\"{id}\">\n<h3><code>{}</code></h3>\n", escaped(route));
    part += &format!("<p><strong>{}.</strong> {}</p>\n", escaped(text(&operation["summary"])), access(operation));
    let (about, problems) = text(&operation["description"]).split_once("Problems:\n").unwrap_or_default();
    part += &markdown(about);
    let parameters: Vec<_> = list(&operation["parameters"]).map(parameter).collect();
    if !parameters.is_empty() {
        part += &format!("<h4>Parameters</h4>\n{}", table(["Name", "In", "Type", "Meaning"], parameters));
    }
    part += &body(document, &operation["requestBody"]);
    part += &format!("<h4>Answers</h4>\n{}", answers(document, operation));
    part + &format!("<details><summary>Problems</summary>\n{}</details>\n</article>\n", markdown(problems))
}

/// The body of a request. All media types have one schema; each has its own examples.
fn body(document: &Value, body: &Value) -> String {
    let contents: Vec<_> = body["content"].as_object().into_iter().flatten().collect();
    let Some((_, first)) = contents.first() else { return String::new() };
    let types: Vec<_> = contents.iter().map(|(media_type, _)| code(media_type)).collect();
    let may = if body["required"] == true { "" } else { ", may be left out" };
    let shown: String = contents.iter().map(|(_, content)| examples(content)).collect();
    format!("<h4>Body, {}{may}</h4>\n{}{shown}", types.join(" or "), schema::described(document, &first["schema"]))
}

fn access(operation: &Value) -> &'static str {
    let schemes: Vec<_> = list(&operation["security"]).collect();
    match schemes.iter().any(|scheme| scheme.as_object().is_some_and(serde_json::Map::is_empty)) {
        _ if schemes.is_empty() => "For everybody.",
        _ if schemes.iter().any(|scheme| !scheme["refresh_cookie"].is_null()) => {
            "For everybody; a browser sends its refresh cookie."
        }
        true => "For everybody; a token may be sent.",
        false => "For people who are signed in.",
    }
}

fn parameter(parameter: &Value) -> [String; 4] {
    let required = if parameter["required"] == true { ", required" } else { "" };
    [
        code(text(&parameter["name"])),
        format!("{}{required}", escaped(text(&parameter["in"]))),
        schema::kind(&parameter["schema"]),
        inline(text(&parameter["description"])),
    ]
}

fn examples(content: &Value) -> String {
    let examples = content["examples"].as_object().into_iter().flat_map(|it| it.values());
    let shown = examples.map(|example| {
        format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", escaped(&format!("{:#}", example["value"])))
    });
    shown.collect()
}

/// The headers of an answer that not every answer has.
fn headers(document: &Value, answer: &Value) -> String {
    let headers = answer["headers"].as_object().into_iter().flatten();
    let own = headers.filter_map(|(name, header)| {
        let shared = header["$ref"].as_str().and_then(|at| document.pointer(at.trim_start_matches('#')));
        let is_common = name == "vary" || shared.is_some_and(|header| header["required"] == true);
        let about = text(&shared.unwrap_or(header)["description"]);
        (!is_common).then(|| format!("{}: {}", code(name), inline(about)))
    });
    own.collect::<Vec<_>>().join("<br>")
}

fn answers(document: &Value, operation: &Value) -> String {
    let answers = operation["responses"].as_object().into_iter().flatten();
    let own = answers.filter(|(_, answer)| answer["$ref"].is_null());
    let rows = own.map(|(status, answer)| {
        let contents = answer["content"].as_object().into_iter().flatten();
        let kinds = contents.map(|(media_type, content)| match content["schema"]["$ref"].as_str() {
            Some(_) => schema::kind(&content["schema"]),
            None => code(media_type),
        });
        let kinds: Vec<_> = kinds.collect();
        [
            escaped(status),
            if kinds.is_empty() { "no body".to_owned() } else { kinds.join(" or ") },
            inline(text(&answer["description"])),
            headers(document, answer),
        ]
    });
    table(["Status", "Body", "Meaning", "Headers"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_names_all_its_media_types() {
        let schema = json!({ "type": "object", "properties": { "text": { "type": "string" } } });
        let example = json!({ "a": { "value": { "text": "hello" } } });
        let both = json!({
            "required": true,
            "content": {
                "application/json": { "schema": schema, "examples": example },
                "application/x-www-form-urlencoded": { "schema": schema },
            },
        });
        let shown = body(&json!({}), &both);
        let heading = "<h4>Body, <code>application/json</code> or <code>application/x-www-form-urlencoded</code></h4>";
        assert!(shown.starts_with(heading), "{shown}");
        assert_eq!((shown.matches("<table>").count(), shown.matches("hello").count()), (1, 1), "{shown}");
        let may = body(&json!({}), &json!({ "required": false, "content": { "application/json": {} } }));
        assert!(may.starts_with("<h4>Body, <code>application/json</code>, may be left out</h4>"), "{may}");
        assert_eq!(body(&json!({}), &Value::Null), "");
    }

    #[test]
    fn headers_of_some_answers_are_shown_and_those_of_every_answer_are_not() {
        let document = json!({ "components": { "headers": {
            "x-content-type-options": { "description": "`nosniff`", "required": true },
            "etag": { "description": "Names this content." },
            "vary": { "description": "`accept`" },
        } } });
        let to = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
        let answer = json!({ "headers": {
            "x-content-type-options": to("x-content-type-options"),
            "etag": to("etag"),
            "vary": to("vary"),
            "location": { "description": "The page to open next.", "required": true },
        } });
        let shown = headers(&document, &answer);
        assert_eq!(shown, "<code>etag</code>: Names this content.<br><code>location</code>: The page to open next.");
        assert_eq!(headers(&document, &json!({})), "");
    }
}
