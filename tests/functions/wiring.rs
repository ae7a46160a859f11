//! The template gives each function exactly the names that its `Deps` asks for.

use policy::{
    assert_found, assert_none,
    template::{FUNCTION, Resource, Template, pascal_case, target},
};
use runtime::Asked;
use std::collections::BTreeSet;
use tests::{Access, App, Event, HTTP};

/// A function verifies access tokens exactly if it asks for this variable.
const TOKEN_KEYS: &str = "SESSION_PUBLIC_KEYS";

/// The function that publishes these keys. It verifies no token.
const PUBLISHES_KEYS: &str = "public-keys";

/// The names that are missing, and those that are unused.
fn compare(name: &str, kind: &str, asked: &BTreeSet<String>, given: &BTreeSet<String>) -> Vec<String> {
    let missing = asked.difference(given).map(|this| format!("{name}: its Deps asks for the {kind} {this}: give it"));
    let idle =
        given.difference(asked).map(|this| format!("{name}: its Deps never asks for the {kind} {this}: remove it"));
    missing.chain(idle).collect()
}

/// The template sets every variable that `Deps` asks for, in the function or in `Globals`. A function
/// uses all its own variables; one of `Globals` may be unused.
fn variables(template: &Template, function: Resource<'_>, asked: &Asked) -> Vec<String> {
    let given = |variable: &String| template.variables(function).any(|(name, _)| name == variable);
    let missing = asked.variables.iter().filter(|variable| !given(variable));
    let missing =
        missing.map(|variable| format!("{}: its Deps asks for the variable {variable}: give it", function.name));
    let own = function.own_variables().iter().map(|(name, _)| name).filter(|name| !asked.variables.contains(*name));
    let idle = own.map(|name| format!("{}: its Deps never asks for the variable {name}: remove it", function.name));
    missing.chain(idle).collect()
}

/// The tables, queues and bucket that `Deps` asks for: resources whose names are in variables.
fn resources(template: &Template, function: Resource<'_>, asked: &Asked) -> BTreeSet<String> {
    let known = template.variables(function).filter(|(variable, _)| asked.variables.contains(variable));
    let targets = known.filter_map(|(_, value)| value.behind("!Ref").and_then(|_| target(value)));
    targets.filter(|name| template.resources().any(|it| it.name == *name)).map(str::to_owned).collect()
}

fn findings(template: &Template, app: &App) -> Vec<String> {
    let mut findings = Vec::new();
    for (package, asked) in app.asked() {
        let Some(function) = template.find(FUNCTION, &pascal_case(package)) else {
            findings.push(format!("{package} is not in infra/template.yaml: add its resource"));
            continue;
        };
        findings.extend(variables(template, function, asked));
        findings.extend(compare(function.name, "secret", &asked.secrets, &function.secrets()));
        let resources = resources(template, function, asked);
        findings.extend(compare(function.name, "resource", &resources, &function.touched()));
    }
    findings
}

#[tokio::test(start_paused = true)]
async fn a_function_gets_exactly_the_names_that_its_deps_asks_for() {
    let app = App::new(1).await;
    let asked = app.asked();
    assert_eq!(asked.len(), policy::tree::functions().len(), "every function is started");
    assert!(asked["get-account"].variables.contains("ACCOUNTS_TABLE"), "tables must be recorded: {asked:?}");
    assert!(asked["generate"].variables.contains("GENERATION_QUEUE_URL"), "queues must be recorded: {asked:?}");
    assert!(asked["login"].secrets.contains("sign-in-sealing-key"), "secrets must be recorded: {asked:?}");
    assert_none(findings(&Template::read(), &app));
}

/// The tests of protected routes would skip a route that is marked public by mistake.
#[tokio::test(start_paused = true)]
async fn a_route_is_protected_exactly_if_it_verifies_access_tokens() {
    let app = App::new(1).await;
    for function in HTTP {
        let protected = !matches!(Event::recorded(function).access(), Access::Public(_));
        let verifies = app.asked()[function].variables.contains(TOKEN_KEYS) && *function != PUBLISHES_KEYS;
        assert_eq!(protected, verifies, "{function}: `access` in its event must agree with Init::verifier in its Deps");
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_that_gives_too_little_or_too_much_is_found() {
    let app = App::new(1).await;
    let cases = [
        (
            "GOOGLE_ISSUER: !Ref",
            "GOOGLE_PUBLISHER: !Ref",
            "LoginCallback: its Deps asks for the variable GOOGLE_ISSUER",
        ),
        (
            "      CodeUri: ../target/lambda/list-plans/\n",
            "      CodeUri: ../target/lambda/list-plans/\n      Environment: {Variables: {OTHER_TABLE: !Ref Credits}}\n",
            "ListPlans: its Deps never asks for the variable OTHER_TABLE",
        ),
        (
            "${Stage}/sign-in-sealing-key",
            "${Stage}/session-signing-key",
            "LinkIdentity: its Deps asks for the secret sign-in",
        ),
        (
            "${Stage}/sign-in-sealing-key",
            "${Stage}/session-signing-key",
            "never asks for the secret session-signing-key",
        ),
        ("${Stage}/sign-in-sealing-key", "${Stage}/*", "LinkIdentity: its Deps never asks for the secret *"),
        (
            "parameter/cinemaxsai/${Stage}/sign-in",
            "parameter/other/sign-in",
            "LinkIdentity: its Deps never asks for the secret Node",
        ),
        (
            "Resource: !GetAtt Accounts.Arn",
            "Resource: !GetAtt Generations.Arn",
            "Contact: its Deps never asks for the resource Gen",
        ),
        (
            "Resource: !GetAtt Accounts.Arn",
            "Resource: !GetAtt Credits.Arn",
            "Contact: its Deps asks for the resource Accounts",
        ),
    ];
    for (from, to, found) in cases {
        assert_found(&findings(&Template::with(from, to), &app), found);
    }
}
