//! Names and triggers: variables are named after their resources, the doc of a function states its
//! trigger, and queues agree with their workers.
//!
//! `tests/functions/wiring.rs` compares variables, secrets and policies with the `Deps` of each function.

use crate::{
    assert_found, assert_none,
    template::{self, API, BUCKET, FUNCTION, QUEUE, Resource, TABLE, Template, pascal_case},
    tree::{self, Function},
    yaml::Node,
};
use std::collections::{BTreeMap, BTreeSet};

/// The path of the secrets, as the template writes it.
const SECRETS_PATH: &str = "/cinemaxsai/${Stage}";

/// Seconds that a message stays invisible beyond the worker's timeout. With less, SQS would deliver
/// a message again while a worker has it; with more, a retry would come after the providers have
/// deleted their outputs.
const VISIBILITY_MARGIN: i64 = 30;
/// The folder of the walks: a file for each area, with one walk for each function with policies.
const WALKS: &str = "tests/stack/permissions/walks/";

/// Unexpected failures before SQS moves a message to the dead-letter queue.
const RECEIVES: i64 = 3;

fn each_function(template: &Template, check: impl Fn(&Function, Resource<'_>) -> Vec<String>) -> Vec<String> {
    let functions = tree::functions().into_iter();
    let checked = functions.flat_map(|function| match template.find(FUNCTION, &pascal_case(&function.name)) {
        Some(resource) => check(&function, resource),
        None => vec![format!("{} is not in infra/template.yaml", function.name)],
    });
    checked.collect()
}

/// `ACCOUNTS_TABLE` is the table `Accounts`, and `PUBLIC_ORIGIN` the parameter `PublicOrigin`.
fn values(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for function in template.all(FUNCTION) {
        for (variable, value) in template.variables(function) {
            let (r#type, expected) = match variable.as_str() {
                // These three are composed of others; the stack tests use their values.
                "SECRETS_PATH" if value.behind("!Sub") == Some(SECRETS_PATH) => continue,
                "APPLE_NOTICE_CLIENT_IDS" | "MEDIA_ORIGIN" => continue,
                name if name.ends_with("_TABLE") => (TABLE, pascal_case(name.trim_end_matches("_TABLE"))),
                name if name.ends_with("_BUCKET") => (BUCKET, pascal_case(name.trim_end_matches("_BUCKET"))),
                name if name.ends_with("_QUEUE_URL") => (QUEUE, pascal_case(name.trim_end_matches("_URL"))),
                name => ("parameter", pascal_case(name)),
            };
            let exists = template.find(r#type, &expected).is_some()
                || (r#type == "parameter" && template.at(&["Parameters", &expected]).is_some());
            if value.behind("!Ref") != Some(&expected) || !exists {
                findings
                    .push(format!("{}: {variable} must be !Ref {expected}, a {type} of the template", function.name));
            }
        }
    }
    findings
}

/// The trigger in the first line of a module doc: `` `GET /v1/account` ``,
/// `` Queue `media` ``, `Every minute`, `` `$default` ``.
fn told(doc: &str) -> Option<String> {
    let (head, _) = doc.lines().next()?.strip_prefix("//! ")?.split_once(": ")?;
    Some(head.replace('`', ""))
}

/// The kind and the trigger of a function in the template, in the same words.
fn triggered(resource: Resource<'_>) -> Option<(&'static str, String)> {
    let (kind, properties) = resource.trigger()?;
    let text = |key: &str| properties?.at(&[key])?.text();
    match kind {
        "HttpApi" => match (text("Method"), text("Path")) {
            (Some(method), Some(path)) => Some(("http", format!("{method} {path}"))),
            (None, None) => Some(("http", "$default".to_owned())),
            _ => None,
        },
        "SQS" => {
            let queue = template::target(properties?.at(&["Queue"])?)?.strip_suffix("Queue")?.to_lowercase();
            Some(("queue", format!("Queue {queue}")))
        }
        "ScheduleV2" => match text("ScheduleExpression") {
            Some("rate(1 minute)") => Some(("schedule", "Every minute".to_owned())),
            Some("rate(1 hour)") => Some(("schedule", "Every hour".to_owned())),
            _ => None,
        },
        _ => None,
    }
}

fn triggers(template: &Template) -> Vec<String> {
    each_function(template, |function, resource| {
        let (folder, text) = (function.folder(), function.lib());
        let Some((kind, trigger)) = triggered(resource) else {
            return vec![format!("{}: give it one event of a kind that this test knows", resource.name)];
        };
        let mut findings = Vec::new();
        if told(&text).as_deref() != Some(&trigger) {
            findings.push(format!("{folder}/src/lib.rs must begin with its trigger, `{trigger}`, and a colon"));
        }
        if !function.dense_code().contains(&format!("runtime::{kind}::serve(")) {
            findings.push(format!("{folder}/src/main.rs must call runtime::{kind}::serve"));
        }
        findings
    })
}

/// Timeouts, retries and batches on which a worker and its queue must agree.
fn workers(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for worker in template.all(FUNCTION) {
        let Some(("SQS", Some(event))) = worker.trigger() else { continue };
        let queue = event.at(&["Queue"]).and_then(template::target).unwrap_or_default();
        let Some(queue) = template.find(QUEUE, queue) else {
            findings.push(format!("{} works for no queue of the template", worker.name));
            continue;
        };
        let timeout = template.setting(worker, "Timeout").and_then(Node::number).unwrap_or_default();
        let visibility = queue.get(&["VisibilityTimeout"]).and_then(Node::number);
        if visibility != Some(timeout + VISIBILITY_MARGIN) {
            findings.push(format!("{}: VisibilityTimeout must be {}", queue.name, timeout + VISIBILITY_MARGIN));
        }
        if queue.get(&["RedrivePolicy", "maxReceiveCount"]).and_then(Node::number) != Some(RECEIVES) {
            findings.push(format!("{}: maxReceiveCount must be {RECEIVES}", queue.name));
        }
        let responses = event.at(&["FunctionResponseTypes"]).map_or_else(Vec::new, Node::texts);
        if event.at(&["BatchSize"]).and_then(Node::number) != Some(1) || responses != ["ReportBatchItemFailures"] {
            findings.push(format!("{}: BatchSize must be 1, with ReportBatchItemFailures", worker.name));
        }
        if event.at(&["ScalingConfig", "MaximumConcurrency"]).is_none() {
            findings.push(format!("{}: bound it with ScalingConfig.MaximumConcurrency", worker.name));
        }
    }
    findings
}

/// The walks of `tests/stack/permissions` prove that a function needs each of its permissions. A function
/// has a walk if it has an arm in a `match`, in the file of its area.
fn without_walk(template: &Template, walks: &BTreeMap<String, String>) -> Vec<String> {
    let code: BTreeMap<&str, String> = walks.iter().map(|(area, text)| (area.as_str(), tree::code(text))).collect();
    let is_walked = |area: &str, name: &str| {
        let arm = |end: &str| code.get(area).is_some_and(|code| code.contains(&format!("\"{name}\" {end}")));
        arm("=>") || arm("|")
    };
    let mut findings = Vec::new();
    for Function { area, name } in tree::functions() {
        let name = pascal_case(&name);
        let has_policies = template.find(FUNCTION, &name).is_some_and(|it| it.statements().next().is_some());
        if has_policies && !is_walked(&area, &name) {
            findings.push(format!("{name} has policies and no walk: write one in {WALKS}{area}.rs"));
        }
    }
    findings
}

#[test]
fn every_function_with_policies_has_a_walk_in_the_file_of_its_area() {
    let areas = tree::files("rs").into_iter().filter_map(|path| {
        let area = path.strip_prefix(WALKS)?.strip_suffix(".rs")?.to_owned();
        Some((area, tree::read(&path)))
    });
    let walks: BTreeMap<_, _> = areas.collect();
    let changed = |area: &str, from: &str, to: &str| {
        let mut changed = walks.clone();
        changed.insert(area.to_owned(), walks[area].replace(from, to));
        without_walk(&Template::read(), &changed)
    };
    assert_none(without_walk(&Template::read(), &walks));
    let found = changed("account", "\"GetAccount\"", "\"GetSomething\"");
    assert_found(&found, "GetAccount has policies and no walk: write one in tests/stack/permissions/walks/account.rs");
    // The walk of another area does not count.
    let mut moved = walks.clone();
    moved.insert("identity".to_owned(), format!("{}{}", walks["identity"], walks["account"]));
    moved.remove("account");
    assert_found(&without_walk(&Template::read(), &moved), "ListSignIns has policies and no walk");
    // The walk of SchedulePurges also calls the function by its name.
    assert!(walks["privacy"].matches("\"SchedulePurges\"").count() > 1, "the walk of SchedulePurges calls it by name");
    let mentioned = changed("privacy", "\"SchedulePurges\" =>", "\"SchedulesPurges\" =>");
    assert_found(&mentioned, "SchedulePurges has policies and no walk");
}

#[test]
fn a_variable_is_named_after_its_value() {
    assert_none(values(&Template::read()));
}

#[test]
fn the_doc_the_main_and_the_template_name_the_same_trigger() {
    let template = Template::read();
    assert_none(triggers(&template));
    let routes: Vec<_> = template.all(FUNCTION).filter_map(triggered).map(|(_, trigger)| trigger).collect();
    let distinct: BTreeSet<_> = routes.iter().collect();
    assert_eq!(distinct.len(), routes.len(), "two functions have one trigger: {routes:?}");
    assert_eq!(template.all(API).count(), 1, "one origin, one API");
}

#[test]
fn queues_and_their_workers_agree() {
    assert_none(workers(&Template::read()));
}

#[test]
fn these_checks_find_faults() {
    let swapped = Template::with("ACCOUNTS_TABLE: !Ref Accounts", "ACCOUNTS_TABLE: !Ref Credits");
    assert_found(&values(&swapped), "ACCOUNTS_TABLE must be !Ref Accounts");
    let route = Template::with("Method: GET, Path: \"/v1/account\"", "Method: POST, Path: \"/v1/account\"");
    assert_found(&triggers(&route), "functions/account/get-account/src/lib.rs must begin with its trigger");
    let visibility = Template::with("VisibilityTimeout: 90", "VisibilityTimeout: 60");
    assert_found(&workers(&visibility), "GenerationQueue: VisibilityTimeout must be 90");
}
