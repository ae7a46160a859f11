//! Every function is started by these tests. `build.rs` finds all of them.

use policy::tree;
use std::collections::BTreeSet;
use tests::{Access, Event, HTTP, JOBS, changing, of_one_generation, protected};

#[test]
fn every_function_is_started_by_these_tests() {
    let started: BTreeSet<_> = HTTP.iter().chain(JOBS).map(|name| (*name).to_owned()).collect();
    let all: BTreeSet<_> = tree::functions().into_iter().map(|function| function.name).collect();
    assert_eq!(started, all, "tests/Cargo.toml needs one line for each function of functions/");
    assert_eq!(HTTP.len() + JOBS.len(), all.len(), "tests/Cargo.toml lists a function twice");
}

/// Many tests loop over these lists. With an empty list they would prove nothing.
#[test]
fn the_lists_of_routes_follow_from_the_events() {
    let (protected, one): (Vec<_>, Vec<_>) = (protected().collect(), of_one_generation().collect());
    assert!(protected.contains(&"get-account") && !protected.contains(&"site"), "{protected:?}");
    assert!(one.contains(&"get-generation") && !one.contains(&"list-generations"), "{one:?}");
    let changing: Vec<_> = changing().collect();
    assert!(changing.contains(&"logout") && !changing.contains(&"get-account"), "{changing:?}");
    let site = Event::recorded("site");
    assert!(matches!(site.access(), Access::Public(reason) if !reason.is_empty()));
    assert!(site.json().get("access").is_none(), "a function must not see the field");
}
