//! The contracts and the routes of the template are the same, and a contract says the access that the event says.

use contract::Access as Callers;
use policy::{
    assert_found, assert_none,
    template::{FUNCTION, Template, pascal_case},
};
use std::collections::{BTreeMap, BTreeSet};
use tests::{Access, Event, operations};

/// The function of the pages. Its routes are documents and pages, which the contract does not describe.
const PAGES: &str = "Site";

/// The routes that partners call. Their contracts are those of the partners.
const WEBHOOKS: &str = "/v1/webhooks/";

/// What a contract says, as far as the template and the events say it too.
#[derive(Debug, Clone)]
struct Said {
    function: String,
    route: String,
    callers: Callers,
}

/// The claims of all contracts.
fn contracts() -> Vec<Said> {
    let said = operations().into_iter().map(|operation| Said {
        route: operation.route.key_of_route(),
        callers: operation.route.access(),
        function: operation.function,
    });
    said.collect()
}

/// Each route of the template that must have a contract, with its function. `HEAD` is described with its `GET`.
fn routes(template: &Template) -> BTreeSet<(String, String)> {
    let functions = template.all(FUNCTION).filter(|function| function.name != PAGES);
    let all = functions
        .flat_map(|function| function.routes().into_iter().map(move |route| (route, function.name.to_owned())));
    let is_described = |route: &str| {
        let (method, path) = route.split_once(' ').unwrap_or_default();
        !["", "HEAD"].contains(&method) && !path.starts_with(WEBHOOKS)
    };
    all.filter(|(route, _)| is_described(route.as_str())).collect()
}

/// Contracts without a route, routes without a contract, and contracts for the same route.
fn differences(template: &Template, contracts: &[Said]) -> Vec<String> {
    let mut said: BTreeMap<(String, String), usize> = BTreeMap::new();
    for contract in contracts {
        *said.entry((contract.route.clone(), pascal_case(&contract.function))).or_default() += 1;
    }
    let routes = routes(template);
    let missing = routes.iter().filter(|route| !said.contains_key(*route)).map(|(route, function)| {
        format!("{function} answers {route} and has no contract: write `pub fn contract() -> Route` in its lib.rs")
    });
    let stray = said.keys().filter(|route| !routes.contains(*route)).map(|(route, function)| {
        format!("the contract of {function} says {route}, and infra/template.yaml has no such event")
    });
    let twice = said.iter().filter(|(_, count)| **count > 1);
    let twice = twice.map(|((route, function), _)| format!("{route} of {function} has more than one contract"));
    missing.chain(stray).chain(twice).collect()
}

/// Contracts that name other callers than the recorded event of their function.
fn accesses(contracts: &[Said]) -> Vec<String> {
    let wrong = contracts.iter().filter_map(|Said { function, route, callers }| {
        let event = Event::recorded(function);
        let same = match event.access() {
            Access::Protected => *callers == Callers::Protected,
            Access::Optional(_) => *callers == Callers::Optional,
            Access::Public(_) => *callers == Callers::Public,
        };
        let access = event.access();
        (!same).then(|| format!("the contract of {route} says {callers:?}, and events/{function}.json {access:?}"))
    });
    wrong.collect()
}

#[test]
fn every_route_has_a_contract_and_every_contract_a_route() {
    let contracts = contracts();
    assert!(contracts.len() > 20, "the contracts must be found: {contracts:#?}");
    assert_none(differences(&Template::read(), &contracts));
}

#[test]
fn a_contract_names_the_callers_that_the_event_names() {
    assert_none(accesses(&contracts()));
}

#[test]
fn a_missing_contract_and_a_stray_one_are_found() {
    let (template, all) = (Template::read(), contracts());
    let without = |function: &str| all.iter().filter(|it| it.function != function).cloned().collect::<Vec<_>>();
    assert_found(
        &differences(&template, &without("get-credits")),
        "GetCredits answers GET /v1/credits and has no contract",
    );
    assert_found(&differences(&template, &without("logout")), "Logout answers DELETE /v1/session and has no contract");
    let twice: Vec<_> = all.iter().chain(&without("logout")).cloned().collect();
    assert_found(&differences(&template, &twice), "GET /v1/credits of GetCredits has more than one contract");

    for (from, to, missing, stray) in [
        (
            "Method: GET, Path: \"/v1/usage\"",
            "Method: GET, Path: \"/v1/uses\"",
            "GetUsage answers GET /v1/uses",
            "the contract of GetUsage says GET /v1/usage",
        ),
        (
            "Method: GET, Path: \"/v1/usage\"",
            "Method: PUT, Path: \"/v1/usage\"",
            "GetUsage answers PUT /v1/usage",
            "the contract of GetUsage says GET /v1/usage",
        ),
    ] {
        let findings = differences(&Template::with(from, to), &all);
        assert_found(&findings, missing);
        assert_found(&findings, stray);
    }
}

#[test]
fn a_contract_for_the_wrong_function_is_found() {
    let mut all = contracts();
    let one = all.iter_mut().find(|it| it.function == "get-usage").expect("the contract is there");
    one.function = "get-credits".to_owned();
    let findings = differences(&Template::read(), &all);
    assert_found(&findings, "GetUsage answers GET /v1/usage and has no contract");
    assert_found(&findings, "the contract of GetCredits says GET /v1/usage");
}

#[test]
fn a_contract_with_other_callers_is_found() {
    for (function, callers) in [
        ("get-account", Callers::Public),
        ("get-account", Callers::Optional),
        ("quote", Callers::Public),
        ("quote", Callers::Protected),
        ("list-models", Callers::Protected),
        ("list-models", Callers::Optional),
    ] {
        let mut all = contracts();
        all.iter_mut().filter(|it| it.function == function).for_each(|it| it.callers = callers);
        assert_found(&accesses(&all), &format!("says {callers:?}, and events/{function}.json"));
    }
}
