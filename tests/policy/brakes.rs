//! The limits of load in the template: the throttles of the API's routes, and the reserved
//! concurrency.

use crate::{
    assert_found, assert_none,
    template::{API, FUNCTION, Resource, Template, pascal_case},
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

/// The read units that DynamoDB gives a partition in a second, and those of a search of 500 works of 2 KB.
const PARTITION_UNITS: i64 = 3_000;
const SEARCH_UNITS: i64 = 250;

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

/// The functions by route. A route is a key of `RouteSettings`.
fn by_route(template: &Template) -> impl Iterator<Item = (String, Resource<'_>)> {
    template.all(FUNCTION).flat_map(|it| it.routes().into_iter().map(move |route| (route, it)))
}

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
    let routes: BTreeMap<_, _> = by_route(template).collect();
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
        let (own, at_once) = *throttles.get(route).unwrap_or(default);
        // `HEAD` does the work of `GET`.
        let get = route.strip_prefix("HEAD ").and_then(|path| throttles.get(&format!("GET {path}")));
        if get.is_some_and(|get| own > get.0 || at_once > get.1) {
            findings.push(format!("{route} may come more often than its GET: give it RouteSettings of its own"));
        }
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
    let document = tree::read(OPERATIONS);
    for told in [
        format!("{sum} places are reserved, and {} stay for all other functions", PLACES - sum),
        format!("the account needs {} places or more", sum + UNRESERVED),
    ] {
        if !document.contains(&told) {
            findings.push(format!("{OPERATIONS} must say: {told}"));
        }
    }
    findings
}

/// The rows of the document: route, requests a second, requests at once.
fn rows(document: &str) -> BTreeMap<String, (i64, i64)> {
    let rows = cells(document, "Throttles").into_iter().filter_map(|row| {
        let [route, rate, burst, ..] = row[..] else { return None };
        Some((route.replace('`', ""), (rate.parse().ok()?, burst.parse().ok()?)))
    });
    rows.collect()
}

/// The rows of the document: function, as the template names it, and its reserved places.
fn reserved_rows(document: &str) -> BTreeMap<String, i64> {
    let rows = cells(document, "Reserved concurrency").into_iter().filter_map(|row| {
        let [function, places, ..] = row[..] else { return None };
        Some((pascal_case(&function.replace('`', "")), places.parse().ok()?))
    });
    rows.collect()
}

/// The cells of each row of the tables in a section.
fn cells<'a>(document: &'a str, section: &str) -> Vec<Vec<&'a str>> {
    let head = format!("{section}\n");
    let text = document.split("\n## ").find(|part| part.starts_with(&head)).unwrap_or_default();
    let rows = text.lines().filter_map(|line| line.strip_prefix('|'));
    rows.map(|row| row.split('|').map(str::trim).collect()).collect()
}

/// Checks the places that a flood takes, as the document says them: requests a second × seconds of a
/// request = places. A request whose partner does not answer takes as long as the function may run.
fn floods(template: &Template, document: &str) -> Vec<String> {
    let (mut findings, throttles) = (Vec::new(), throttles(template));
    let routes: BTreeMap<_, _> = by_route(template).collect();
    let all = cells(document, "Throttles");
    let rows: Vec<_> = all.iter().filter(|row| row.first().is_some_and(|flood| flood.starts_with("on `"))).collect();
    if rows.is_empty() {
        findings.push(format!("{OPERATIONS}, Throttles, reads differently now: change this check with it"));
    }
    for row in rows {
        let row = row.join(" | ");
        let route = row.split('`').nth(1).unwrap_or_default();
        let Some(((rate, _), function)) = throttles.get(route).zip(routes.get(route)) else {
            findings.push(format!("{OPERATIONS}, Throttles: {route} is no route with RouteSettings of its own"));
            continue;
        };
        let timeout = template.setting(*function, "Timeout").and_then(Node::number).unwrap_or_default();
        let (places, end) = if row.contains("does not answer") {
            (rate * timeout, format!("({timeout} s) | {rate} × {timeout} = {} |", rate * timeout))
        } else if row.contains("× 0.1 =") {
            (rate / 10, format!("| {rate} × 0.1 = {} |", rate / 10))
        } else {
            (*rate, format!("| {rate} × 1 = {rate} |"))
        };
        if !row.trim_end().ends_with(&end) {
            findings.push(format!("{OPERATIONS}, Throttles: the row of a flood on {route} must end with `{end}`"));
        }
        if places > PLACES / 2 {
            findings.push(format!("{route}: a flood takes {places} of {PLACES} places: lower its throttle"));
        }
    }
    findings
}

#[test]
fn every_costly_route_has_a_throttle_of_its_own() {
    let template = Template::read();
    assert_none(findings(&template));
    let document = tree::read(OPERATIONS);
    assert_eq!(rows(&document), throttles(&template), "{OPERATIONS}, Throttles, must have these rows");
    assert_none(floods(&template, &document));
}

/// A search reads up to 500 works, and the works of an account are one partition.
#[test]
fn the_searches_of_one_account_fit_into_its_partition() {
    let fits = |template: &Template| {
        let throttles = throttles(template);
        let rate = |method: &str| throttles.get(&format!("{method} /v1/generations")).map(|(rate, _)| *rate);
        rate("GET").zip(rate("HEAD")).is_some_and(|(get, head)| (get + head) * SEARCH_UNITS <= PARTITION_UNITS)
    };
    assert!(
        fits(&Template::read()),
        "GET and HEAD /v1/generations need throttles of their own, together below that of the partition"
    );
    for (from, to) in [
        ("\"GET /v1/generations\": {ThrottlingRateLimit: 10,", "\"GET /v1/generations\": {ThrottlingRateLimit: 11,"),
        ("\"HEAD /v1/generations\": {ThrottlingRateLimit: 2,", "\"HEAD /v1/generations\": {ThrottlingRateLimit: 3,"),
        ("\"HEAD /v1/generations\": {", "\"HEAD /v1/generation\": {"),
    ] {
        assert!(!fits(&Template::with(from, to)), "{to}");
    }
    let told = format!("3,000 / {SEARCH_UNITS} = {}", PARTITION_UNITS / SEARCH_UNITS);
    assert!(tree::read(OPERATIONS).contains(&told), "{OPERATIONS}, Throttles, must say {told}");
}

#[test]
fn webhooks_and_jobs_have_places_of_their_own() {
    let template = Template::read();
    assert_none(places(&template));
    let default = template.at(&["Parameters", "ReserveConcurrency", "Default"]).and_then(Node::text);
    assert_eq!(default, Some("false"), "a new AWS account has too few places to reserve any");
    let reserved: BTreeMap<_, _> =
        template.all(FUNCTION).filter_map(|it| Some((it.name.to_owned(), reservation(it)?))).collect();
    let told = reserved_rows(&tree::read(OPERATIONS));
    assert_eq!(
        told, reserved,
        "{OPERATIONS}, Reserved concurrency (left), must have the numbers of the template (right)"
    );
}

#[test]
fn a_wrong_number_about_a_flood_is_found() {
    let document = tree::read(OPERATIONS);
    for (from, to, found) in [
        (
            "\"POST /v1/checkouts\": {ThrottlingRateLimit: 5,",
            "\"POST /v1/checkouts\": {ThrottlingRateLimit: 6,",
            "a flood on POST /v1/checkouts must end with `(29 s) | 6 × 29 = 174 |`",
        ),
        (
            "\"$default\": {ThrottlingRateLimit: 200,",
            "\"$default\": {ThrottlingRateLimit: 210,",
            "must end with `| 210 × 0.1 = 21 |`",
        ),
        (
            "callback\": {ThrottlingRateLimit: 10,",
            "callback\": {ThrottlingRateLimit: 11,",
            "must end with `| 11 × 1 = 11 |`",
        ),
        (
            "/cancel\": {ThrottlingRateLimit: 10,",
            "/cancel\": {ThrottlingRateLimit: 20,",
            "a flood takes 580 of 1000 places",
        ),
        ("# Longer than the longest wait for Stripe.\n      Timeout: 29", "Timeout: 28", "`(28 s) | 5 × 28 = 140 |`"),
        ("\"POST /v1/checkouts\": {", "\"POST /v1/checkout\": {", "POST /v1/checkouts is no route with"),
    ] {
        assert_found(&floods(&Template::with(from, to), &document), found);
    }
    assert_found(&floods(&Template::read(), ""), "reads differently now");
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
            "        \"HEAD /v1/generations\": {",
            "        \"HEAD /v1/generation\": {",
            "HEAD /v1/generations may come more often than its GET",
        ),
        (
            "\"HEAD /openapi.json\": {ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10",
            "\"HEAD /openapi.json\": {ThrottlingRateLimit: 5, ThrottlingBurstLimit: 11",
            "HEAD /openapi.json may come more often than its GET",
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
        (line, line.replace("10", "11"), "must say: 97 places"),
        (code, format!("{code}{line}"), "Site: reserve places for webhooks"),
        ("MaximumConcurrency: 20", "MaximumConcurrency: 21".to_owned(), "CollectMedia: its queue calls it more often"),
    ] {
        assert_found(&places(&Template::with(from, &to)), found);
    }
}
