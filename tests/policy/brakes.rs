//! The limits of load in the template: the throttles of the API's routes, and the reserved
//! concurrency.

use crate::{
    assert_found, assert_none,
    template::{API, FUNCTION, Resource, Template},
    tree,
    yaml::Node,
};
use std::collections::BTreeMap;

/// The document that has a row for each number.
const OPERATIONS: &str = "infra/operations.md";
/// The name of the default in the document's table.
const EVERY_OTHER: &str = "every other route";
/// The condition of the parameter `ReserveConcurrency`.
const CONDITION: &str = "ReservesConcurrency";
/// The places of an AWS account that has the default quota.
const PLACES: i64 = 1_000;
/// The places that Lambda keeps for functions without a reservation.
const UNRESERVED: i64 = 100;
/// Webhooks that one place answers in a second: each takes 0.2 s at most, without a cold start.
const WEBHOOKS_A_SECOND: i64 = 5;

/// The beginnings of actions that cost us: a write, or a secret with which a function asks a partner or signs.
const COSTLY: [&str; 7] = [
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "s3:PutObject",
    "s3:DeleteObject",
    "sqs:SendMessage",
    "ssm:GetParameters",
];

fn costs(function: Resource<'_>) -> bool {
    let actions =
        function.statements().flat_map(|statement| statement.at(&["Action"]).map_or_else(Vec::new, Node::texts));
    actions.into_iter().any(|action| COSTLY.contains(&action))
}

/// Requests a second and at once, by route.
fn throttles(template: &Template) -> BTreeMap<String, (i64, i64)> {
    let numbers = |node: &Node| {
        let number = |key: &str| node.at(&[key]).and_then(Node::number);
        number("ThrottlingRateLimit").zip(number("ThrottlingBurstLimit"))
    };
    let mut found = BTreeMap::new();
    for api in template.all(API) {
        let default = api.get(&["DefaultRouteSettings"]).and_then(numbers);
        found.extend(default.map(|numbers| (EVERY_OTHER.to_owned(), numbers)));
        let routes = api.get(&["RouteSettings"]).map_or(&[][..], Node::entries).iter();
        found.extend(routes.filter_map(|(route, node)| Some((route.clone(), numbers(node)?))));
    }
    found
}

fn findings(template: &Template) -> Vec<String> {
    let (mut findings, throttles) = (Vec::new(), throttles(template));
    let routes = template.all(FUNCTION).flat_map(|it| it.routes().into_iter().map(move |route| (route, it)));
    let routes: BTreeMap<_, _> = routes.collect();
    let Some(default) = throttles.get(EVERY_OTHER) else { return vec!["Api: set DefaultRouteSettings".to_owned()] };
    for (route, function) in &routes {
        match throttles.get(route) {
            None if costs(*function) => {
                findings.push(format!("{route} costs us a write or a request: give it RouteSettings of its own"));
            }
            Some((rate, burst)) if *rate < 1 || burst < rate => {
                findings.push(format!("{route}: allow a request a second, and as many at once as in a second"));
            }
            _ => {}
        }
        let own = throttles.get(route).unwrap_or(default).0;
        let reserved = reservation(*function).unwrap_or_default();
        if function.is_webhook_or_job() && own > reserved * WEBHOOKS_A_SECOND {
            findings.push(format!("{route}: {reserved} reserved places answer fewer than {own} webhooks a second"));
        }
    }
    // API Gateway refuses a stage with settings of a route that it does not have.
    let stray = throttles.keys().filter(|route| *route != EVERY_OTHER && !routes.contains_key(*route));
    findings.extend(stray.map(|route| format!("RouteSettings name {route}, which is no route")));
    findings
}

/// The reserved places of a function, if the parameter switches them.
fn reservation(function: Resource<'_>) -> Option<i64> {
    match function.get(&["ReservedConcurrentExecutions"])?.items() {
        [condition, places, none]
            if condition.text() == Some(CONDITION) && none.behind("!Ref") == Some("AWS::NoValue") =>
        {
            places.number()
        }
        _ => None,
    }
}

fn places(template: &Template) -> Vec<String> {
    let (mut findings, mut sum) = (Vec::new(), 0);
    for function in template.all(FUNCTION) {
        let name = function.name;
        match (function.is_webhook_or_job(), reservation(function)) {
            (true, None | Some(..1)) => findings.push(format!(
                "{name}: reserve places with ReservedConcurrentExecutions: !If [{CONDITION}, …, !Ref AWS::NoValue]"
            )),
            (true, Some(places)) => {
                sum += places;
                let event = function.trigger().and_then(|(_, event)| event);
                let at_once = event.and_then(|it| it.at(&["ScalingConfig", "MaximumConcurrency"])?.number());
                if at_once.is_some_and(|at_once| at_once > places) {
                    findings.push(format!("{name}: its queue calls it more often at once than its {places} places"));
                }
            }
            (false, _) if function.get(&["ReservedConcurrentExecutions"]).is_some() => {
                findings.push(format!("{name}: reserve places for webhooks, workers and schedules alone"));
            }
            (false, _) => {}
        }
    }
    if sum > PLACES - UNRESERVED {
        findings.push(format!("{sum} places are reserved, and {UNRESERVED} of {PLACES} must stay unreserved"));
    }
    let told = format!("{sum} places are reserved, and {} stay for all other functions", PLACES - sum);
    if !tree::read(OPERATIONS).contains(&told) {
        findings.push(format!("{OPERATIONS} must say: {told}"));
    }
    findings
}

/// The rows of the document: route, requests a second, requests at once.
fn rows(document: &str) -> BTreeMap<String, (i64, i64)> {
    let section = document.split("\n## ").find(|section| section.starts_with("Throttles\n")).unwrap_or_default();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let (route, rate, burst) = (cells.next()?, cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
        Some((route.replace('`', ""), (rate, burst)))
    });
    rows.collect()
}

#[test]
fn every_costly_route_has_a_throttle_of_its_own() {
    let template = Template::read();
    assert_none(findings(&template));
    assert_eq!(rows(&tree::read(OPERATIONS)), throttles(&template), "{OPERATIONS}, Throttles, must have these rows");
}

#[test]
fn webhooks_and_jobs_have_places_of_their_own() {
    let template = Template::read();
    assert_none(places(&template));
    let default = template.at(&["Parameters", "ReserveConcurrency", "Default"]).and_then(Node::text);
    assert_eq!(default, Some("false"), "a new AWS account has too few places to reserve any");
}

#[test]
fn a_missing_brake_is_found() {
    for (from, to, found) in [
        ("        \"POST /v1/checkouts\": {", "        \"POST /v1/checkout\": {", "POST /v1/checkouts costs us"),
        (
            "        \"POST /v1/checkouts\": {",
            "        \"POST /v1/checkout\": {",
            "name POST /v1/checkout, which is no route",
        ),
        (
            "        \"HEAD /v1/login/{provider}\": {",
            "        \"HEAD /v1/login\": {",
            "HEAD /v1/login/{provider} costs us",
        ),
        (
            "ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10",
            "ThrottlingRateLimit: 5, ThrottlingBurstLimit: 4",
            "as many at once",
        ),
        ("      DefaultRouteSettings:", "      Tags:", "set DefaultRouteSettings"),
        (
            "[ReservesConcurrency, 20, !Ref",
            "[ReservesConcurrency, 19, !Ref",
            "19 reserved places answer fewer than 100",
        ),
    ] {
        // The first reservation of 20 is of collect-media, so the last case changes provider-webhook's instead.
        let changed = match from.starts_with('[') {
            true => Template::with(
                &format!("lambda/provider-webhook/\n      ReservedConcurrentExecutions: !If {from}"),
                &format!("lambda/provider-webhook/\n      ReservedConcurrentExecutions: !If {to}"),
            ),
            false => Template::with(from, to),
        };
        assert_found(&findings(&changed), found);
    }
    let line = "      ReservedConcurrentExecutions: !If [ReservesConcurrency, 10, !Ref AWS::NoValue]\n";
    let code = "      CodeUri: ../target/lambda/site/\n";
    for (from, to, found) in [
        (line, String::new(), "StripeWebhook: reserve places"),
        (line, line.replace("10", "0"), "StripeWebhook: reserve places"),
        (line, line.replace("10", "990"), "must stay unreserved"),
        (line, line.replace("10", "11"), "must say: 75 places"),
        (code, format!("{code}{line}"), "Site: reserve places for webhooks"),
        ("MaximumConcurrency: 20", "MaximumConcurrency: 21".to_owned(), "CollectMedia: its queue calls it more often"),
    ] {
        assert_found(&places(&Template::with(from, &to)), found);
    }
}
