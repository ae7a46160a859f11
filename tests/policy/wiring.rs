//! The template gives each function what its code asks for, and nothing else.

use crate::{
    assert_found, assert_none,
    template::{self, API, BUCKET, FUNCTION, QUEUE, Resource, TABLE, Template, pascal_case},
    tree::{self, Function},
    yaml::Node,
};
use std::collections::BTreeSet;

/// Where the secrets lie, as the template writes it.
const SECRETS_PATH: &str = "/cinemaxsai/${Stage}";
const SECRET_ARN: &str = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/cinemaxsai/${Stage}/";

/// Seconds that a message stays invisible beyond the worker's timeout: less would hand a
/// message out twice while it is worked on, more would outlive the providers' outputs.
const VISIBILITY_MARGIN: i64 = 30;
/// Failures that nobody foresaw before a message is a dead letter.
const RECEIVES: i64 = 3;

/// What the code of a function asks its `Init` for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    variables: BTreeSet<String>,
    secrets: BTreeSet<String>,
    unreadable: Vec<String>,
}

/// Reads it off code without comments and white space.
fn asked(code: &str) -> Asked {
    let mut asked = Asked::default();
    for (at, _) in code.match_indices("init.") {
        let call = &code[at + "init.".len()..];
        let Some((method, arguments)) = call.split_once('(') else { continue };
        match method {
            "var" | "table" | "queue" => match tree::literals(arguments.split(')').next().unwrap_or_default())[..] {
                [name] => drop(asked.variables.insert(name.to_owned())),
                _ => asked.unreadable.push(format!("init.{method}(…): write the variable's name as a literal")),
            },
            "verifier" => asked.variables.extend(["SESSION_PUBLIC_KEYS", "PUBLIC_ORIGIN"].map(str::to_owned)),
            "secrets" => {
                let argument = arguments.split(')').next().unwrap_or_default().trim_start_matches('&');
                let list = match argument.starts_with('[') {
                    true => Some(argument),
                    false => code.split_once(&format!("let{argument}=")).map(|(_, list)| list),
                };
                let list = list.and_then(|list| list.strip_prefix('[')?.split_once(']'));
                let names = list.map_or_else(Vec::new, |(names, _)| tree::literals(names));
                if names.is_empty() {
                    asked.unreadable.push("init.secrets(…): list the names as literals in the same file".to_owned());
                }
                asked.secrets.extend(names.into_iter().map(str::to_owned));
                asked.variables.insert("SECRETS_PATH".to_owned());
            }
            _ => {}
        }
    }
    asked
}

/// The secrets that a function's role may read.
fn readable(function: Resource<'_>) -> BTreeSet<String> {
    let statements = function.statements().filter(|statement| actions(statement).any(|a| a.starts_with("ssm:")));
    let resources = statements.flat_map(|statement| statement.at(&["Resource"]).map_or(&[][..], Node::items));
    let name = |resource: &Node| Some(resource.behind("!Sub")?.strip_prefix(SECRET_ARN)?.to_owned());
    resources.map(|resource| name(resource).unwrap_or_else(|| format!("{resource:?}"))).collect()
}

fn actions(statement: &Node) -> impl Iterator<Item = &str> {
    statement.at(&["Action"]).map_or(&[][..], Node::items).iter().filter_map(Node::text)
}

fn each_function(template: &Template, check: impl Fn(&Function, Resource<'_>) -> Vec<String>) -> Vec<String> {
    let functions = tree::functions().into_iter();
    let checked = functions.flat_map(|function| match template.find(FUNCTION, &pascal_case(&function.name)) {
        Some(resource) => check(&function, resource),
        None => vec![format!("{} is not in infra/template.yaml", function.name)],
    });
    checked.collect()
}

fn compare(name: &str, what: &str, asked: &BTreeSet<String>, given: &BTreeSet<String>) -> Vec<String> {
    let missing = asked.difference(given).map(|this| format!("{name} asks for the {what} {this}: give it"));
    let idle = given.difference(asked).map(|this| format!("{name} never asks for the {what} {this}: take it away"));
    missing.chain(idle).collect()
}

fn variables_and_secrets(template: &Template) -> Vec<String> {
    each_function(template, |function, resource| {
        let asked = asked(&function.dense_code());
        let given = template.variables(resource).map(|(variable, _)| variable.clone()).collect();
        let mut findings = compare(resource.name, "variable", &asked.variables, &given);
        findings.extend(compare(resource.name, "secret", &asked.secrets, &readable(resource)));
        findings.extend(asked.unreadable.into_iter().map(|why| format!("{}: {why}", function.folder())));
        findings
    })
}

/// `ACCOUNTS_TABLE` is the table `Accounts`, and `PUBLIC_ORIGIN` the parameter `PublicOrigin`.
fn values(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for function in template.all(FUNCTION) {
        for (variable, value) in template.variables(function) {
            let (r#type, expected) = match variable.as_str() {
                // These two are made from others; the stack tests see what they come to.
                "SECRETS_PATH" if value.behind("!Sub") == Some(SECRETS_PATH) => continue,
                "MEDIA_ORIGIN" => continue,
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

/// Policies are the twin of the variables: what a function knows the name of, it may
/// touch, and nothing else.
fn policies(template: &Template) -> Vec<String> {
    let mut findings = Vec::new();
    for function in template.all(FUNCTION) {
        let is_resource = |name: &str| template.resources().any(|resource| resource.name == name);
        let values = template.variables(function).filter_map(|(_, value)| value.behind("!Ref"));
        let known: BTreeSet<_> = values.filter(|name| is_resource(name)).map(str::to_owned).collect();
        let statements = function.statements().filter(|statement| !actions(statement).all(|a| a.starts_with("ssm:")));
        let resources = statements.flat_map(|statement| statement.at(&["Resource"]).map_or(&[][..], Node::items));
        let allowed = resources.map(|it| template::target(it).map_or_else(|| format!("{it:?}"), str::to_owned));
        findings.extend(compare(function.name, "resource", &known, &allowed.collect()));
    }
    findings
}

/// The trigger that the first line of a module doc tells: `` `GET /v1/account` ``,
/// `` Queue `media` ``, `Every minute`, `` `$default` ``.
fn told(doc: &str) -> Option<String> {
    let (head, _) = doc.lines().next()?.strip_prefix("//! ")?.split_once(": ")?;
    Some(head.replace('`', ""))
}

/// The same of the template.
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

/// What a worker and its queue must agree on.
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

#[test]
fn a_function_gets_exactly_the_variables_and_secrets_that_its_code_asks_for() {
    assert_none(variables_and_secrets(&Template::read()));
}

#[test]
fn a_variable_is_named_after_what_it_holds() {
    assert_none(values(&Template::read()));
}

#[test]
fn policies_name_what_the_variables_name() {
    assert_none(policies(&Template::read()));
}

#[test]
fn the_doc_the_main_and_the_template_tell_the_same_trigger() {
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
fn what_code_asks_for_is_read_off_it() {
    let dense = r#"let names=["a-key","b-key"];init.secrets(&names).await?;init.secrets(&["c-key"]);init.verifier()?;
        init.var("STAGE")?init.table("ACCOUNTS_TABLE")?init.queue(&name)?init.vendors()?"#;
    let asked = asked(&dense.split_whitespace().collect::<String>());
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(asked.secrets, set(&["a-key", "b-key", "c-key"]));
    let variables = ["ACCOUNTS_TABLE", "PUBLIC_ORIGIN", "SECRETS_PATH", "SESSION_PUBLIC_KEYS", "STAGE"];
    assert_eq!(asked.variables, set(&variables));
    assert_eq!(asked.unreadable.len(), 1, "a name that is no literal must be reported");
}

#[test]
fn these_checks_find_what_is_wrong() {
    let extra = Template::with("          CREDITS_TABLE: !Ref Credits\n", "");
    assert_found(&variables_and_secrets(&extra), "GetAccount asks for the variable CREDITS_TABLE");
    assert_found(&policies(&extra), "GetAccount never asks for the resource Credits");
    let other = Template::with("${Stage}/sign-in-sealing-key", "${Stage}/session-signing-key");
    assert_found(&variables_and_secrets(&other), "Login never asks for the secret session-signing-key");
    let swapped = Template::with("ACCOUNTS_TABLE: !Ref Accounts", "ACCOUNTS_TABLE: !Ref Credits");
    assert_found(&values(&swapped), "ACCOUNTS_TABLE must be !Ref Accounts");
    let route = Template::with("Method: GET, Path: \"/v1/account\"", "Method: POST, Path: \"/v1/account\"");
    assert_found(&triggers(&route), "functions/account/get-account/src/lib.rs must begin with its trigger");
    let visibility = Template::with("VisibilityTimeout: 90", "VisibilityTimeout: 60");
    assert_found(&workers(&visibility), "GenerationQueue: VisibilityTimeout must be 90");
}
