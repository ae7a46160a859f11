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
    page +=
        &section("session", "A session with curl", &format!("{SESSION}<pre><code>{}</code></pre>\n", escaped(session)));
    page += &section("errors", "Errors", &errors());
    for tag in &tags {
        page += &section(tag, tag, &operations(document, tag));
    }
    page += &section("schemas", "Schemas", &schema::all(document));
    page + FOOT
}

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The API: Cinemaxsai</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="/docs.css">
<link rel="alternate" href="/openapi.json" type="application/openapi+json">
</head>
<body>
<header>
  <h1><a href="/">Cinemaxsai</a></h1>
  <a href="/openapi.json">OpenAPI document</a>
</header>
<main>
"#;

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
    if let Some((media_type, content)) = operation["requestBody"]["content"].as_object().and_then(|it| it.iter().next())
    {
        let body = schema::described(document, &content["schema"]);
        part += &format!("<h4>Body, <code>{}</code></h4>\n{body}", escaped(media_type));
        part += &examples(content);
    }
    part += &format!("<h4>Answers</h4>\n{}", answers(operation));
    part + &format!("<details><summary>Problems</summary>\n{}</details>\n</article>\n", markdown(problems))
}

fn access(operation: &Value) -> &'static str {
    let schemes: Vec<_> = list(&operation["security"]).collect();
    match schemes.iter().any(|scheme| scheme.as_object().is_some_and(serde_json::Map::is_empty)) {
        _ if schemes.is_empty() => "For everybody.",
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
    let shown =
        examples.map(|example| format!("<pre><code>{}</code></pre>\n", escaped(&format!("{:#}", example["value"]))));
    shown.collect()
}

fn answers(operation: &Value) -> String {
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
        ]
    });
    table(["Status", "Body", "Meaning"], rows)
}
