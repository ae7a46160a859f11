//! One folder, one Lambda, one name: folder = package = binary = event = resource.

use crate::{
    assert_none, graph,
    template::{FUNCTION, Template, pascal_case},
    tree,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// The longest `main.rs` in lines that are not blank: its doc and one call.
const MAIN_LINES: usize = 8;
/// The longest handler in lines, with its signature and braces.
const HANDLE_LINES: usize = 60;

#[test]
fn a_function_is_a_package_and_a_binary_of_its_own_name() {
    let metadata = graph::metadata();
    let mut findings = Vec::new();
    for function in tree::functions() {
        let (folder, name) = (function.folder(), &function.name);
        let manifest = tree::root().join(&folder).join("Cargo.toml");
        let Some(package) = metadata.packages.iter().find(|package| package.manifest_path == manifest) else {
            findings.push(format!("{folder} is no package of the workspace: give it a Cargo.toml"));
            continue;
        };
        if package.name.as_str() != name {
            findings.push(format!("{folder}: the package is called {}, call it {name}", package.name));
        }
        // A build script is no part of the program.
        let targets = || package.targets.iter().filter(|target| !target.is_custom_build());
        let mut kinds: Vec<_> = targets().map(|target| (target.name.clone(), target.is_bin())).collect();
        kinds.sort();
        let mut expected = [(name.replace('-', "_"), false), (name.clone(), true)];
        expected.sort();
        if kinds != expected {
            findings.push(format!("{folder} must have one library and one binary called {name}, and no other target"));
        }
        if targets().any(|target| target.test || target.doctest) {
            findings.push(format!("{folder}: set test = false and doctest = false; its tests live in tests/functions"));
        }
    }
    assert_none(findings);
}

#[test]
fn the_template_lists_the_functions_in_the_order_of_their_folders() {
    let folders: Vec<_> = tree::functions().iter().map(|function| pascal_case(&function.name)).collect();
    let template = Template::read();
    let resources: Vec<_> = template.all(FUNCTION).map(|function| function.name.to_owned()).collect();
    assert_eq!(resources, folders, "sort the functions of infra/template.yaml by area and name");
    for function in tree::functions() {
        let resource = template.find(FUNCTION, &pascal_case(&function.name)).expect("the lists are equal");
        let code = format!("../target/lambda/{}/", function.name);
        assert_eq!(resource.get(&["CodeUri"]).and_then(|uri| uri.text()), Some(code.as_str()), "{}", resource.name);
    }
}

#[test]
fn every_function_has_an_event_and_every_event_a_function() {
    let names: BTreeSet<_> = tree::functions().into_iter().map(|function| function.name).collect();
    let mut findings = Vec::new();
    for name in &names {
        if tree::find(&format!("events/{name}.json")).is_none() {
            findings.push(format!("events/{name}.json is missing: record an event for the function {name}"));
        }
    }
    for path in tree::files("").iter().filter(|path| path.starts_with("events/")) {
        let file = path.trim_start_matches("events/");
        let function = file.split('.').next().unwrap_or_default();
        if !names.contains(function) {
            findings.push(format!("{path} belongs to no function: call it <function>.json or <function>.<case>.json"));
        }
        if !file.ends_with(".json") || serde_json::from_str::<Value>(&tree::read(path)).is_err() {
            findings.push(format!("{path} must be JSON"));
        }
    }
    assert_none(findings);
}

#[test]
fn the_main_of_a_function_is_one_call() {
    let mut findings = Vec::new();
    for function in tree::functions() {
        let path = format!("{}/src/main.rs", function.folder());
        let text = tree::read(&path);
        let krate = function.name.replace('-', "_");
        let code: String = tree::code(&text).split_whitespace().collect();
        let calls = ["http", "queue", "schedule"].map(|kind| {
            format!("fnmain()->runtime::Exit{{runtime::{kind}::serve({krate}::Deps::new,{krate}::handle)}}")
        });
        if text.lines().filter(|line| !line.trim().is_empty()).count() > MAIN_LINES || !calls.contains(&code) {
            findings.push(format!("{path} must be one call: runtime::…::serve({krate}::Deps::new, {krate}::handle)"));
        }
    }
    assert_none(findings);
}

#[test]
fn a_handler_fits_on_one_screen() {
    let mut findings = Vec::new();
    for function in tree::functions() {
        let (path, text) = (format!("{}/src/lib.rs", function.folder()), function.lib());
        let body = text.lines().skip_while(|line| !line.starts_with("pub async fn handle("));
        let lines = body.take_while(|line| *line != "}").count() + 1;
        match lines {
            1 => findings.push(format!("{path} has no `pub async fn handle(`")),
            2..=HANDLE_LINES => {}
            _ => findings.push(format!("{path}: handle has {lines} lines, more than {HANDLE_LINES}: name its steps")),
        }
    }
    assert_none(findings);
}
