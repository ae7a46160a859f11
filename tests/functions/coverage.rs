//! Nothing may be forgotten: every function has its events and its cases.

use crate::unauthenticated::{PROTECTED, PUBLIC};
use std::{collections::BTreeSet, fs, path::Path};
use tests::{Event, HTTP, JOBS};

/// The packages below `functions/<area>/`.
fn packages() -> BTreeSet<String> {
    let folders = |path: &Path| -> Vec<_> {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let areas = folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions"));
    let packages = areas.iter().flat_map(|area| folders(area));
    packages.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_function_is_started_by_these_tests() {
    let started: BTreeSet<_> = HTTP.iter().chain(JOBS).map(|name| (*name).to_owned()).collect();
    assert_eq!(started, packages(), "list every function of functions/ in tests/src/functions.rs");
}

#[test]
fn every_function_has_a_recorded_event() {
    let recorded = Event::names();
    for package in packages() {
        assert!(recorded.contains(&package), "record an event for {package}: events/{package}.json");
    }
    for name in recorded {
        let function = name.split('.').next().unwrap_or_default();
        assert!(packages().contains(function), "events/{name}.json is for no function: remove it");
    }
}

#[test]
fn every_route_is_protected_or_public_for_a_reason() {
    for function in HTTP {
        let protected = PROTECTED.contains(function);
        let public = PUBLIC.iter().any(|(name, reason)| name == function && !reason.is_empty());
        assert!(
            protected != public,
            "{function}: put it into PROTECTED, and its cases into the tests there, or into PUBLIC with the reason"
        );
    }
    let known: Vec<_> = PROTECTED.iter().chain(PUBLIC.iter().map(|(name, _)| name)).collect();
    for name in known {
        assert!(HTTP.contains(name), "{name} is no route any more: take it off the list");
    }
}

#[test]
fn recorded_events_name_only_documentation_addresses() {
    for name in Event::names() {
        let event = Event::recorded(&name);
        if let Some(address) = event.json()["requestContext"]["http"]["sourceIp"].as_str() {
            assert!(address.starts_with("203.0.113."), "{name}: {address} may be somebody's; use 203.0.113.0/24");
        }
    }
}
