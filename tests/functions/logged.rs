//! In production every log line of our crates is printed, and of libraries only errors are.

use policy::tree;
use runtime::logs;
use std::sync::OnceLock;
use tests::Printed;
use tracing::{
    Event, Level, Metadata, callsite::Identifier, dispatcher, field::FieldSet, metadata::Kind, subscriber::Interest,
};

/// The macros that write a line, with the level of each.
const MACROS: [(&str, Level); 3] = [("error!(", Level::ERROR), ("warn!(", Level::WARN), ("info!(", Level::INFO)];

/// One call of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    /// File and line.
    place: String,
    /// The module of the file, or the target that the call names.
    target: String,
    level: Level,
}

/// The calls in a file of `shared/` or `functions/`, without those of the tests at its end.
fn calls(path: &str, text: &str) -> Vec<Call> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = tree::code(text);
    let mut calls = Vec::new();
    for (name, level) in MACROS {
        for (at, _) in code.match_indices(name) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let arguments = code[at + name.len()..].trim_start();
            let named = arguments.strip_prefix("target:").map(|rest| rest.split(',').next().unwrap_or_default().trim());
            let target = named.map_or_else(|| module(path), |named| named.trim_matches('"').to_owned());
            calls.push(Call { place: format!("{path}: {name}{}", first_line(arguments)), target, level });
        }
    }
    calls
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The target of a line without one of its own: `shared/aws/src/transact.rs` is `aws::transact`.
fn module(path: &str) -> String {
    let (folder, file) = path.split_once("/src/").unwrap_or((path, ""));
    let package = folder.rsplit('/').next().unwrap_or_default().replace('-', "_");
    let file = file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
    if file == "lib" { package } else { format!("{package}::{file}") }
}

/// The calls of all crates that are linked into a function.
fn all_calls() -> Vec<Call> {
    let paths =
        tree::files("rs").into_iter().filter(|path| path.starts_with("shared/") || path.starts_with("functions/"));
    let programs = paths.filter(|path| path.contains("/src/") && !path.starts_with("shared/testkit/"));
    programs.flat_map(|path| calls(&path, &tree::read(&path))).collect()
}

/// A call site with a target and a level that are known only at run time.
#[derive(Debug)]
struct Site(OnceLock<Metadata<'static>>);

impl tracing::Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("the line sets the target")
    }
}

/// Writes a line as the macro at this call site does, through the subscriber of this thread.
fn write(target: &str, level: Level) {
    let site: &'static Site = Box::leak(Box::new(Site(OnceLock::new())));
    let target: &'static str = Box::leak(target.to_owned().into_boxed_str());
    let fields = FieldSet::new(&["message"], Identifier(site));
    let metadata = Metadata::new("line", target, level, None, None, Some(target), fields, Kind::EVENT);
    let metadata = site.0.get_or_init(|| metadata);
    dispatcher::get_default(|dispatch| {
        if dispatch.enabled(metadata) {
            let field = metadata.fields().field("message").expect("a line has the field");
            let message = "a line";
            dispatch.event(&Event::new(metadata, &metadata.fields().value_set(&[(&field, Some(&message as _))])));
        }
    });
}

/// The number of lines that one call prints.
fn printed(target: &str, level: Level) -> usize {
    let printed = Printed::in_production();
    write(target, level);
    printed.text().lines().count()
}

#[test]
fn every_line_of_ours_prints() {
    let calls = all_calls();
    for (file, level) in [
        ("functions/identity/refresh-session/src/lib.rs", Level::WARN),
        ("shared/runtime/src/http/mod.rs", Level::ERROR),
        ("shared/runtime/src/queue.rs", Level::INFO),
    ] {
        let found = calls.iter().any(|call| call.place.starts_with(file) && call.level == level);
        assert!(found, "{file} has a line of level {level} that this test does not find");
    }
    // A metric is a line of its own layer, which the unit test of logs.rs reads.
    let lines = calls.iter().filter(|call| !call.place.starts_with("shared/runtime/src/metric.rs"));
    let silent = lines.filter(|call| printed(&call.target, call.level) != 1);
    policy::assert_none(silent.map(|call| format!("{call:?} must print: see shared/runtime/src/logs.rs")).collect());
}

#[test]
fn every_crate_that_a_function_is_linked_with_prints() {
    let functions = tree::functions().into_iter().map(|function| function.name);
    for name in functions.chain(tree::folders("shared")) {
        let target = name.replace('-', "_");
        assert!(logs::is_ours(&target), "the lines of {name} are filtered out");
        assert_eq!(printed(&target, Level::WARN), 1, "the lines of {name} are filtered out");
    }
}

#[test]
fn libraries_print_errors_alone() {
    for library in ["reqwest::connect", "aws_sdk_dynamodb::client", "aws_smithy_runtime", "runtime_of_another", "net2"]
    {
        assert_eq!(printed(library, Level::WARN), 0, "{library} may quote a body");
        assert_eq!(printed(library, Level::ERROR), 1, "{library} must say that it failed");
    }
    assert_eq!(printed("runtime::http", Level::DEBUG), 0, "debug lines must not print");
}

#[test]
fn calls_are_found_with_their_targets() {
    let text = "// warn!(\"no\")\nfn f() { tracing::warn!(id, \"a\"); error!(target: \"other\", \"b\"); my_info!(1) }";
    let found = calls("shared/aws/src/dynamodb/mod.rs", text);
    let found: Vec<_> = found.iter().map(|call| (call.target.as_str(), call.level)).collect();
    assert_eq!(found, [("other", Level::ERROR), ("aws::dynamodb", Level::WARN)]);
    assert_eq!(module("functions/site/site/src/lib.rs"), "site");
}
