//! The browser stores what the register lists, and nothing else.

use policy::tree;
use register::browser::{COOKIES, STORAGE, Stored};
use std::collections::BTreeSet;
use testkit::GoogleProfile;
use tests::{App, Event};

/// The prefix of the names of all cookies that the functions set.
const OURS: &str = "__Host-";

/// Whether the list has this name. A listed name that ends with `…` stands for all that begin with it.
fn lists(list: &[Stored], name: &str) -> bool {
    list.iter().any(|stored| match stored.name.strip_suffix('…') {
        Some(beginning) => name.starts_with(beginning),
        None => name == stored.name,
    })
}

/// The texts that follow a mark in the scripts of the pages, up to one of these characters.
fn after<'a>(scripts: &'a [String], mark: &str, ends: &[char]) -> BTreeSet<&'a str> {
    let texts = scripts.iter().flat_map(|text| text.split(mark).skip(1));
    texts.filter_map(|rest| rest.split(ends).next()).collect()
}

fn scripts() -> Vec<String> {
    let paths = tree::files("js").into_iter().filter(|path| path.starts_with("shared/pages/assets/"));
    paths.map(|path| tree::read(&path)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_cookies_that_the_functions_set_are_listed() {
    let app = App::new(1).await;
    let begun = app.send(Event::recorded("login")).await.expect(303);
    let mut set: BTreeSet<String> = begun.cookies().into_keys().collect();
    assert_eq!(set.len(), 1, "an attempt sets one cookie: {set:?}");
    let person = app.browser().sign_in(&GoogleProfile::new("alice")).await;
    let jar = person.browser().jar();
    set.extend(jar.iter().filter_map(|cookie| cookie.split_once('=')).map(|(name, _)| name.to_owned()));
    assert!(set.len() >= 3, "a session has two cookies: {set:?}");
    for name in &set {
        assert!(lists(COOKIES, name), "list the cookie {name} in shared/register/src/browser.rs");
    }
    let listed = COOKIES.iter().filter(|cookie| cookie.name.starts_with(OURS));
    for cookie in listed {
        let beginning = cookie.name.trim_end_matches('…');
        assert!(set.iter().any(|name| name.starts_with(beginning)), "no function sets {}", cookie.name);
    }
}

#[test]
fn no_code_of_the_functions_has_another_cookie() {
    for path in tree::files("rs") {
        let is_program = (path.starts_with("functions/") || path.starts_with("shared/")) && !path.contains("testkit");
        if !is_program || path.ends_with("tests.rs") {
            continue;
        }
        let code = tree::code(&tree::read(&path));
        let (program, _) = code.split_once("#[cfg(test)]").unwrap_or((&code, ""));
        let names = tree::literals(program).into_iter().filter(|text| text.starts_with(OURS));
        for name in names.filter_map(|text| text.split(['=', ';']).next()) {
            assert!(lists(COOKIES, name), "{path}: list the cookie {name} in shared/register/src/browser.rs");
        }
    }
}

#[test]
fn the_cookies_and_the_storage_of_the_scripts_are_listed() {
    let scripts = scripts();
    let cookies = after(&scripts, "document.cookie = `", &['=']);
    let personal = after(&scripts, "own(\"", &['"']).into_iter().map(|name| format!("{name}:"));
    let stored: BTreeSet<_> =
        after(&scripts, "keep(\"", &['"']).into_iter().map(str::to_owned).chain(personal).collect();
    for name in &cookies {
        assert!(lists(COOKIES, name), "list the cookie {name} in shared/register/src/browser.rs");
    }
    for name in &stored {
        assert!(lists(STORAGE, name), "list {name} of the storage in shared/register/src/browser.rs");
    }
    let idle = COOKIES.iter().filter(|cookie| !cookie.name.starts_with(OURS) && !cookies.contains(cookie.name));
    let idle: Vec<_> = idle.map(|cookie| cookie.name).collect();
    assert!(idle.is_empty(), "no script sets the cookies {idle:?}: remove them from the register");
    let idle = STORAGE.iter().filter(|it| !stored.contains(it.name.trim_end_matches('…')));
    let idle: Vec<_> = idle.map(|it| it.name).collect();
    assert!(idle.is_empty(), "no script stores {idle:?}: remove them from the register");
}

/// Nothing is stored without consent that the service can do without.
#[test]
fn everything_that_is_stored_without_consent_is_essential() {
    let optional: Vec<_> = COOKIES.iter().chain(STORAGE).filter(|stored| !stored.essential).collect();
    assert!(optional.is_empty(), "store {optional:?} after consent alone, and change this test with it");
}
