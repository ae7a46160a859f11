//! The routes of the template: `HEAD` is beside each `GET`, and `site` knows all of them.

use crate::{
    assert_found, assert_none,
    template::{FUNCTION, Template},
    tree,
};
use std::collections::{BTreeMap, BTreeSet};

/// The routes as `site` reads them: one line for each path, with its methods.
const LIST: &str = "functions/site/site/assets/routes.txt";

/// The functions that answer `GET` and have no event for `HEAD`, each with the reason.
const WITHOUT_HEAD: [(&str, &str); 1] =
    [("LoginCallback", "it uses up an attempt to sign in, and link checkers send HEAD before a person opens a link")];

/// `HEAD` is an event of the function that answers `GET`, except where the request would change something that a
/// later `GET` needs.
fn heads(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for function in template.all(FUNCTION) {
        let (name, routes) = (function.name, function.routes());
        let paths = |method: &str| -> BTreeSet<String> {
            let found = routes.iter().filter_map(|route| route.split_once(' ')).filter(|(known, _)| *known == method);
            found.map(|(_, path)| path.to_owned()).collect()
        };
        let (get, head) = (paths("GET"), paths("HEAD"));
        match WITHOUT_HEAD.iter().find(|(function, _)| *function == name) {
            Some((_, why)) if !head.is_empty() => findings.push(format!("{name} must not answer HEAD: {why}")),
            Some(_) => {}
            None => {
                let missing = get.difference(&head);
                findings
                    .extend(missing.map(|path| format!("{name} answers GET {path}: give it an event for HEAD too")));
                let stray = head.difference(&get);
                findings.extend(stray.map(|path| format!("{name} answers HEAD {path} and no GET of this path")));
            }
        }
    }
    findings
}

/// The text of the list that fits the template.
fn list(template: &Template) -> String {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for route in template.all(FUNCTION).flat_map(|function| function.routes()) {
        if let Some((method, path)) = route.split_once(' ') {
            paths.entry(path.to_owned()).or_default().insert(method.to_owned());
        }
    }
    let lines = paths.into_iter().map(|(path, methods)| {
        let methods: Vec<_> = methods.into_iter().collect();
        format!("{} {path}\n", methods.join(","))
    });
    lines.collect()
}

#[test]
fn head_is_answered_wherever_get_is() {
    assert_none(heads(&Template::read()));
}

#[test]
fn the_list_of_site_has_the_routes_of_the_template() {
    let expected = list(&Template::read());
    assert!(expected.lines().count() > 20, "the template has more paths than\n{expected}");
    assert_eq!(tree::read(LIST), expected, "write this into {LIST}:\n\n{expected}");
}

#[test]
fn a_missing_head_and_a_stray_one_are_found() {
    let head = "        Head: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: HEAD, Path: \"/v1/account\"}}\n";
    for (from, to, found) in [
        (head, String::new(), "GetAccount answers GET /v1/account: give it an event for HEAD too"),
        (head, head.replace("/v1/account", "/v1/person"), "GetAccount answers HEAD /v1/person and no GET"),
        (
            "Method: GET, Path: \"/v1/login/{provider}/callback\"",
            "Method: HEAD, Path: \"/v1/login/{provider}/callback\"".to_owned(),
            "LoginCallback must not answer HEAD",
        ),
    ] {
        assert_found(&heads(&Template::with(from, &to)), found);
    }
    let more = Template::with("Method: GET, Path: \"/v1/usage\"", "Method: PUT, Path: \"/v1/usage\"");
    assert!(list(&more).contains("HEAD,PUT /v1/usage\n"), "{}", list(&more));
}
